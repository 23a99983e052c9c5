"""Deployments to what runs: no second daemon, a release and the way back, an apply that is interrupted and goes on."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.daemons import assert_never_two_through
from tests.support.deployed import Deployed
from tests.support.interrupting import read_until
from tests.support.releasing import REPOSITORY, ask, file_says, forget, images, push, tag_digest, told

FILE = "environments/prod.yaml"


def deploy(deployed: Deployed) -> None:
    done = ask(deployed, "deploy", "--yes", "--no-validate", "--supersede")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def prod_yaml(deployed: Deployed) -> Iterator[None]:
    """The environment file, and the deployment of it, as they were."""
    file = deployed.tree.root / FILE
    before = file.read_text()
    yield
    file.write_text(before)
    deploy(deployed)
    forget(deployed)


@pytest.fixture
def v2(deployed: Deployed) -> Iterator[str]:
    """An image in the registry, which does not serve before or after; nor is anything recorded."""
    forget(deployed)
    file, latest = deployed.tree.root / FILE, tag_digest(deployed, "latest")
    before = file.read_text()
    push(deployed, "v2")
    yield "v2"
    file.write_text(before)
    if images(deployed) != {latest}:
        deploy(deployed)
    deployed.ecr.batch_delete_image(repositoryName=REPOSITORY, imageIds=[{"imageTag": "v2"}])
    forget(deployed)


def test_there_is_never_a_second_daemon_through_a_deployment(deployed: Deployed) -> None:
    assert_never_two_through(deployed, 1)


def test_a_release_serves_by_its_digest_and_a_rollback_brings_back_what_served_before(
    deployed: Deployed, v2: str
) -> None:
    was = images(deployed)
    released = ask(deployed, "release", v2, "--no-build", "--yes", "--no-validate")
    assert released.returncode == 0, released.stdout + released.stderr
    assert images(deployed) == {tag_digest(deployed, v2)} != was
    assert file_says(deployed) == "image_tag: v2"
    assert told(deployed) == [("v2", "released", True), ("latest", "served before", False)]
    back = ask(deployed, "rollback", "--yes", "--no-validate")
    assert back.returncode == 0, back.stdout + back.stderr
    assert (images(deployed), file_says(deployed)) == (was, "image_tag: latest")
    assert told(deployed)[0] == ("latest", "rolled back to", True)


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
