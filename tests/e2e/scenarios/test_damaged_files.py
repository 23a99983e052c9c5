"""Every file below .local that is lost or damaged: what `local down`, `local reset` and `local up` then do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from local_aws.ecs.process import TASKS_DIRECTORY
from tests.support.damages import DAMAGES, damage
from tests.support.deployed import Deployed, Tree

# What `up` starts, without what it deploys.
SERVERS = """
from concurrent.futures import ThreadPoolExecutor
from ops.local import environment
from local_aws import emulator
from local_aws.postgres import postgres
from local_aws import snowflake
from ops.local.up import DIRECTORY
ports = environment.ports()
with ThreadPoolExecutor() as starts:
    started = [
        starts.submit(emulator.start, DIRECTORY, ports.aws, "111122223333", ports.web),
        starts.submit(postgres.start, DIRECTORY, ports.postgres, "canary-postgres-9Kd2mWb5"),
        starts.submit(snowflake.start, DIRECTORY, ports.snowflake),
    ]
    for each in started:
        each.result()
"""
# Files that `up` makes again; of Postgres's data tests/local_aws/test_postgres_damaged.py has the table.
MADE_AGAIN = ("cdktf.out/**/*", "postgres/tls.pem", "postgres/data/postmaster.pid", "postgres/*.log", "*.log", "lock")
RECORDS_OF_EARLIER_VERSIONS = ("emulator.json", "snowflake.json", "ports.json", "postgres/front.json", "tasks/1.json")


@pytest.fixture
def servers(tree: Tree) -> Tree:
    done = subprocess.run(
        [sys.executable, "-P", "-c", SERVERS],
        cwd=tree.root,
        env=tree.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(processes(tree)) > 4
    return tree


@pytest.fixture
def stranger() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as program:
        yield psutil.Process(program.pid)
        program.kill()


def local(tree: Tree) -> Path:
    return tree.root / ".local"


def files(folder: Path) -> list[Path]:
    return [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]


def processes(tree: Tree) -> list[psutil.Process]:
    """Those that work below the tree, and all that a task of it started."""
    return [process for process in psutil.process_iter() if belongs(process, tree)]


def belongs(process: psutil.Process, tree: Tree) -> bool:
    with suppress(psutil.Error):
        places = process.cwd(), process.environ().get(TASKS_DIRECTORY, "")
        return any(place.startswith(str(tree.root)) for place in places)
    return False


def is_of_a_task(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return TASKS_DIRECTORY in process.environ()
    return False


def assert_gone(tree: Tree, command: str, printed: str) -> None:
    done = tree.asset_manager("local", command)
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")
    assert processes(tree) == []


def assert_down(tree: Tree) -> None:
    assert_gone(tree, "down", "the local AWS is stopped\n")


def assert_reset(tree: Tree) -> None:
    assert_gone(tree, "reset", "the local AWS is stopped, and what it kept is gone\n")
    assert [path.name for path in local(tree).iterdir()] == ["lock"]


@pytest.mark.timeout(900)
def test_up_makes_again_what_is_damaged_and_down_stops_what_is_deployed_with_every_file_missing(
    deployed: Deployed,
) -> None:
    tree = deployed.tree
    damaged = [path for pattern in MADE_AGAIN for path in local(tree).glob(pattern) if path.is_file()]
    assert {"cdk.tf.json", ".terraform.lock.hcl", "terraform.tfstate", "manifest.json", "tls.pem"} <= {
        path.name for path in damaged
    }
    for path in damaged:
        damage(path, "garbage")
    done = tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Postgres runs without its lock or its socket: it starts again" in done.stdout
    assert "the certificate of Postgres is missing or damaged" in done.stdout
    assert done.stdout.count("removed what may be damaged, and init runs again") == 2
    assert "nothing to change\n" in done.stdout

    assert any(is_of_a_task(process) for process in processes(tree))
    for path in files(local(tree)):
        damage(path, "missing")
    assert_down(tree)
    assert_gone(tree, "down", "the local AWS was not up\n")


@pytest.mark.parametrize("kind", DAMAGES)
def test_down_stops_everything_with_every_file_damaged(servers: Tree, kind: str) -> None:
    for path in files(local(servers)):
        damage(path, kind)
    assert_down(servers)
    assert_gone(servers, "down", "the local AWS was not up\n")
    # For the next case: what this one left of Postgres's data is none.
    shutil.rmtree(local(servers) / "postgres")


@pytest.mark.parametrize("kind", DAMAGES)
def test_reset_stops_everything_with_every_file_damaged(servers: Tree, kind: str) -> None:
    for path in files(local(servers)):
        damage(path, kind)
    assert_reset(servers)


def test_down_stops_everything_without_the_folder(servers: Tree) -> None:
    shutil.rmtree(local(servers))
    assert_down(servers)


def test_a_stranger_with_an_id_from_a_stale_file_is_left_alone(servers: Tree, stranger: psutil.Process) -> None:
    record = json.dumps({"pid": stranger.pid, "started": stranger.create_time(), "port": 1, "uri": "none"})
    for name in RECORDS_OF_EARLIER_VERSIONS:
        (local(servers) / name).write_text(record)
    (local(servers) / "postgres" / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n/\n{int(time.time())}\n")
    assert_reset(servers)
    assert stranger.is_running()
    assert stranger.status() != psutil.STATUS_ZOMBIE
