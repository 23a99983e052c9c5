"""Environments side by side: what one is made of another with, and what no two may have alike."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from asset_manager_constructs.policies import ExecutionAccess, execution_policy
from ops import environments
from ops.environment_copy import copied, environment_name, own_values, shortened
from ops.environments import create, list_
from ops.errors import OperatorError
from stacks.environments import policy_size, refuse_clashes
from stacks.settings import SettingsError, load

ROOT = Path(__file__).resolve().parents[2]
PROD = """\
# The first one.
name: app
organization: org
account_id: "111122223333" # ours
region: us-west-1
state_bucket: org-state
artifacts_bucket: org-artifacts # its own
auth0_client_id: example
auth0_domain: org.auth0.com
alarm_email: us@example.com
dns: {zone: example.com, host: dg.example.com}
database:
  # not the direct host
  host: db.example.com # IPv4
  max_connections: 1000
snowflake: {account: example}
secret_versions:
  auth0_client_secret: 7
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "prod.yaml").write_text(PROD)
    return tmp_path


def other(directory: Path, name: str, *changes: tuple[str, str]) -> None:
    """Another environment that shares nothing with prod, but for the changes."""
    text = PROD.replace("name: app", f"name: {name}").replace("org-artifacts", f"{name}-artifacts")
    text = text.replace("dg.example", f"{name}.example").replace("db.example", f"{name}-db.example")
    text = text.replace("{account: example}", f"{{account: {name}}}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (directory / f"{name}.yaml").write_text(text)


# --- one made from another ---


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
        "# Made from prod.yaml by `asset-manager env create`: what an environment has for itself was changed;\n"
        "# the rest is prod's, and so are the comments.\n"
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
    assert lines[0] == "pr-7 would take what is another environment's:"
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
    monkeypatch.setattr(environments, "copied", lambda *given: copied(*given).replace(old, new))
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


# --- all of them ---


def test_those_that_share_nothing_have_no_problem(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other(directory, "two")
    assert list_(directory, as_json=False) == 0
    assert capsys.readouterr().out == (
        "prod  111122223333  us-west-1  app  dg.example.com\ntwo   111122223333  us-west-1  two  two.example.com\n"
    )
    for environment in ("prod", "two"):
        refuse_clashes(environment, directory)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("name: two", "name: app"), "2: name: given 'app'; allowed: one of its own, and {prod} has the same"),
        (
            ("two-artifacts", "org-artifacts"),
            "7: artifacts_bucket: given 'org-artifacts'; allowed: one of its own, and it is artifacts_bucket in {prod}",
        ),
        (
            ("two-artifacts", "app-access-logs"),
            (
                "7: artifacts_bucket: given 'app-access-logs'; allowed: one of its own, and it is access_logs_bucket "
                "in {prod}"
            ),
        ),
        (
            ("two.example", "dg.example"),
            "11: dns.host: given 'dg.example.com'; allowed: one of its own, and {prod} has the same",
        ),
        (
            ("two-db.example", "db.example"),
            " database.name: given 'postgres'; allowed: one of its own, and {prod} has the same",
        ),
        (
            ("{account: two}", "{account: EXAMPLE, schema_name: metrics}"),
            "16: snowflake.schema_name: given 'metrics'; allowed: one of its own, and {prod} has the same",
        ),
    ],
)
def test_what_is_one_environments_alone_is_refused_with_whose_it_is(
    directory: Path, change: tuple[str, str], problem: str
) -> None:
    other(directory, "two", change)
    with pytest.raises(SettingsError) as refused:
        refuse_clashes("two", directory)
    told = problem.format(prod="environments/prod.yaml")
    lines = str(refused.value).splitlines()
    assert f"{directory / 'two.yaml'}:{told}" in lines


def test_the_same_name_in_another_account_is_another(directory: Path) -> None:
    other(
        directory,
        "two",
        ("name: two", "name: app"),
        ("111122223333", "444455556666"),
        ("two-artifacts", "two-artifacts\naccess_logs_bucket: two-access-logs"),
    )
    refuse_clashes("two", directory)


