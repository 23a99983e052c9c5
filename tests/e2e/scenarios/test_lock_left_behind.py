"""A lock that a dead Terraform left behind."""

import re
import shlex
import subprocess

from tests.support.deployed import Deployed
from tests.support.locks import hold_the_lock


def test_a_lock_that_was_left_behind_is_broken_as_the_message_says(deployed: Deployed) -> None:
    holder = hold_the_lock(deployed)
    holder.kill()
    holder.communicate()
    refused = deployed.tree.asset_manager("plan", environ=deployed.environ)
    assert refused.returncode == 5, refused.stdout + refused.stderr
    hint = re.search(r"`([^`]+)` in (\S+) breaks the lock", refused.stderr)
    assert hint
    broken = subprocess.run(
        shlex.split(hint[1]), cwd=hint[2], env=deployed.environ, capture_output=True, text=True, check=False
    )
    assert broken.returncode == 0, broken.stderr
    planned = deployed.tree.asset_manager("plan", environ=deployed.environ)
    assert planned.returncode == 0, planned.stdout + planned.stderr
