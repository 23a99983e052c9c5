"""`make dev`: the code location alone, with sample data and without AWS."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from ops.checking.deployed import dagster
from ops.checking.deployed.run import materialize
from ops.dagster_api.transport import NoAnswerError
from ops.dagster_api.web import Web
from tests.support.deployed import Tree
from tests.support.ports import free_port


@pytest.fixture
def dev(tree: Tree, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Web, Path]]:
    """`make dev`, started; its process, its web server, its output."""
    port, printed = free_port(), tmp_path / "printed"
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with printed.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "sample.dev", str(port)],
            cwd=tree.root,
            env={**passed, "PYTHONPATH": f"{tree.root}:{tree.root / 'constructs'}:{tree.root / 'dagster'}"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield started, Web.at(f"http://127.0.0.1:{port}"), printed
    finally:
        for process in processes(started.pid):
            process.kill()
        started.wait()


def processes(pid: int) -> list[psutil.Process]:
    """It and all that it started, as far as they live."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def answers(web: Web) -> bool:
    """Whether it serves, and has loaded the code location, well or not: it serves before that."""
    try:
        return all(entry["locationOrLoadError"] for entry in dagster.locations(web))
    except NoAnswerError:
        return False


def status(url: str, headers: Mapping[str, str] | None = None) -> int:
    """Of the answer to a GET."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_dev_materializes_a_partition_answers_no_other_site_and_ends_with_all_it_started(
    dev: tuple[subprocess.Popen[bytes], Web, Path],
) -> None:
    started, web, printed = dev
    deadline = time.monotonic() + 120
    while not answers(web):
        assert started.poll() is None, printed.read_text()
        assert time.monotonic() < deadline, printed.read_text()
        time.sleep(1)
    assert dagster.assets(dagster.locations(web)).status == "ok", printed.read_text()
    ran = materialize(web, lambda _: None)
    assert ran.status == "SUCCESS", (ran.problem, printed.read_text())
    assert (ran.rows or 0) > 700, "two years of days"
    link = f"{web.url}/graphql?query=mutation{{setNuxSeen{{__typename}}}}"
    assert status(link) == 403
    assert status(f"{web.url}/server_info", {"Host": "other-site.example"}) == 403
    assert status(f"{web.url}/server_info", {"Host": "localhost"}) == 200
    everything = processes(started.pid)
    assert len(everything) > 3, "web server, daemon and code server are processes of their own"
    started.send_signal(signal.SIGINT)
    started.wait(timeout=60)
    _, alive = psutil.wait_procs(everything, timeout=30)
    assert not alive, alive
