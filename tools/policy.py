"""`make policy`: Checkov over the JSON of both stacks; fix a failed check, or waive it beside its resource.

    main.py --> cdk.tf.json --> Checkov, offline, in .tools/checkov --> failed checks
                    |                                                        |
                    '--> waivers in "//" (waivers.py) ----------------> judge: each that has no match is a problem

A waiver that no failed check needs is a problem too: it would hide the next one.
"""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.console.errors import OperatorError
from ops.terraform.project import synthesize
from settings.names import STACKS
from tools._programs import installed, run

SUFFIX = ".tf.json"


@dataclass(frozen=True, order=True, kw_only=True)
class Place:
    """One check on one resource of one stack."""

    stack: str
    resource: str
    check: str

    def __str__(self) -> str:
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
    """The document with its containers as a list: Checkov passes any containers that are a string, as in Terraform."""
    read: dict[str, Any] = copy.deepcopy(dict(document))
    for definition in read.get("resource", {}).get("aws_ecs_task_definition", {}).values():
        definition["container_definitions"] = json.loads(definition["container_definitions"])
    return read


def failures(report: Mapping[str, Any], stacks: Iterable[str]) -> dict[Place, str]:
    """The failed checks and their descriptions. Raises OperatorError if Checkov read nothing of a stack."""
    results = report.get("results", {"passed_checks": [], "failed_checks": []})
    seen = {_stack(record) for kind in ("passed_checks", "failed_checks") for record in results[kind]}
    unread = sorted(set(stacks) - seen)
    if unread or report.get("summary", {}).get("parsing_errors"):
        raise OperatorError(f"Checkov could not read {', '.join(unread) or 'a part of the JSON'}.")
    return {
        # Checkov writes type.name for a check on the graph, else resource.name; names are unique in a stack.
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
    """Checkov's report of these stacks; it reads nothing else and makes no request."""
    checkov = installed("checkov", "checkov", "policy")
    with tempfile.TemporaryDirectory() as folder:
        for stack, document in documents.items():
            Path(folder, stack + SUFFIX).write_text(json.dumps(readable(document), indent=2))
        done = run(
            [
                checkov,
                *("--directory", folder, "--framework", "terraform_json", "--output", "json", "--compact"),
                "--skip-download",  # no guidelines and severities from Prisma Cloud
                "--soft-fail",  # a failed check is no error of Checkov
            ],
            "Checkov failed; its output is above. If its installation is damaged, remove .tools/checkov: "
            "`make policy` installs it again.",
            cwd=Path(folder),
            # Without the user's .checkov.yaml, an API key, external checks or a proxy.
            env={"PATH": os.environ["PATH"], "HOME": folder},
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
    with tempfile.TemporaryDirectory() as out:
        synthesize(environment, Path(out), os.environ)
        return {stack: json.loads(Path(out, "stacks", stack, "cdk.tf.json").read_text()) for stack in STACKS}


def main() -> None:
    """Check both stacks of ASSET_MANAGER_ENV. Raises OperatorError if a check fails that is not waived."""
    environment = os.environ.get("ASSET_MANAGER_ENV", "prod")
    problems, waived = check(synthesized(environment))
    print(f"{environment}: {len(problems)} failed, {waived} waived, each with its reason beside the resource")
    if problems:
        raise OperatorError("\n".join(["Checkov found problems:", *problems]))
