"""What every workflow keeps to: pinned actions, stated permissions, and nothing that a laptop could not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from tests.support.repository import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
VERBS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
NAMES = [file.stem for file in FILES]


@cache
def parsed(name: str) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    return document


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in parsed(name)["jobs"].values():
        yield from job.get("steps", [])


def test_there_are_those_that_the_readme_names() -> None:
    section = (ROOT / "README.md").read_text().partition("## In CI")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)\.yml` \|.*?`make ([a-z-]+)", section, re.MULTILINE)
    assert sorted(workflow for workflow, _ in rows) == NAMES
    for workflow, verb in rows:
        assert any(step.get("run", "").startswith(f"make {verb}") for step in steps(workflow)), workflow


@pytest.mark.parametrize("name", NAMES)
def test_an_action_is_pinned_by_its_commit_with_its_version_beside_it(name: str) -> None:
    lines = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text().splitlines()
    used = [line.strip().removeprefix("- ") for line in lines if re.match(r"\s*(- )?uses:", line)]
    assert used
    pinned = re.compile(r"uses: (\$/\.github/workflows/\w+\.yml|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)")
    assert [line for line in used if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_step_runs_one_target_of_make(name: str) -> None:
    runs = [step["run"] for step in steps(name) if "run" in step]
    assert runs
    for run in runs:
        verb = re.fullmatch(r"make ([a-z-]+)( [A-Z_]+=[\w.-]+)*", run)
        assert verb, run
        assert verb[1] in VERBS


@pytest.mark.parametrize("name", NAMES)
def test_permissions_are_stated_at_the_top_and_a_token_writes_only_what_its_job_is_for(name: str) -> None:
    document = parsed(name)
    assert document["permissions"] in ({}, {"contents": "read"})
    written = {
        (job, right)
        for job, body in document["jobs"].items()
        for right, level in body.get("permissions", {}).items()
        if level == "write"
    }
    assert (
        written
        == {
            "test": set(),
            "plan": {("prod", "id-token"), ("prod", "pull-requests")},
            "deploy": {("prod", "id-token")},
            "drift": {("prod", "id-token"), ("prod", "issues")},
            "nightly": {("issue", "issues")},
            "dependencies": {("python", "contents"), ("python", "pull-requests")},
        }[name]
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_job_ends_some_time_and_none_keeps_a_credential_in_the_checkout(name: str) -> None:
    for job in parsed(name)["jobs"].values():
        assert "uses" in job or job["timeout-minutes"] <= 90
    checkouts = [step for step in steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step["with"]["persist-credentials"] for step in checkouts] == [False] * len(checkouts)


def test_a_forks_pull_request_gets_no_role() -> None:
    # YAML 1.1 reads the key `on` as true.
    triggers = {name: parsed(name)[True] for name in NAMES}
    assert [name for name, on in triggers.items() if {"pull_request_target", "workflow_run"} & set(on)] == []
    for name in NAMES:
        for job in parsed(name)["jobs"].values():
            if "pull_request" in triggers[name] and job.get("permissions", {}).get("id-token"):
                assert "head.repo.full_name == github.repository" in job["if"]


def test_the_nightly_run_is_make_test_and_a_job_for_each_module_of_scenarios() -> None:
    jobs = parsed("nightly")["jobs"]
    modules = sorted(file.stem for file in (ROOT / "tests" / "e2e" / "scenarios").glob("test_*.py"))
    assert jobs["scenario"]["strategy"] == {"fail-fast": False, "matrix": {"module": modules}}
    assert jobs["scenario"]["steps"][-1] == {"run": "make test-scenario", "env": {"MODULE": "${{ matrix.module }}"}}
    assert jobs["test"]["uses"] == "$/.github/workflows/test.yml"
    assert set(jobs) - {"issue"} == set(jobs["issue"]["needs"])
    assert "!cancelled()" in jobs["issue"]["if"]  # else GitHub skips it when a job has failed


def test_the_job_before_a_deployment_is_make_test() -> None:
    assert parsed("deploy")["jobs"]["test"]["uses"] == "$/.github/workflows/test.yml"
    assert [step["run"] for step in steps("test") if "run" in step] == ["make test"]


def test_main_is_deployed_after_its_tests_and_behind_the_environments_approval() -> None:
    deploy = parsed("deploy")["jobs"]["prod"]
    assert deploy["needs"] == "test"
    assert deploy["environment"] == "prod" == deploy["steps"][-1]["env"]["ASSET_MANAGER_ENV"]
    assert "github.ref == 'refs/heads/main'" in deploy["if"]
    does = [step.get("run") or step["uses"].partition("@")[0] for step in deploy["steps"]]
    assert does == [
        "actions/checkout",
        "make require-approval",
        "aws-actions/configure-aws-credentials",
        "make deploy YES=1",
    ]
    assert deploy["concurrency"]["cancel-in-progress"] is False
    secrets = {name for name, value in deploy["steps"][-1]["env"].items() if "secrets." in value}
    assert {name.removeprefix("TF_VAR_") for name in secrets} == {
        "auth0_client_secret",
        "dagster_pg_password",
        "metrics_database_url",
        "snowflake_password",
    }
    others = [file.read_text() for file in FILES if file.stem != "deploy"]
    assert not any("secrets." in text for text in others)
