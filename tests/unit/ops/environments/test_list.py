"""Environments side by side: what no two may have alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.environments.list import list_
from settings.load import SettingsError
from settings.side_by_side import refuse_clashes
from tests.unit.environment_files import PROD


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
def test_what_is_one_environments_alone_is_refused_with_its_owner(
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


def test_every_problem_of_every_file_is_reported_for_machines_too(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other(directory, "two", ("two.example", "dg.example"))
    (directory / "wrong.yaml").write_text(PROD.replace("us-west-1", "the-moon"))
    assert list_(directory, as_json=True) == 3
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
    assert list_(directory, as_json=False) == 3
    assert "\n    dns.host: given" in capsys.readouterr().out


def test_another_file_that_is_not_acceptable_keeps_nobody_from_deploying(directory: Path) -> None:
    (directory / "wrong.yaml").write_text("name: [")
    refuse_clashes("prod", directory)
