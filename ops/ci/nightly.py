"""`make nightly-issue`: keep one issue open while a job of the nightly tests fails."""

from __future__ import annotations

import json
import os
import sys

from ops.ci import issue
from ops.ci.github import gh
from ops.ci.program import exit_code
from ops.console.errors import OperatorError

LABEL = "nightly"
TITLE = "The nightly tests fail"


def report(run_id: str) -> None:
    """Read how the jobs of a workflow run ended, and open, update or close the issue."""
    run = json.loads(gh("run", "view", run_id, "--json", "url,headSha,jobs"))
    ended = [job for job in run["jobs"] if job["conclusion"]]  # the job that reports has no conclusion yet
    # `cancelled` counts: a job at its time limit ends so.
    failed = [job for job in ended if job["conclusion"] != "success"]
    if not failed:
        issue.close(LABEL, TITLE, f"All jobs passed: {run['url']}")
        print(f"all {len(ended)} jobs passed")
        return
    lines = [f"- [{job['name']}]({job['url']}): {job['conclusion']}" for job in failed]
    body = "\n".join(
        [
            f"Jobs that failed in [the run of {run['headSha'][:12]}]({run['url']}):",
            "",
            *lines,
            "",
            "`make test-scenario MODULE=<the job's name>` repeats a scenario, `make test` the job `test`.",
            "",
        ]
    )
    issue.open_or_update(LABEL, TITLE, body)


def main() -> None:
    """Report the workflow run that this program is part of."""
    run_id = os.environ.get("GITHUB_RUN_ID")
    if not run_id:
        raise OperatorError("GITHUB_RUN_ID is not set: GitHub Actions sets it to the number of a workflow run.")
    report(run_id)


if __name__ == "__main__":
    sys.exit(exit_code(main))
