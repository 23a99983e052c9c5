"""The laptop's AWS: moto's server, with what it lacks added, as one process on 127.0.0.1.

    start() --spawns--> python -m local_aws.emulator --port N      (outlives `make`)
                                  |
                                  +--> emulator.log
                                       errors only

What it holds is in memory. It saves that when it stops, and each time that a Terraform ends; a start restores it
(local_aws/saved.py). Its process is the record of how it was started: the ports are on its command line, the account
and the access key are in its environment, which only its owner can read.
"""

from __future__ import annotations

import argparse
import http.client
import logging
import os
import signal
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from local_aws import disk, ports, processes, saved
from local_aws.door import access_key
from local_aws.ecs.process import end_tasks
from local_aws.processes import ProcessRecord, Server, spawn
from ops.console.errors import EmulatorDiedError, OperatorError
from ops.console.progress import detail

HOST = "127.0.0.1"
MODULE = "local_aws.emulator"
TASKS = "tasks"
ACCOUNT = "MOTO_ACCOUNT_ID"
SECONDS_TO_ANSWER = 60
SECONDS_TO_SAVE = 30.0
REAL_TIME = 1
SECONDS_TO_HOLD = 10  # longer than local_aws/door/saving.py waits for the calls under way
LOG_LINES_SHOWN = 15
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LOCAL_IDENTITY_PROVIDER")  # the last: local_aws/balancer/sign_in.py


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A started local AWS."""

    pid: int
    started: float
    port: int
    account_id: str
    access_key_id: str = field(repr=False)
    log: Path
    web_port: int | None = None
    speed: int = REAL_TIME
    was_restored: bool = field(default=False, compare=False)  # by this `start`, from what was saved

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL has to be."""
        return f"http://{HOST}:{self.port}"

    @property
    def record(self) -> ProcessRecord:
        """The process behind it."""
        return ProcessRecord(pid=self.pid, started=self.started)


def start(directory: Path, port: int, account_id: str, web_port: int | None = None, speed: int = REAL_TIME) -> Emulator:
    """Return the local AWS of this directory, started if it was not, once it answers.

    With a web_port its ECS runs tasks, and its load balancer listens there; without one, tasks are names only.
    With a speed of 10 what the local AWS itself waits for takes a tenth of the time that it takes on AWS: intervals of
    health checks, deregistration delays, ECS's back-off.
    """
    emulator = running(directory)
    if emulator is not None and not emulator.access_key_id:
        detail("the local AWS of an earlier version has no access key, so no client can use it: it starts from nothing")
        stop(directory)
        emulator = None
    if emulator is None:
        return _start(directory, port, account_id, web_port, speed)
    if (emulator.port, emulator.account_id) != (port, account_id):
        raise OperatorError(
            f"a local AWS of account {emulator.account_id} is already up on port {emulator.port} "
            f"(process {emulator.pid}), and account {account_id} on port {port} is asked for. "
            "Stop that one first: make local-down"
        )
    if emulator.web_port != web_port:
        raise OperatorError(
            f"a local AWS is already up with the web server on port {emulator.web_port}, and port {web_port} is asked "
            "for. Stop that one first: make local-down"
        )
    if emulator.speed != speed:
        raise OperatorError(
            f"a local AWS is already up with LOCAL_AWS_SPEED={emulator.speed}, and {speed} is asked for. "
            "Stop that one first: make local-down"
        )
    _wait_until_it_answers(emulator, log_from=0)
    return emulator


def running(directory: Path) -> Emulator | None:
    """Return the local AWS that was started from this directory, if it is up."""
    found = [_emulator(server, directory) for server in processes.servers(MODULE, directory)]
    return found[0] if found else None


def stop(directory: Path) -> bool:
    """Stop the local AWS of this directory, which saves what it holds, and its tasks; False if nothing of it was up."""
    stopped = processes.stop(MODULE, directory, SECONDS_TO_SAVE)
    return end_tasks(directory.resolve() / TASKS) or stopped  # a killed one leaves its tasks


def hold(port: int, access_key_id: str) -> None:
    """Let the local AWS answer the calls of Terraform's provider that are under way, and carry out no more of them.

    If it does not answer, nothing is held; the next `make local` fixes what the state lacks (ops/local/repair.py).
    """
    with (
        closing(http.client.HTTPConnection(HOST, port, timeout=SECONDS_TO_HOLD)) as connection,
        suppress(OSError, http.client.HTTPException),
    ):
        connection.request("GET", "/asset-manager-api/hold", headers=access_key.bearer(access_key_id))
        connection.getresponse().read()


def forget(directory: Path) -> None:
    """Delete what the local AWS of this directory, which is stopped, has saved."""
    (directory / saved.FILE).unlink(missing_ok=True)


def refuse_ports_in_use(directory: Path, port: int, web_port: int) -> None:
    """Raise PortInUseError if another program listens where the local AWS of this directory would."""
    if running(directory) is None:
        ports.refuse_a_port_in_use(port, "the local AWS", "LOCAL_AWS_PORT")
        ports.refuse_a_port_in_use(web_port, "the local web server", "LOCAL_WEB_PORT")


def _emulator(server: Server, directory: Path) -> Emulator:
    web_port = server.option("--web-port")
    return Emulator(
        pid=server.record.pid,
        started=server.record.started,
        port=server.port,
        account_id=server.environ.get(ACCOUNT, ""),
        access_key_id=server.environ.get(access_key.VARIABLE, ""),
        log=directory / "emulator.log",
        web_port=int(web_port) if web_port else None,
        speed=int(server.option("--speed") or REAL_TIME),
    )


