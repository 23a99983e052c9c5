"""What GitHub is told, by a stand-in of its `gh` that writes down how it was called and answers from a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ops.ci import github, issue, pull_request, require_approval
from ops.console.errors import CommandLineError, OperatorError, ToolMissingError
from tests.support.stand_in_gh import Gh
from tools import __main__ as tools
from tools import nightly_issue

OURS = "<!-- asset-manager plan prod -->"


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return Gh(tmp_path)


def comment(number: int, body: str, *, ours: bool = True) -> dict[str, Any]:
    url = f"https://github.com/octo/app/pull/12#issuecomment-{number}"
    return {"body": body, "viewerDidAuthor": ours, "url": url}


REVIEWED = {"type": "required_reviewers", "reviewers": [{"type": "Team", "reviewer": {"slug": "platform"}}]}
SELECTED = {"protected_branches": False, "custom_branch_policies": True}
PROTECTED = {"protected_branches": True, "custom_branch_policies": False}
NEWEST = "a" * 40
ENVIRONMENT = "repos/{owner}/{repo}/environments/prod"


@pytest.mark.parametrize(
    ("rules", "policy", "branches", "missing"),
    [
        # As GitHub makes it of a name in a workflow.
        ([], None, [], "has no required reviewers and lets others than main deploy"),
        ([{"type": "wait_timer", "wait_timer": 5}], SELECTED, ["main"], "has no required reviewers"),
        ([{**REVIEWED, "reviewers": []}], SELECTED, ["main"], "has no required reviewers"),
        ([REVIEWED], None, [], "lets others than main deploy"),
        ([REVIEWED], PROTECTED, [], "lets others than main deploy"),
        ([REVIEWED], SELECTED, ["*"], "lets others than main deploy"),
        ([REVIEWED], SELECTED, ["main", "release/*"], "lets others than main deploy"),
    ],
)
def test_what_nobody_has_to_approve_is_not_deployed(
    gh: Gh, rules: Any, policy: Any, branches: list[str], missing: str
) -> None:
    gh.answer(answers(rules, policy, branches))
    with pytest.raises(OperatorError) as refused:
        require_approval.require("prod", None)
    assert str(refused.value).startswith(
        f"the repository's environment prod {missing}. Nothing was deployed: give it required reviewers, and main as"
    )


@pytest.mark.parametrize("commit", [NEWEST, None])
def test_what_reviewers_approve_may_be_deployed(gh: Gh, capsys: pytest.CaptureFixture[str], commit: str | None) -> None:
    gh.answer(answers([REVIEWED, {"type": "branch_policy"}], SELECTED, ["main"]))
    require_approval.require("prod", commit)
    assert capsys.readouterr().out.startswith("the environment prod requires a review")


def test_a_job_that_main_has_overtaken_deploys_nothing(gh: Gh) -> None:
    gh.answer(answers([REVIEWED], SELECTED, ["main"]))
    with pytest.raises(OperatorError, match=r"^main is a{12} by now, and this job is of b{12}, which would undo"):
        require_approval.require("prod", "b" * 40)


def answers(rules: Any, policy: Any, branches: list[str]) -> dict[str, Any]:
    return {
        f"api {ENVIRONMENT}": {"name": "prod", "protection_rules": rules, "deployment_branch_policy": policy},
        "api repos/{owner}/{repo}/commits/main": {"sha": NEWEST},
        f"api {ENVIRONMENT}/deployment-branch-policies": {"branch_policies": [{"name": name} for name in branches]},
    }


def test_the_first_plan_is_a_comment_of_its_own(gh: Gh) -> None:
    gh.answer({"pr view": {"comments": [comment(1, "Looks good")]}})
    pull_request.renew("prod", 12, "## Plan of prod")
    assert gh.calls[1:] == [("pr comment 12 --body-file -", f"{OURS}\n## Plan of prod")]


def test_the_next_one_takes_its_place_and_touches_nobody_elses(gh: Gh, capsys: pytest.CaptureFixture[str]) -> None:
    there_are = [
        comment(1, "<!-- asset-manager plan staging -->\nof another environment"),
        comment(2, f"{OURS}\nthe last plan"),
        comment(3, f"{OURS}\nsomebody's, who had seen the marker", ours=False),
        comment(4, f"> {OURS}\nan answer that quotes it"),
    ]
    gh.answer({"pr view": {"comments": there_are}})
    pull_request.renew("prod", 12, "## Plan of prod")
    (_, (call, body)) = gh.calls
    assert call == "api --method PATCH repos/{owner}/{repo}/issues/comments/2 --input -"
    assert json.loads(body) == {"body": f"{OURS}\n## Plan of prod"}
    assert capsys.readouterr().out == "https://github.com/octo/app/pull/12#issuecomment-2\n"


def test_the_first_report_opens_an_issue(gh: Gh) -> None:
    gh.answer({"issue list": [{"number": 7, "title": "staging differs from main", "url": "u"}]})
    issue.open_or_update("drift", "prod differs from main", "## Plan of prod")
    listed, labelled, (opened, body) = gh.calls
    assert listed[0] == "issue list --label drift --state open --limit 100 --json number,title,url"
    assert labelled[0].startswith("label create drift --force ")
    assert opened == "issue create --title prod differs from main --label drift --body-file -"
    assert body.startswith("## Plan of prod")


def test_the_next_report_updates_the_same_issue(gh: Gh) -> None:
    gh.answer({"issue list": [{"number": 8, "title": "prod differs from main", "url": "u"}]})
    issue.open_or_update("drift", "prod differs from main", "## Another plan of prod")
    (_, (call, body)) = gh.calls
    assert call == "issue edit 8 --body-file -"
    assert body.startswith("## Another plan of prod")


def test_the_issue_is_closed_once_there_is_nothing_to_report(gh: Gh) -> None:
    gh.answer({"issue list": [{"number": 8, "title": "prod differs from main", "url": "u"}]})
    issue.close("drift", "prod differs from main", "A plan changes nothing.")
    assert gh.calls[1][0] == "issue close 8 --comment A plan changes nothing."
    gh.answer({"issue list": []})
    issue.close("drift", "prod differs from main", "A plan changes nothing.")
    assert len(gh.calls) == 3


def job(name: str, conclusion: str | None) -> dict[str, Any]:
    return {"name": name, "conclusion": conclusion, "url": f"https://github.com/octo/app/actions/runs/5/job/{name}"}


def workflow_run(*jobs: dict[str, Any]) -> dict[str, Any]:
    return {"url": "https://github.com/octo/app/actions/runs/5", "headSha": NEWEST, "jobs": jobs}


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "cancelled", "startup_failure"])
def test_a_red_night_opens_an_issue_that_names_the_jobs_that_failed(gh: Gh, conclusion: str) -> None:
    jobs = [job("test", "success"), job("test_release", conclusion), job("issue", "")]
    gh.answer({"run view": workflow_run(*jobs), "issue list": []})
    nightly_issue.report("5")
    assert gh.calls[0][0] == "run view 5 --json url,headSha,jobs"
    opened, body = gh.calls[-1]
    assert opened == "issue create --title The nightly tests fail --label nightly --body-file -"
    named = [line for line in body.splitlines() if line.startswith("- ")]
    assert named == [f"- [test_release](https://github.com/octo/app/actions/runs/5/job/test_release): {conclusion}"]


def test_a_green_night_closes_it(gh: Gh, capsys: pytest.CaptureFixture[str]) -> None:
    opened = [{"number": 9, "title": "The nightly tests fail", "url": "u"}]
    gh.answer({"run view": workflow_run(job("test", "success"), job("issue", None)), "issue list": opened})
    nightly_issue.report("5")
    assert gh.calls[-1][0] == "issue close 9 --comment All jobs passed: https://github.com/octo/app/actions/runs/5"
    assert capsys.readouterr().out == "all 1 jobs passed\n"


def test_outside_a_workflow_run_there_is_no_night_to_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_RUN_ID", raising=False)
    assert tools.main(["nightly-issue"]) == CommandLineError.exit_code
    assert capsys.readouterr().err.startswith("asset-manager: GITHUB_RUN_ID is not set")


def test_what_github_refuses_is_reported_in_its_own_words(gh: Gh) -> None:
    gh.answer({"pr view": None})
    with pytest.raises(OperatorError, match=r"^gh: Not Found \(HTTP 404\)\ngh pr view failed; its reason"):
        pull_request.renew("prod", 12, "")


def test_without_gh_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissingError, match="`gh` on PATH"):
        github.gh("pr", "view", "12")
