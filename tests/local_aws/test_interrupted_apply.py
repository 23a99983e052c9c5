"""An apply that `make local` interrupts: its state has all that the local AWS created, and the next apply goes on."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import emulator
from local_aws.variables import aws
from ops.local import environment
from ops.terraform import toolchain
from ops.terraform.provider_mirror import VERSION
from ops.terraform.run import Terraform
from tests.support.interrupting import read_until
from tests.support.repository import ROOT

from .local_ecs import REGION, LocalEcs, start

BUCKET, KEY = "tests-interrupted", "base.tfstate"
PARAMETERS = {f"p{number}": {"name": f"/interrupted/{number}", "type": "String", "value": "v"} for number in range(80)}
STACK = {
    "terraform": {
        "required_providers": {"aws": {"source": "hashicorp/aws", "version": VERSION}},
        "backend": {"s3": {"bucket": BUCKET, "key": KEY, "region": REGION, "use_lockfile": True}},
    },
    "provider": {"aws": {"region": REGION}},
    "resource": {"aws_ssm_parameter": PARAMETERS},
}
APPLY = """
import os, sys
from functools import partial
from pathlib import Path
from ops.cli import main
from local_aws import emulator
from ops.terraform.run import Terraform

hold = partial(emulator.hold, int(sys.argv[3]), os.environ["AWS_ACCESS_KEY_ID"])
main._run = Terraform(Path(sys.argv[1]), os.environ, Path(sys.argv[2]), hold).apply
main.main()
"""


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalEcs]:
    """One of its own: moto logs an error where it lists parameters while one is created; the provider asks again."""
    started = start(tmp_path / "local")
    yield started
    emulator.stop(tmp_path / "local")


def apply(terraform: Terraform, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", APPLY, str(terraform.binary), str(terraform.folder), str(port)],
        cwd=ROOT,
        env=dict(terraform.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_an_interrupted_apply_is_gone_on_with(local: LocalEcs, tmp_path: Path) -> None:
    environ = {
        **environment.passed(),
        **toolchain.environment(ROOT),
        **aws(local.running.endpoint, REGION, local.running.access_key_id),
    }
    local.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "cdk.tf.json").write_text(json.dumps(STACK))
    terraform = Terraform(Path(environ["TERRAFORM_BINARY_NAME"]), environ, folder)
    terraform.init()

    first = apply(terraform, local.running.port)
    printed = read_until(first, "Creation complete")
    first.send_signal(signal.SIGINT)
    printed += first.communicate(timeout=120)[0]
    assert first.returncode == 130, printed
    pages = local.client("ssm").get_paginator("describe_parameters").paginate()
    exist = {each["Name"] for page in pages for each in page["Parameters"] if each["Name"].startswith("/interrupted/")}
    state = json.loads(local.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    assert len(exist) < len(PARAMETERS), "it was interrupted before its end"
    known = [instance for each in state["resources"] for instance in each["instances"]]
    assert exist == {instance["attributes"]["name"] for instance in known}

    second = apply(terraform, local.running.port)
    again, _ = second.communicate(timeout=120)
    assert second.returncode == 0, again
    created = set(re.findall(r"^(\S+): Creation complete", printed, re.MULTILINE))
    assert created
    assert not created & set(re.findall(r"^(\S+): Creating", again, re.MULTILINE))
