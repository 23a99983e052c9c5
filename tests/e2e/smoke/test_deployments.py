"""Deployments to what runs: no second daemon, a release and the way back."""

from collections.abc import Iterator

import pytest

from tests.support.daemons import assert_never_two_through
from tests.support.deployed import Deployed
from tests.support.releasing import REPOSITORY, ask, deploy, file_says, forget, images, push, recorded, tag_digest

FILE = "environments/prod.yaml"


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
    assert recorded(deployed) == [("v2", "released", True), ("latest", "served before", False)]
    back = ask(deployed, "rollback", "--yes", "--no-validate")
    assert back.returncode == 0, back.stdout + back.stderr
    assert (images(deployed), file_says(deployed)) == (was, "image_tag: latest")
    assert recorded(deployed)[0] == ("latest", "rolled back to", True)
