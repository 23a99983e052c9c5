"""Text stays text in Terraform: what dagster.yaml says arrives as it stands there, and so does a secret."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

import asset_manager_constructs  # noqa: F401  chooses the wheel's Node, before cdktf starts one
from ops.terraform.binary import terraform
from ops.terraform.project import ROOT
from tests.support.dangerous import MEMBERS, PATHS

TEXTS = [*MEMBERS, *PATHS]


def applied(document: dict[str, Any], folder: Path, environ: dict[str, str]) -> Any:
    """What Terraform makes of the outputs of a stack without providers."""
    (folder / "main.tf.json").write_text(json.dumps(document))
    binary = str(terraform(ROOT))
    for arguments in (["init", "-input=false"], ["apply", "-input=false", "-auto-approve"], ["output", "-json"]):
        done = subprocess.run(
            [binary, *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def test_every_text_and_key_of_dagster_yaml_arrives_as_it_is(tmp_path: Path) -> None:
    # Here: cdktf starts Node, which the other test does without.
    from cdktf import App, TerraformStack  # noqa: PLC0415

    from asset_manager_constructs.dagster_instance import DagsterInstance, DagsterInstanceProps  # noqa: PLC0415

    document = {
        "values": {f"text {number}": text for number, text in enumerate(TEXTS)},
        "keys": {f"key {text}": number for number, text in enumerate(TEXTS)},
        "list": [f"item {text}" for text in TEXTS],
        "nothing": None,
    }
    app = App(outdir=str(tmp_path / "out"), skip_validation=True)
    stack = TerraformStack(app, "stack")
    DagsterInstance(stack, "instance", DagsterInstanceProps(parameter_name="/app/DAGSTER_YAML", document=document))
    app.synth()
    synthesized = json.loads((tmp_path / "out" / "stacks" / "stack" / "cdk.tf.json").read_text())
    (expression,) = synthesized["locals"].values()
    outputs = applied({"output": {"yaml": {"value": expression}}}, tmp_path, {})
    assert yaml.safe_load(outputs["yaml"]) == document


def test_a_secret_of_any_text_arrives_as_it_is(tmp_path: Path) -> None:
    # An environment variable holds no NUL.
    texts = {f"text_{number}": text for number, text in enumerate(TEXTS) if "\0" not in text}
    outputs = applied(
        {
            "variable": {name: {"type": "string"} for name in texts},
            "output": {name: {"value": f"${{var.{name}}}"} for name in texts},
        },
        tmp_path,
        {f"TF_VAR_{name}": text for name, text in texts.items()},
    )
    assert outputs == texts
