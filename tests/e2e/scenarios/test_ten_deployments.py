"""Ten deployments of the daemon, one after the other."""

import pytest

from tests.support.daemons import assert_never_two_through
from tests.support.deployed import Deployed

DEPLOYMENTS = 10


@pytest.mark.timeout(1200)
def test_there_is_never_a_second_daemon_through_ten_deployments(deployed: Deployed) -> None:
    assert_never_two_through(deployed, DEPLOYMENTS)