def _start(directory: Path, port: int, account_id: str, web_port: int | None, speed: int) -> Emulator:
    ports.refuse_a_port_in_use(port, "the local AWS", "LOCAL_AWS_PORT")
    if web_port is not None:
        ports.refuse_a_port_in_use(web_port, "the local web server", "LOCAL_WEB_PORT")
    directory.mkdir(parents=True, exist_ok=True)
    if reason := saved.problem(directory, account_id):
        _set_aside(directory, reason)
    if (directory / saved.FILE).exists():
        try:
            return replace(_spawn(directory, port, account_id, web_port, speed), was_restored=True)
        except EmulatorDiedError as error:
            disk.refuse_if_full(directory, "the local AWS", str(error))
            _set_aside(directory, f"the local AWS does not start with it. {error}")
    return _spawn(directory, port, account_id, web_port, speed)


def _set_aside(directory: Path, reason: str) -> None:
    kept = saved.set_aside(directory)
    detail(f"the saved local AWS cannot be restored, so it starts from nothing: {reason}. The file is kept: {kept}")


def _spawn(directory: Path, port: int, account_id: str, web_port: int | None, speed: int) -> Emulator:
    log_path = directory / "emulator.log"
    with log_path.open("ab") as log:
        log_from = log.tell()
        options = ["--port", str(port), "--speed", str(speed)]
        options += [] if web_port is None else ["--web-port", str(web_port)]
        key = access_key.new()
        environ = _environment(account_id) | {access_key.VARIABLE: key}
        process = spawn(processes.command(MODULE, *options), environ, directory, log)
    try:
        emulator = Emulator(
            pid=process.pid,
            started=process.started,
            port=port,
            account_id=account_id,
            access_key_id=key,
            log=log_path,
            web_port=web_port,
            speed=speed,
        )
        _wait_until_it_answers(emulator, log_from)
    except BaseException:
        process.stop()
        raise
    return emulator


def _environment(account_id: str) -> dict[str, str]:
    """All that the server sees of the environment it was started from: no credentials, no endpoints, no proxies."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {
        ACCOUNT: account_id,
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # a megabyte of images that nobody starts
        "MOTO_ACM_VALIDATION_WAIT": "0",  # the guide's certificate was issued long ago
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _wait_until_it_answers(emulator: Emulator, log_from: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < deadline:
        if emulator.record.process() is None:
            printed = _tail(emulator.log, log_from)
            disk.refuse_if_full(emulator.log.parent, "the local AWS", printed)
            raise EmulatorDiedError(f"the local AWS ended while it started. The end of {emulator.log}:\n{printed}")
        if _answers(emulator):
            return
        time.sleep(0.05)
    printed = _tail(emulator.log, log_from)
    raise EmulatorDiedError(
        f"the local AWS (process {emulator.pid}, port {emulator.port}) did not answer in {SECONDS_TO_ANSWER} seconds. "
        f"Stop it and start it again: make local-down local. The end of {emulator.log}:\n{printed}"
    )


def _answers(emulator: Emulator) -> bool:
    # No urllib: an inherited HTTP_PROXY must not come between.
    with closing(http.client.HTTPConnection(HOST, emulator.port, timeout=5)) as connection:
        try:
            connection.request("GET", "/moto-api/config", headers=access_key.bearer(emulator.access_key_id))
            return connection.getresponse().status < http.client.BAD_REQUEST
        except OSError:
            return False


def _tail(log: Path, log_from: int) -> str:
    with log.open("rb") as file:
        file.seek(log_from)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-LOG_LINES_SHOWN:]) or "  (nothing was written)"


def serve(port: int, web_port: int | None, speed: int) -> None:
    """Be the local AWS, until the process is ended."""
    # Here, because moto takes two seconds to import, and only the server process needs it.
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    from local_aws.door.answers import Answered, WholeAnswers  # noqa: PLC0415
    from local_aws.door.guard import Guarded  # noqa: PLC0415
    from local_aws.door.server import with_agent  # noqa: PLC0415
    from local_aws.moto import additions  # noqa: PLC0415

    additions.install()
    # Werkzeug reports each request at "info", and tracebacks at "error".
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = DomainDispatcherApplication(create_backend_app)
    key = os.environ[access_key.VARIABLE]
    if web_port is None:
        everything = Guarded(Answered(application), key, metadata=False)
        make_server(HOST, port, everything, threaded=True, request_handler=WholeAnswers).serve_forever()
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the tasks are ended too
    # Its working directory is where all that is the local AWS's is kept.
    here = Path.cwd()
    saved.restore(here)

    def save() -> None:
        saved.save(here, os.environ[ACCOUNT])

    with with_agent(
        application,
        save=save,
        endpoint=f"http://{HOST}:{port}",
        access_key_id=key,
        directory=here / TASKS,
        web_port=web_port,
        speed=speed,
    ) as application_and_more:
        everything = Guarded(Answered(application_and_more), key, metadata=True)
        make_server(HOST, port, everything, threaded=True, request_handler=WholeAnswers).serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m local_aws.emulator", description=serve.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--web-port", type=int, help="where the load balancer listens; without it no task runs")
    parser.add_argument("--speed", type=int, default=REAL_TIME, help="how many times faster than on AWS intervals pass")
    arguments = parser.parse_args()
    serve(arguments.port, arguments.web_port, arguments.speed)
