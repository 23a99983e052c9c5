"""`make policy`: Checkov over the JSON of both stacks; a failed check is mended, or waived beside its resource.

    main.py --> cdk.tf.json --> Checkov, offline, in .tools/checkov --> failed checks
                    |                                                        |
                    '--> waivers in "//" (waivers.py) ----------------> judge: what is left, either way, is a problem

A waiver that no failed check needs is a problem too: it would hide the next one.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.console.errors import OperatorError, ToolMissingError
from ops.terraform.project import ROOT, synthesize
from settings.names import STACKS

CHECKOV = ROOT / ".tools" / "checkov" / "bin" / "checkov"
SUFFIX = ".tf.json"


@dataclass(frozen=True, order=True, kw_only=True)
class Place:
    """One check on one resource of one stack."""

    stack: str
    resource: str
    check: str

    def __str__(self) -> str:
        """As a problem names it."""
        return f"{self.stack}: {self.resource}: {self.check}"


def waivers(stack: str, document: Mapping[str, Any]) -> dict[Place, str]:
    """The reasons written beside the resources of one stack."""
    return {
        Place(stack=stack, resource=name, check=check): reason
        for resources in document.get("resource", {}).values()
        for name, resource in resources.items()
        for check, reason in resource.get("//", {}).get("checkov", {}).get("skip", {}).items()
    }


def readable(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its containers as a list: in a text, as Terraform has them, Checkov passes whatever they are."""
    read: dict[str, Any] = copy.deepcopy(dict(document))
    for definition in read.get("resource", {}).get("aws_ecs_task_definition", {}).values():
        definition["container_definitions"] = json.loads(definition["container_definitions"])
    return read


def failures(report: Mapping[str, Any], stacks: Iterable[str]) -> dict[Place, str]:
    """What failed, with the check's own words; a stack of which nothing was checked is refused."""
    results = report.get("results", {"passed_checks": [], "failed_checks": []})
    seen = {_stack(record) for kind in ("passed_checks", "failed_checks") for record in results[kind]}
    unread = sorted(set(stacks) - seen)
    if unread or report.get("summary", {}).get("parsing_errors"):
        raise OperatorError(f"Checkov could not read {', '.join(unread) or 'a part of the JSON'}.")
    return {
        # Checkov writes type.name for a check on the graph, and resource.name else; names are unique in a stack.
        Place(stack=_stack(record), resource=record["resource"].partition(".")[2], check=record["check_id"]): record[
            "check_name"
        ]
        for record in results["failed_checks"]
    }


def _stack(record: Mapping[str, str]) -> str:
    return Path(record["file_path"]).name.removesuffix(SUFFIX)


def judge(failed: Mapping[Place, str], waived: Mapping[Place, str]) -> list[str]:
    """A line for each failed check without a waiver, and for each waiver without a reason or a failed check."""
    return [
        *(f"{place}: {words}" for place, words in sorted(failed.items()) if place not in waived),
        *(f"{place}: the waiver has no reason" for place, reason in sorted(waived.items()) if not reason.strip()),
        *(
            f"{place}: waived, and nothing fails: take the waiver out"
            for place in sorted(waived.keys() - failed.keys())
        ),
    ]


def scan(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Checkov's report of these stacks; it reads nothing else, and calls nobody."""
    if not CHECKOV.exists():
        raise ToolMissingError("Checkov is not installed: `make policy` installs it, as tools/locks/checkov.lock says.")
    with tempfile.TemporaryDirectory() as folder:
        for stack, document in documents.items():
            Path(folder, stack + SUFFIX).write_text(json.dumps(readable(document), indent=2))
        done = subprocess.run(  # noqa: S603  the command is ours
            [
                str(CHECKOV),
                *("--directory", folder, "--framework", "terraform_json", "--output", "json", "--compact"),
                "--skip-download",  # no guidelines and severities from Prisma Cloud
                "--soft-fail",  # a failed check is no failure of Checkov's
            ],
            cwd=folder,
            # No .checkov.yaml of a user's, no API key, no external checks, no proxy.
            env={"PATH": os.environ["PATH"], "HOME": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise OperatorError(
            f"{done.stderr}\nCheckov failed; its output is above. If its installation is damaged, remove "
            ".tools/checkov: `make policy` installs it again."
        )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def check(documents: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], int]:
    """The problems of these stacks, and how many failed checks were waived."""
    waived: dict[Place, str] = {}
    for stack, document in documents.items():
        waived |= waivers(stack, document)
    failed = failures(scan(documents), documents)
    return judge(failed, waived), len(failed.keys() & waived.keys())


def synthesized(environment: str) -> dict[str, dict[str, Any]]:
    """Both stacks of an environment."""
    with tempfile.TemporaryDirectory() as out:
        synthesize(environment, Path(out), os.environ)
        return {stack: json.loads(Path(out, "stacks", stack, "cdk.tf.json").read_text()) for stack in STACKS}


def main() -> int:
    """The exit code: 0 when both stacks have no failed check that is not waived."""
    environment = os.environ.get("ASSET_MANAGER_ENV", "prod")
    problems, waived = check(synthesized(environment))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{environment}: {len(problems)} failed, {waived} waived, each with its reason beside the resource")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
