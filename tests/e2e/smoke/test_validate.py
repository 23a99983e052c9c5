"""`asset-manager validate` of a sound deployment."""

import json

from ops.checking.report import Check
from tests.support.deployed import Deployed
from tests.support.validating import STANDING


def test_a_sound_deployment_passes_and_says_so_in_a_stable_order(deployed: Deployed, standing: list[Check]) -> None:
    assert [check.name for check in standing] == STANDING
    done = deployed.tree.asset_manager("validate", "--json", environ=deployed.environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert [(each["name"], each["status"]) for each in json.loads(done.stdout)] == [(name, "ok") for name in STANDING]
