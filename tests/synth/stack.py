"""A stack as main.py writes it, run as the cdktf CLI runs it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdktf import Testing

from tests.support.repository import ROOT

FAMILIES = {"web": "asset_manager-web-task", "daemon": "asset_manager-daemon-task", "run": "asset-manager-run"}


@dataclass(frozen=True)
class Stack:
    """A stack's synthesized JSON."""

    text: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON, parsed."""
        parsed = json.loads(self.text)
        assert isinstance(parsed, dict)
        return parsed

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every resource of a type, by its name in Terraform."""
        found = self.document["resource"].get(kind, {})
        assert isinstance(found, dict)
        return found

    def resource(self, kind: str, **known: object) -> dict[str, Any]:
        """The one resource of a type with these values."""
        return self.resources(kind)[only(self.resources(kind), known)]

    def address(self, kind: str, **known: object) -> str:
        """How Terraform refers to it: type.name."""
        return f"{kind}.{only(self.resources(kind), known)}"

    def data_address(self, kind: str, **known: object) -> str:
        """How Terraform refers to the one data source of a type with these values: data.type.name."""
        return f"data.{kind}.{only(self.document['data'][kind], known)}"

    def behind(self, reference: str) -> str:
        """What another stack's reference to an output of this one stands for here."""
        output = reference.removesuffix("}").partition(".outputs.")[2]
        return str(self.document["output"][output]["value"])

    def has(self, kind: str, properties: dict[str, Any]) -> bool:
        """cdktf's own matcher for a resource."""
        return Testing.to_have_resource_with_properties(self.text, kind, properties)

    def provides(self, name: str, properties: dict[str, Any]) -> bool:
        """cdktf's own matcher for a provider."""
        return Testing.to_have_provider_with_properties(self.text, name, properties)

    def looks_up(self, kind: str, properties: dict[str, Any]) -> bool:
        """cdktf's own matcher for a data source."""
        return Testing.to_have_data_source_with_properties(self.text, kind, properties)


def only(found: dict[str, dict[str, Any]], known: dict[str, object]) -> str:
    """The name of the one that has these values."""
    (name,) = [name for name, one in found.items() if all(one.get(key) == value for key, value in known.items())]
    return name


def synthesize(environment: str, out: Path) -> dict[str, Stack]:
    """Run main.py for an environment, in a process of its own."""
    subprocess.run(
        [sys.executable, "-P", "main.py"],
        cwd=ROOT,
        env={**os.environ, "ASSET_MANAGER_ENV": environment, "CDKTF_OUTDIR": str(out)},
        check=True,
    )
    return {stack: Stack((out / "stacks" / stack / "cdk.tf.json").read_text()) for stack in ("base", "services")}


def container(services: Stack, task: str) -> dict[str, Any]:
    """The one container of a task's definition."""
    definition = services.resource("aws_ecs_task_definition", family=FAMILIES[task])
    (only,) = json.loads(definition["container_definitions"])
    assert isinstance(only, dict)
    return only
