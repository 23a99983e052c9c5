"""An environment made from another: the same text, with what is its own changed, or nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.console.errors import OperatorError
from ops.environments.copied import copied, environment_name, own_values, shortened
from ops.environments.create import create
from settings.load import SettingsError, load
from tests.unit.environment_files import PROD


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "prod.yaml").write_text(PROD)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("pr-7", "pr-7"),
        ("feature/ABC-12_new thing", "feature-abc-12-new-thing"),
        ("--fix--", "fix"),
        ("x" * 40, "x" * 40),
        ("dependabot/npm_and_yarn/some-very-long-name", "dependabot-npm-and-yarn-some-very-l-bc10"),
    ],
)
def test_a_branchs_name_becomes_an_environments(given: str, name: str) -> None:
    assert environment_name(given) == name
    assert len(name) <= 40


@pytest.mark.parametrize("given", ["", "7-fixes", "/", "äöü"])
def test_what_begins_with_no_letter_is_refused_with_what_is_allowed(given: str) -> None:
    with pytest.raises(OperatorError, match="is no name for an environment: a letter first"):
        environment_name(given)


def test_what_is_shortened_still_differs_from_its_like() -> None:
    assert shortened("feature-one", 11) == "feature-one"
    long = [shortened(f"feature-abc-{number}", 11) for number in range(50)]
    assert {len(name) for name in long} == {11}
    assert len(set(long)) == 50


def test_it_is_the_same_text_with_what_is_its_own_changed(directory: Path) -> None:
    create("feature/abc-12", "prod", directory)
    made = (directory / "feature-abc-12.yaml").read_text()
    assert made == (
        "# Created from prod.yaml by `asset-manager env create`: values that two may not share differ,\n"
        "# the other values and the comments are prod's.\n"
        "name: app-feature-abc-12\n"
        "organization: org\n"
        'account_id: "111122223333" # ours\n'
        "region: us-west-1\n"
        "state_bucket: org-state\n"
        "artifacts_bucket: org-artifacts-feature-abc-12 # its own\n"
        "auth0_client_id: example\n"
        "auth0_domain: org.auth0.com\n"
        "alarm_email: null\n"
        "dns: {zone: example.com, host: dg-feature-abc-12.example.com}\n"
        "database:\n"
        "  # not the direct host\n"
        "  host: db.example.com # IPv4\n"
        "  name: postgres_feature_abc_12\n"
        "  max_connections: 1000\n"
        "snowflake: {account: example, schema_name: METRICS_FEATURE_ABC_12}\n"
        "secret_versions:\n"
        "  auth0_client_secret: 1\n"
        "  dagster_pg_password: 1\n"
        "  metrics_database_url: 1\n"
        "  snowflake_password: 1\n"
        "access_logs_bucket: app-access-logs-feature-abc-12\n"
        "deletion_protection: false\n"
        "\n"
        "existing:\n"
        "  vpc_name: org-vpc\n"
        "  cluster: app\n"
        "  repository: app\n"
        "  execution_role: org-ecs-execution-role\n"
        "  task_role: org-ecs-task-role\n"
        '  certificate_domain: "*.example.com"\n'
    )


def test_names_stay_within_what_aws_allows(directory: Path) -> None:
    create("a-branch-with-a-long-name", "prod", directory)
    made = load("a-branch-with-a-long-name", directory)
    assert made.name == "app-a-branch-with-a-fc31"
    assert made.names.target_group == "app-a-branch-with-a-fc31-web-tg"
    assert made.dns.host == "dg-a-branch-with-a-long-name.example.com"


def test_one_made_of_one_that_was_made_shares_what_that_one_shares(directory: Path) -> None:
    create("pr-7", "prod", directory)
    create("again", "pr-7", directory)
    assert load("again", directory).existing == load("prod", directory).existing
    assert load("again", directory).name == "app-pr-7-again"


def test_a_name_without_room_for_another_is_refused(directory: Path) -> None:
    text = PROD.replace("name: app", "name: twenty-two-characters-x")
    (directory / "long.yaml").write_text(text)
    with pytest.raises(OperatorError, match="leaves no room for a name of its own"):
        own_values("pr-7", load("long", directory))


def test_the_host_is_beside_the_sources_where_its_certificate_reaches(directory: Path) -> None:
    apex = PROD.replace("host: dg.example.com", "host: example.com")
    (directory / "apex.yaml").write_text(apex + 'existing: {certificate_domain: "example.com"}\n')
    with pytest.raises(SettingsError) as refused:
        create("pr-7", "apex", directory)
    assert str(refused.value).startswith("nothing was written; pr-7 would not be acceptable:\nenvironments/pr-7.yaml:")
    assert "allowed: a domain that covers dns.host, 'pr-7.example.com'" in str(refused.value)
    assert not (directory / "pr-7.yaml").exists()


def test_no_file_is_overwritten_and_no_name_of_anothers_taken(directory: Path) -> None:
    create("pr-7", "prod", directory)
    before = (directory / "pr-7.yaml").read_text()
    with pytest.raises(OperatorError, match=r"environments/pr-7\.yaml is there already"):
        create("PR/7", "prod", directory)
    assert (directory / "pr-7.yaml").read_text() == before
    (directory / "pr-7.yaml").rename(directory / "renamed.yaml")
    with pytest.raises(OperatorError) as refused:
        create("pr-7", "prod", directory)
    lines = str(refused.value).splitlines()
    assert lines[0] == "pr-7 would take values of another environment:"
    assert lines[1] == (
        "    name: given 'app-pr-7'; allowed: one of its own, and environments/renamed.yaml has the same"
    )
    assert [line.split(":")[0].strip() for line in lines[1:-1]] == [
        "name",
        "dns.host",
        "database.name",
        "snowflake.schema_name",
        "artifacts_bucket",
        "access_logs_bucket",
    ]
    assert not (directory / "pr-7.yaml").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [("region: us-west-1", "region: us-west-2"), ("name: app-pr-7", "name: app"), ("us-west-1", "[")],
)
def test_nothing_is_written_that_says_other_than_it_is_meant_to(
    directory: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    monkeypatch.setattr("ops.environments.create.copied", lambda *given: copied(*given).replace(old, new))
    with pytest.raises((OperatorError, SettingsError), match=r"[Nn]othing was written"):
        create("pr-7", "prod", directory)
    assert not (directory / "pr-7.yaml").exists()


def test_an_anchor_is_refused_and_not_broken(directory: Path) -> None:
    text = PROD.replace("name: app", "name: &name app").replace("{account: example}", "{account: *name}")
    (directory / "odd.yaml").write_text(text)
    with pytest.raises(SettingsError, match="nothing was written; pr-7 would not be acceptable"):
        create("pr-7", "odd", directory)
    assert not (directory / "pr-7.yaml").exists()


def test_what_is_in_quotes_has_to_be() -> None:
    text = copied("name: x\nother: [1]\n", "", {("name",): "no", ("host",): "a # b", ("new", "tag"): "*.example.com"})
    assert text == 'name: "no"\nother: [1]\nhost: "a # b"\n\nnew:\n  tag: "*.example.com"\n'
