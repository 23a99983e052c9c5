"""`make image-proof`: build the image with buildah, as root, and prove what docker/Dockerfile promises.

If the base image is out of reach, a Debian that debootstrap makes stands in for it, and the output says so.
Layers are kept in .tools/image, so a second proof takes seconds; remove that folder to start from nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.console.errors import OperatorError, ToolMissingError
from ops.terraform.project import ROOT
from tools import _programs
from tools._programs import ENVIRONMENTS

STORE = ENVIRONMENTS / "image"
IMAGE = "localhost/asset-manager:proof"
STAND_IN = "localhost/debian-python:bookworm"
USER = 10001
ANSWERS_WITHIN = 90
STOPPED_WITHIN = 30
MARK = "PROOF_OF_CONTAINER"
# An instance that needs no database; telemetry would ask the internet.
DAGSTER_YAML = "storage: { sqlite: { base_dir: /opt/dagster/home/storage } }\ntelemetry: { enabled: false }"
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
    name locationOrLoadError { __typename ... on PythonError { message } } } } } }"""

# A promise, and the shell in the container that fails where it is not kept; what it prints is shown.
PROMISES = {
    "runs as a user that is not root": f'test "$(id -u)" = {USER} && whoami',
    "has no compiler": "for tool in gcc cc g++ c++ clang ld make; do ! command -v $tool || exit 1; done",
    "has no tool of the deployment": "for tool in terraform cdktf node; do ! command -v $tool || exit 1; done",
    "cannot import cdktf": "python -c 'import importlib.util as u; exit(u.find_spec(\"cdktf\") is not None)'",
    "cannot import constructs": "python -c 'import importlib.util as u; exit(u.find_spec(\"constructs\") is not None)'",
    "imports PyPI's dagster": "python -c 'import dagster; print(dagster.__file__)' | grep ^/opt/venv/lib/",
    "holds no folder that shadows it": "! find /opt/dagster -mindepth 1 -name dagster | grep .",
    "imports the code location": "python -c 'import asset_manager.definitions as d; print(d.__file__)'",
    "may write its home, not its code": 'touch "$DAGSTER_HOME/a" && ! test -w /opt/dagster/app/asset_manager',
    # The virtual environment's Python, the official image's, Debian's.
    "has no pip": "for of in /opt/venv /usr/local /usr; do ! $of/bin/python3 -m pip -V || exit 1; done; "
    "! command -v pip",
    "keeps no file of pip": "! find / -xdev -path '*-packages/pip' -o -path '*/bin/pip' -o -path '*/.cache/pip' 2>&- "
    "| grep .",
}
# What ECS keeps it from by a read-only root: files of its user, anywhere else.
WRITTEN = f"find / -xdev -user {USER} ! -path '/opt/dagster/home*' ! -path '/tmp*' ! -path '/proc/*' 2>&-; true"


def buildah(*arguments: str) -> list[str]:
    """A buildah command on this project's own store, away from the images that the machine has."""
    driver = os.environ.get("STORAGE_DRIVER")
    chosen = ["--storage-driver", driver] if driver else []
    return ["buildah", "--root", str(STORE / "root"), "--runroot", str(STORE / "run"), *chosen, *arguments]


def run(command: list[str], failure: str) -> str:
    """The output of a command; its error is its own words and `failure`."""
    return _programs.run(command, failure).stdout.strip()


def need(program: str, why: str) -> None:
    """Raise ToolMissingError if a program is missing; this command installs nothing."""
    if shutil.which(program) is None:
        message = f"{program} is not on PATH; {why}. On Debian or Ubuntu: apt-get install {program}"
        raise ToolMissingError(message)


def base() -> str:
    """The base image that the Dockerfile pins, or a Debian of the same release if that is out of reach."""
    pinned = re.findall(r"^ARG BASE=(\S+)", (ROOT / "docker" / "Dockerfile").read_text(), re.MULTILINE)[0]
    pulled = subprocess.run(  # noqa: S603
        buildah("pull", "--policy", "missing", pinned), capture_output=True, text=True, check=False
    )
    if pulled.returncode == 0:
        return str(pinned)
    print(f"    {pulled.stderr.strip().splitlines()[-1]}")
    print("    the base image is out of reach; a Debian made by debootstrap stands in for it")
    if not run(buildah("images", "--noheading", "--filter", f"reference={STAND_IN}"), "buildah lists no images."):
        make_stand_in()
    return STAND_IN


