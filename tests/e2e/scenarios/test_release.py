"""A release, a way back, and what is undone by itself. Each test begins and ends where `latest` serves."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deployed import Deployed
from tests.support.releasing import (
    REPOSITORY,
    ask,
    file_says,
    forget,
    images,
    manifest,
    push,
    recorded,
    releases,
    tag_digest,
)
from tests.support.repository import ROOT

# Docker, as far as a release uses it: it writes down how it was called, and a push puts an image into the registry.
DOCKER = """#!{python}
import json, os, sys
sys.path.insert(0, {tests!r})
from tests.support.releasing import manifest
import boto3
verb, *rest = sys.argv[1:]
with open(os.environ["DOCKER_LOG"], "a") as log:
    print(json.dumps([sys.argv[1:], sys.stdin.read() if verb == "login" else ""]), file=log)
if verb == "push":
    tag = rest[-1].rpartition(":")[2]
    ecr = boto3.client("ecr", region_name="us-west-1")
    ecr.put_image(repositoryName="asset-manager", imageManifest=manifest(tag), imageTag=tag)
"""
# What is wrong with an image is in the image. Here every image is the working copy, so the tag says which is sick.
WELL, SICK = (
    "command=web_command(settings.web.port)",
    'command=web_command(settings.web.port) if settings.image_tag != "sick" else ("false",)',
)


@pytest.fixture(autouse=True)
def latest(deployed: Deployed) -> Iterator[str]:
    """The digest that serves. No release is recorded yet, and no other image is in the registry."""
    forget(deployed)
    file = deployed.tree.root / "environments" / "prod.yaml"
    before, digest = file.read_text(), tag_digest(deployed, "latest")
    assert images(deployed) == {digest}
    yield digest
    file.write_text(before)
    if images(deployed) != {digest}:
        done = ask(deployed, "deploy", "--yes", "--no-validate", "--supersede")
        assert done.returncode == 0, done.stdout + done.stderr
    for image in deployed.ecr.describe_images(repositoryName=REPOSITORY)["imageDetails"]:
        if image["imageDigest"] != digest:  # a tag that moved leaves one without a tag
            deployed.ecr.batch_delete_image(repositoryName=REPOSITORY, imageIds=[{"imageDigest": image["imageDigest"]}])
    forget(deployed)


def test_before_the_first_there_is_none_and_no_way_back(deployed: Deployed) -> None:
    none = ask(deployed, "releases")
    assert (none.returncode, none.stdout) == (
        0,
        "no release of prod is recorded yet. The first: asset-manager release TAG\n",
    )
    refused = ask(deployed, "rollback", "--yes")
    assert refused.returncode == 6
    assert refused.stderr.startswith("asset-manager: there is no release before the one that serves.")


def test_what_is_no_image_is_refused_and_nothing_is_changed(deployed: Deployed, latest: str) -> None:
    for arguments, code, said in (
        (("v9", "--no-build"), 6, "the repository asset-manager has no image v9. It has latest. A first one is"),
        (("latest",), 6, "the repository asset-manager has an image latest already"),
        (("a/b", "--no-build"), 3, "'a/b' is no tag of an image; allowed: letters, digits and any of . _ -"),
        (("v9",), 6, "nobody is at this terminal to be asked: release v9? Say --yes. Nothing was built."),
    ):
        done = ask(deployed, "release", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stderr.startswith(f"asset-manager: {said}")
    assert (images(deployed), file_says(deployed)) == ({latest}, "image_tag: latest")
    assert releases(deployed) == []


@pytest.mark.timeout(900)
def test_an_image_is_built_pushed_and_deployed_by_its_digest_and_a_rollback_brings_back_what_served_before(
    deployed: Deployed, latest: str, tmp_path: Path
) -> None:
    docker, log = tmp_path / "docker", tmp_path / "log"
    docker.write_text(DOCKER.format(python=sys.executable, tests=str(ROOT)))
    docker.chmod(0o755)
    path = f"{tmp_path}:{deployed.environ['PATH']}"
    done = ask(deployed, "release", "v2", "--yes", PATH=path, DOCKER_LOG=str(log))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "v2 serves. Commit environments/prod.yaml: it says image_tag v2 now.\n" in done.stdout
    assert "ok       server_info" in done.stdout

    registry = "111122223333.dkr.ecr.us-west-1.amazonaws.com"
    called = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(arguments[0], arguments[-1], stdin) for arguments, stdin in called] == [
        ("info", "info", ""),
        ("build", ".", ""),
        ("login", registry, "111122223333-auth-token"),
        ("push", f"{registry}/asset-manager:v2", ""),
    ]
    assert not any("auth-token" in argument for arguments, _ in called for argument in arguments)
    assert "auth-token" not in done.stdout + done.stderr

    assert images(deployed) == {tag_digest(deployed, "v2")} != {latest}
    assert file_says(deployed) == "image_tag: v2"
    assert recorded(deployed) == [("v2", "released", True), ("latest", "served before", False)]
    (first, before) = releases(deployed)
    assert before["digest"] == latest
    assert first["who"].startswith("arn:aws:sts::111122223333:")
    assert first["run"].startswith("asset-manager-run:")
    assert "->" in ask(deployed, "releases").stdout

    back = ask(deployed, "rollback", "--yes", "--no-validate")
    assert back.returncode == 0, back.stdout + back.stderr
    assert (images(deployed), file_says(deployed)) == ({latest}, "image_tag: latest")
    assert recorded(deployed)[0] == ("latest", "rolled back to", True)
    # Nothing served before that one; and a tag that was moved is not what was released under it.
    assert ask(deployed, "rollback", "--yes").returncode == 6
    deployed.ecr.put_image(repositoryName=REPOSITORY, imageManifest=manifest("other"), imageTag="v2")
    moved = ask(deployed, "rollback", "--to", "v2", "--yes")
    assert moved.returncode == 6
    assert "the tag was moved" in moved.stderr
    assert file_says(deployed) == "image_tag: latest"


@pytest.mark.timeout(600)
def test_an_image_whose_web_never_becomes_healthy_is_undone(deployed: Deployed, latest: str) -> None:
    push(deployed, "sick")
    tasks = deployed.tree.root / "stacks" / "tasks.py"
    before = tasks.read_text()
    assert before.count(WELL) == 1
    tasks.write_text(before.replace(WELL, SICK))
    try:
        done = ask(deployed, "release", "sick", "--no-build", "--yes")
    finally:
        tasks.write_text(before)
    assert done.returncode == 7, done.stdout + done.stderr
    assert "the service asset-manager-web is not running what was deployed" in done.stderr
    assert "sick was undone: latest (" in done.stderr
    assert (images(deployed), file_says(deployed)) == ({latest}, "image_tag: latest")
    assert recorded(deployed)[:2] == [("latest", "rolled back to", True), ("sick", "failed", False)]


@pytest.mark.timeout(600)
def test_interrupted_it_reports_what_was_done_and_how_to_go_on(deployed: Deployed, latest: str) -> None:
    push(deployed, "v3")
    command = [*deployed.tree.command, "release", "v3", "--no-build", "--yes"]
    environ = {**deployed.tree.environ, **deployed.environ}

    def interrupted_at(step: str) -> str:
        """The end of what it printed, after Ctrl-C at that step."""
        with subprocess.Popen(
            command, cwd=deployed.tree.root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout
            for line in process.stdout:
                if step in line:
                    break
            time.sleep(0.5)  # for what the step begins
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        assert process.returncode == 130, rest
        return rest

    planning = interrupted_at("==> latest (")
    assert planning.endswith(
        "asset-manager: interrupted. Nothing was deployed; environments/prod.yaml is as it was.\n"
    ), planning
    assert (images(deployed), file_says(deployed)) == ({latest}, "image_tag: latest")
    waiting = interrupted_at("==> waiting for ECS")
    assert "interrupted while v3 was being deployed" in waiting
    assert file_says(deployed) == "image_tag: v3"
    assert recorded(deployed)[0] == ("v3", "interrupted", False)
    # What was begun goes on without it, and until it is over nothing else is begun.
    refusals = 0
    while (back := ask(deployed, "rollback", "--yes", "--no-validate")).returncode == 5:
        refusals += 1
        time.sleep(2)
    assert refusals, "ECS was done at once, so nothing was interrupted"
    assert back.returncode == 0, back.stdout + back.stderr
    assert (images(deployed), file_says(deployed)) == ({latest}, "image_tag: latest")
    assert recorded(deployed)[:2] == [("latest", "rolled back to", True), ("v3", "served before", False)]
