"""What is deployed on the local AWS, read back from it, and where to look further."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from ops.console.table import aligned
from ops.local.up import Local
from ops.terraform.run import STACKS

_CROSS_STACK = "cross-stack-output-"


def resources(state: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(type, name, id) of every resource that Terraform made, as its state says."""
    return [
        (resource["type"], resource["name"].rsplit("_", 1)[0], instance["attributes"]["id"])
        for resource in state.get("resources", [])
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def outputs(state: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of every output, those for the other stack included: none of them is a secret."""
    return [
        (name.removeprefix(_CROSS_STACK), value if isinstance(value, str) else ", ".join(value))
        for name, output in state.get("outputs", {}).items()
        for value in [output["value"]]
    ]


def show(local: Local) -> None:
    """Print it, a line each and whole, so that ids can be copied and lines piped on."""
    for stack in STACKS:
        state = local.terraform(stack).state()
        print(f"\n{stack}: every resource")
        print(indent(aligned(resources(state)), "  "))
        print(f"\n{stack}: outputs")
        for name, value in outputs(state):
            print(f"  {name}\n    {value}")
    names = local.settings.names
    print(
        f"\nDagster is at http://127.0.0.1:{local.ports.web}, served by the web task; that of another environment that"
    )
    print(f"was deployed beside prod (asset-manager env create), at http://<environment>.localhost:{local.ports.web}.")
    print(f"The local AWS is at {local.endpoint} (account {local.settings.account_id}). To look further:")
    for command in (
        'eval "$(make -s local-env)"    # this shell: the local AWS, and no other',
        f"aws ecs describe-services --cluster {local.settings.existing.cluster} --services {names.web_service}",
        f"aws ssm get-parameter --name {names.parameter_prefix}/DAGSTER_YAML --query Parameter.Value --output text",
        "cd .local/cdktf.out/stacks/services && terraform plan    # empty",
        "make local-ps        # the tasks",
        "make local-logs      # what they printed",
        "make local-status    # this again",
        "make local-down      # stop it",
    ):
        print(f"  {command}")