def make_stand_in() -> None:
    """Make a Debian with what the official image adds: Python, certificates, names of protocols and time zones."""
    need("debootstrap", "it makes the stand-in for the base image")
    with tempfile.TemporaryDirectory(dir=STORE) as folder:
        wanted = "--include=python3,ca-certificates,netbase,tzdata"
        run(["debootstrap", "--variant=minbase", wanted, "bookworm", folder], "debootstrap made no Debian; see above.")
        shutil.rmtree(Path(folder, "var/cache/apt/archives"))
        container = run(buildah("from", "scratch"), "buildah made no container.")
        run(buildah("add", "--quiet", container, folder, "/"), "buildah did not take the Debian.")
        run(buildah("commit", "--quiet", "--rm", container, STAND_IN), "buildah did not keep the Debian.")


def pip_settings(folder: Path) -> list[str]:
    """Volumes that lend the build, not the image, the machine's pip settings and the local files that they name."""
    listed = run([sys.executable, "-m", "pip", "config", "list"], "pip does not say how it is configured.")
    settings = dict(re.findall(r"^(?:global|user|site|install|:env:)\.([\w-]+)='(.*)'$", listed, re.MULTILINE))
    conf = folder / "pip.conf"
    conf.write_text("\n".join(["[global]", *(f"{name} = {value}" for name, value in settings.items())]) + "\n")
    named = [Path(word) for value in settings.values() for word in value.split() if word.startswith("/")]
    # An index of files links to its wheels by "../": they are beside it.
    indexes = [Path(word).parent for value in settings.values() for word in re.findall(r"file://(/\S+)", value)]
    lent = {conf: Path("/etc/pip.conf"), **{path: path for path in (*named, *indexes) if path.exists()}}
    return [f"--volume={here}:{there}:ro" for here, there in lent.items()]


def build(base: str) -> None:
    """Build the image from the Dockerfile; unchanged steps come from the cache."""
    log = STORE / "build.log"
    with tempfile.TemporaryDirectory() as folder, log.open("w") as output:
        where = ["--file", "docker/Dockerfile", "--ignorefile", "docker/Dockerfile.dockerignore", "--tag", IMAGE]
        lent = ["--network", "host", "--build-arg", f"BASE={base}", *pip_settings(Path(folder))]
        command = buildah("build", "--layers", "--force-rm", *where, *lent, str(ROOT))
        done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False)  # noqa: S603
    if done.returncode != 0:
        raise OperatorError(f"{''.join(log.read_text().splitlines(True)[-30:])}\nthe image did not build: {log}")


def inside(container: str, command: list[str], environment: Mapping[str, str]) -> list[str]:
    """A command in the container, as the image's user in its folder, on the machine's own network."""
    given = [f"--env={name}={value}" for name, value in environment.items()]
    return buildah("run", "--network", "host", *given, container, "--", *command)