def test_supabases_pooler_is_another_server_for_another_project(directory: Path) -> None:
    for name in ("one", "two"):
        pooler = f"  user: postgres.{name}\n  host: aws-0-us-west-1.pooler.supabase.com"
        other(directory, name, (f"  host: {name}-db.example.com", pooler))
    refuse_clashes("two", directory)
    other(directory, "two", ("  host: two-db.example.com", "  user: another.user\n  host: db.example.com"))
    with pytest.raises(SettingsError, match=r"database\.name: given 'postgres'; allowed: one of its own"):
        refuse_clashes("two", directory)


def test_connections_are_counted_for_all_on_one_server(directory: Path) -> None:
    same = ("two-db.example.com", "db.example.com")
    other(directory, "two", same, ("max_connections: 1000", "max_connections: 167\n  name: two"))
    with pytest.raises(SettingsError) as refused:
        refuse_clashes("two", directory)
    assert str(refused.value) == (
        f"{directory / 'two.yaml'}:15: database.max_connections: given 167; allowed: no less than prod (84) and "
        "two (84) may hold together, 168"
    )


def test_a_role_has_room_for_so_many_policies(directory: Path) -> None:
    for name in ("two", "three", "four"):
        other(directory, name)
    refuse_clashes("prod", directory)
    other(directory, "five")
    with pytest.raises(SettingsError) as refused:
        refuse_clashes("prod", directory)
    assert str(refused.value) == (
        f"{directory / 'prod.yaml'}: existing.execution_role: given 'org-ecs-execution-role'; allowed: a role with "
        "room for the policies of all that share it; those of five, four, prod, three and two have 10416 characters, "
        "and IAM allows 10240"
    )


def test_a_key_of_ones_own_takes_the_room_of_its_statement(directory: Path) -> None:
    key = "arn:aws:kms:us-west-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    other(directory, "two", ("region: us-west-1", f"region: us-west-1\nkms_key_arn: {key}"))
    without = ExecutionAccess(repository_arn="r", log_group_arns=["l"], parameter_arns=["p"])
    policies = [execution_policy(access) for access in (replace(without, kms_key_arn=key), without)]
    with_key, plain = (len(re.sub(r"\s", "", json.dumps(policy))) for policy in policies)
    counted = [policy_size(load(name, directory)) for name in ("two", "prod")]
    assert counted[0] - counted[1] == with_key - plain


def test_every_problem_of_every_file_is_told_for_machines_too(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other(directory, "two", ("two.example", "dg.example"))
    (directory / "wrong.yaml").write_text(PROD.replace("us-west-1", "the-moon"))
    assert list_(directory, as_json=True) == 2
    prod, two, wrong = json.loads(capsys.readouterr().out)
    assert {key: value for key, value in prod.items() if key != "problems"} == {
        "environment": "prod",
        "account_id": "111122223333",
        "region": "us-west-1",
        "name": "app",
        "host": "dg.example.com",
    }
    same = "dns.host: given 'dg.example.com'; allowed: one of its own, and environments/{}.yaml has the same"
    assert (prod["problems"], two["problems"]) == ([same.format("two")], [same.format("prod")])
    assert (wrong["environment"], wrong["host"]) == ("wrong", None)
    assert wrong["problems"] == [
        f"{directory / 'wrong.yaml'}:5: region: given 'the-moon'; allowed: an AWS region such as us-west-1"
    ]
    assert list_(directory, as_json=False) == 2
    assert "\n    dns.host: given" in capsys.readouterr().out


def test_another_file_that_is_not_acceptable_keeps_nobody_from_deploying(directory: Path) -> None:
    (directory / "wrong.yaml").write_text("name: [")
    refuse_clashes("prod", directory)


def test_nothing_is_synthesized_of_two_that_clash(tmp_path: Path) -> None:
    shutil.copy(ROOT / "main.py", tmp_path)
    for folder in ("stacks", "environments"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(tmp_path / "environments" / "prod.yaml", tmp_path / "environments" / "second.yaml")
    done = subprocess.run(
        [sys.executable, "-P", "main.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "ASSET_MANAGER_ENV": "second"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "environments/second.yaml:2: name: given 'asset-manager'; allowed: one of its own, and environments/prod.yaml "
        "has the same"
    )
    assert not (tmp_path / "cdktf.out").exists()
