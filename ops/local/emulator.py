"""The laptop's AWS: moto's server, with what it lacks added, as one process on 127.0.0.1.

    start() --spawns--> python -m ops.local.emulator --port N      (outlives `make`)
       |                          |
       +--> emulator.json         +--> emulator.log
            process, port, account     errors only

Everything in it is in memory: a stopped emulator is an empty AWS.
"""

from __future__ import annotations

import argparse
import http.client
import json
import logging
import os
import signal
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.errors import EmulatorDiedError, OperatorError
from ops.local import ports
from ops.local.processes import ProcessRecord, spawn, write_atomically

HOST = "127.0.0.1"
SECONDS_TO_ANSWER = 60
LOG_LINES_SHOWN = 15


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A started local AWS, as emulator.json remembers it."""

    pid: int
    started: float
    port: int
    account_id: str
    log: Path
    web_port: int | None = None

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL has to be."""
        return f"http://{HOST}:{self.port}"

    @property
    def record(self) -> ProcessRecord:
        """The process behind it."""
        return ProcessRecord(pid=self.pid, started=self.started)


def start(directory: Path, port: int, account_id: str, web_port: int | None = None) -> Emulator:
    """Return the local AWS of this directory, started if it was not, once it answers.

    With a web_port its ECS runs tasks, and its load balancer listens there; without one, tasks are names only.
    """
    emulator = running(directory)
    if emulator is None:
        return _start_anew(directory, port, account_id, web_port)
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
    _wait_until_it_answers(emulator, log_from=0)
    return emulator


def running(directory: Path) -> Emulator | None:
    """Return the local AWS that was started from this directory, if it is up; a record of a dead one is removed."""
    path = _record_path(directory)
    try:
        known = json.loads(path.read_text())
        emulator = Emulator(**{**known, "log": directory / "emulator.log"})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise OperatorError(
            f"{path} is not a record of the local AWS ({error}). Remove it: make local-reset"
        ) from error
    if emulator.record.process() is None:
        path.unlink(missing_ok=True)
        return None
    return emulator


def stop(directory: Path) -> bool:
    """Stop the local AWS of this directory; False if none was up."""
    emulator = running(directory)
    if emulator is None:
        return False
    stopped = emulator.record.stop()
    _record_path(directory).unlink(missing_ok=True)
    return stopped


def _start_anew(directory: Path, port: int, account_id: str, web_port: int | None) -> Emulator:
    ports.refuse_a_port_in_use(port, "the local AWS", "LOCAL_AWS_PORT")
    if web_port is not None:
        ports.refuse_a_port_in_use(web_port, "the local web server", "LOCAL_WEB_PORT")
    directory.mkdir(parents=True, exist_ok=True)
    log_path = directory / "emulator.log"
    with log_path.open("ab") as log:
        log_from = log.tell()
        # -P: the working directory is no place to import from.
        command = [sys.executable, "-P", "-m", "ops.local.emulator", "--port", str(port)]
        if web_port is not None:
            command += ["--web-port", str(web_port)]
        process = spawn(command, _environment(account_id), directory, log)
    try:
        emulator = Emulator(
            pid=process.pid,
            started=process.started,
            port=port,
            account_id=account_id,
            log=log_path,
            web_port=web_port,
        )
        # Before it answers, so that even a killed `make local` leaves behind how to stop it.
        write_atomically(_record_path(directory), {k: v for k, v in asdict(emulator).items() if k != "log"})
        _wait_until_it_answers(emulator, log_from)
    except BaseException:
        process.stop()
        _record_path(directory).unlink(missing_ok=True)
        raise
    return emulator


def _environment(account_id: str) -> dict[str, str]:
    """All that the server sees of the environment it was started from: no credentials, no endpoints, no proxies."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return inherited | {
        "MOTO_ACCOUNT_ID": account_id,
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
            raise EmulatorDiedError(
                f"the local AWS ended while it started. The end of {emulator.log}:\n{_tail(emulator.log, log_from)}"
            )
        if _answers(emulator.port):
            return
        time.sleep(0.05)
    raise EmulatorDiedError(
        f"the local AWS (process {emulator.pid}, port {emulator.port}) did not answer in {SECONDS_TO_ANSWER} seconds. "
        f"Stop it and start it anew: make local-down local. The end of {emulator.log}:\n{_tail(emulator.log, log_from)}"
    )


def _answers(port: int) -> bool:
    # No urllib: an inherited HTTP_PROXY must not come between.
    with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/moto-api/config")
            return connection.getresponse().status < http.client.BAD_REQUEST
        except OSError:
            return False


def _tail(log: Path, log_from: int) -> str:
    with log.open("rb") as file:
        file.seek(log_from)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-LOG_LINES_SHOWN:]) or "  (nothing was written)"


def _record_path(directory: Path) -> Path:
    return directory / "emulator.json"


def serve(port: int, web_port: int | None) -> None:
    """Be the local AWS, until the process is ended."""
    # Here, because moto takes two seconds to import, and only the server process needs it.
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    from ops.local import aws_additions  # noqa: PLC0415
    from ops.local.agent.server import with_agent  # noqa: PLC0415
    from ops.local.answers import Answered, WholeAnswers  # noqa: PLC0415

    aws_additions.install()
    # Werkzeug reports each request at "info", and tracebacks at "error".
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = DomainDispatcherApplication(create_backend_app)
    if web_port is None:
        make_server(HOST, port, Answered(application), threaded=True, request_handler=WholeAnswers).serve_forever()
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the tasks are ended too
    # Its working directory is where all that is the local AWS's is kept.
    with with_agent(application, f"http://{HOST}:{port}", Path.cwd() / "tasks", web_port) as application_and_more:
        everything = Answered(application_and_more)
        make_server(HOST, port, everything, threaded=True, request_handler=WholeAnswers).serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m ops.local.emulator", description=serve.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--web-port", type=int, help="where the load balancer listens; without it no task runs")
    arguments = parser.parse_args()
    serve(arguments.port, arguments.web_port)
