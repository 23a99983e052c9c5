"""What `asset-manager doctor` finds in a test's deployment."""

import json
from typing import Any

from tests.support.deployed import Deployed


def doctor(deployed: Deployed, minutes: int) -> tuple[int, dict[str, Any]]:
    """Its exit code, and each finding by its name."""
    done = deployed.tree.asset_manager("doctor", "--json", "--minutes", str(minutes), environ=deployed.environ)
    assert done.stdout, done.stderr
    return done.returncode, {finding["name"]: finding for finding in json.loads(done.stdout)}


def troubles(found: dict[str, Any]) -> dict[str, str]:
    """The reason of each finding that failed, by its name."""
    return {name: finding["why"] for name, finding in found.items() if finding["status"] == "failed"}