def prove_serving(container: str) -> None:
    """Run the web task's command by the image's own ENTRYPOINT until it answers; then send SIGTERM, as ECS does."""
    config = json.loads(run(buildah("inspect", "--type", "image", IMAGE), "buildah knows no such image."))
    entrypoint = config["OCIv1"]["config"]["Entrypoint"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = ["-w", "workspace.yaml", "--port", str(port), "--host", "127.0.0.1"]
    web = ["python", "-m", "asset_manager.webserver", *own]
    # buildah leaves ENTRYPOINT out. The shell says its process id and becomes tini, which is process 1 on ECS only.
    command = ["sh", "-c", 'echo $$; exec "$@"', "sh", *entrypoint, *web]
    given = {"DAGSTER_YAML": DAGSTER_YAML, "TINI_SUBREAPER": "1", MARK: container}
    begun = time.monotonic()
    with (STORE / "web.log").open("w") as log:
        task = subprocess.Popen(  # noqa: S603
            inside(container, command, given),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        first = task.stdout.readline().strip() if task.stdout else ""
        if not first.isdecimal():
            raise OperatorError(f"the container did not start: {STORE / 'web.log'}")
        init = int(first)
        info = answer(task, f"http://127.0.0.1:{port}/server_info")
        show("answers /server_info", f"Dagster {info['dagster_version']}, after {time.monotonic() - begun:.1f} s")
        show("serves as that user", f"process {init}", kept=processes(container).get(init) == USER)
        entries = json.dumps(answer(task, f"http://127.0.0.1:{port}/graphql", LOCATIONS))
        show("loads the code location", entries, kept='"RepositoryLocation"' in entries)
        begun = time.monotonic()
        os.kill(init, signal.SIGTERM)
        code = task.wait(STOPPED_WITHIN)
        show("stops on SIGTERM", f"exit code {code}, after {time.monotonic() - begun:.1f} s", kept=code in (0, 143))
        # On ECS the rest ends with process 1; here the code server, asked to, ends by itself a moment later.
        while processes(container) and time.monotonic() - begun < STOPPED_WITHIN:
            time.sleep(0.1)
        left = f"after {time.monotonic() - begun:.1f} s"
        show("leaves no process behind", left, kept=not processes(container))
    finally:
        for process in processes(container):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        task.wait(STOPPED_WITHIN)


def processes(container: str) -> dict[int, int]:
    """The container's processes and their users, known by a variable: to the machine they are its own."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if f"{MARK}={container}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = folder.stat().st_uid
    return found


def answer(task: subprocess.Popen[str], url: str, query: str = "") -> Any:
    """The web server's answer, to a GraphQL query if there is one; asked again until it comes."""
    body = json.dumps({"query": query}).encode() if query else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310  http, loopback
    # Straight to the loopback address, whatever proxy the machine has.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(ANSWERS_WITHIN):
        if task.poll() is not None:
            break
        try:
            with direct.open(request, timeout=ANSWERS_WITHIN) as response:
                return json.load(response)
        except OSError:
            time.sleep(1)
    raise OperatorError(f"{url} does not answer: {STORE / 'web.log'}")


def show(promise: str, seen: str, *, kept: bool = True) -> None:
    """One line of the proof; the first promise that is not kept ends it."""
    print(f"{'ok' if kept else 'FAILED':<7} {promise:<38} {seen}", flush=True)
    if not kept:
        raise OperatorError(f"the image does not keep this promise: {promise}.")


def main() -> None:
    """Build, look inside, serve, stop. Raises OperatorError at the first promise that is not kept."""
    # Processes get a root of their own; stricter isolation (namespaces, a runtime) does not run everywhere.
    os.environ["BUILDAH_ISOLATION"] = "chroot"
    # A proof that `kill` ends still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    need("buildah", "it builds the image without a daemon")
    if os.geteuid() != 0:
        raise OperatorError("the proof makes file systems and starts their processes: run it as root (sudo).")
    STORE.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    build(base())
    size = run(buildah("images", "--noheading", "--format", "{{.Size}}", IMAGE), "buildah knows no such image.")
    show("builds from the locked wheels", f"{size}, after {time.monotonic() - begun:.1f} s")
    container = run(buildah("from", "--pull-never", IMAGE), "buildah made no container of the image.")
    try:
        for promise, shell in PROMISES.items():
            done = subprocess.run(  # noqa: S603
                inside(container, ["sh", "-c", shell], {}), capture_output=True, text=True, check=False
            )
            said = done.stdout if done.returncode == 0 else done.stdout + done.stderr
            show(promise, said.strip(), kept=done.returncode == 0)
        prove_serving(container)
        written = run(inside(container, ["sh", "-c", WRITTEN], {}), "the container's files cannot be listed.")
        show("wrote its home and /tmp alone", written or "nothing else", kept=not written)
    finally:
        run(buildah("rm", container), "buildah did not remove its container.")
