"""`asset-manager deploy` is interrupted while Terraform changes base, and the next one goes on."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.deployed import Deployed
from tests.support.interrupting import read_until
from tests.support.releasing import deploy, forget

FILE = "environments/prod.yaml"


@pytest.fixture
def prod_yaml(deployed: Deployed) -> Iterator[None]:
    """The environment file, and the deployment of it, as they were."""
    file = deployed.tree.root / FILE
    before = file.read_text()
    yield
    file.write_text(before)
    deploy(deployed)
    forget(deployed)


@pytest.mark.usefixtures("prod_yaml")
def test_an_apply_that_is_interrupted_is_saved_and_the_next_one_goes_on(deployed: Deployed) -> None:
    deployed.tree.edit(FILE, "deletion_protection: true", "deletion_protection: false")
    deployed.tree.edit(FILE, "max_count: 3", "max_count: 4")  # of services, which is not reached
    command = deployed.tree.start("deploy", "--yes", "--no-validate", environ=deployed.environ)
    read_until(command, "==> terraform apply: base")
    read_until(command, "Modifying...")
    command.send_signal(signal.SIGINT)
    said, _ = command.communicate(timeout=120)
    assert command.returncode == 130, said
    assert "stopping: Terraform ends what it has begun in base and saves its state" in said
    assert "services is as it was: `asset-manager deploy -e prod` goes on." in said
    assert most_web_tasks(deployed) == 3

    deploy(deployed)
    assert not deployed.is_protected()
    assert most_web_tasks(deployed) == 4


def most_web_tasks(deployed: Deployed) -> int:
    scaling = deployed.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return int(target["MaxCapacity"])
