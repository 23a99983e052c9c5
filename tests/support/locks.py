"""A Terraform that holds the lock of a state."""

import subprocess

from tests.support.deployed import Deployed


def hold_the_lock(deployed: Deployed) -> subprocess.Popen[str]:
    """An apply of base that has something to do, and waits for an answer: the lock is held for as long as we like."""
    holder = subprocess.Popen(
        [
            deployed.environ["TERRAFORM_BINARY_NAME"],
            "apply",
            "-no-color",
            "-replace=aws_cloudwatch_log_group.log-groups_web_50FBB0B4",
        ],
        cwd=deployed.folder("base"),
        env=deployed.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert holder.stdout is not None
    for line in holder.stdout:
        if "Only 'yes' will be accepted" in line:
            break
    return holder
