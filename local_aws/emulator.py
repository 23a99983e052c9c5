"""The local AWS as a process: moto's server, with what it lacks added, on 127.0.0.1.

    start() --spawns--> python -m local_aws.emulator --port N      (outlives the command that starts it)
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

from local_aws import access_key, disk, ports, processes, saved
from local_aws.config import HOST, REAL_TIME, TASKS, Config
from local_aws.ecs.process import end_tasks
from local_aws.errors import LocalAwsError, ServerDiedError
from local_aws.notice import notice
from local_aws.processes import ProcessRecord, Server, spawn

MODULE = "local_aws.emulator"
ACCOUNT = "MOTO_ACCOUNT_ID"
SECONDS_TO_ANSWER = 60
SECONDS_TO_SAVE = 30.0
SECONDS_TO_HOLD = 10  # longer than local_aws/door/saving.py waits for the calls under way
LOG_LINES_SHOWN = 15
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LOCAL_IDENTITY_PROVIDER")  # the last: local_aws/balancer/sign_in.py


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A started local AWS."""

    pid: int
    started: float
    port: int
    web_port: int
    account_id: str
    access_key_id: str = field(repr=False)
    log: Path
    speed: int
    was_restored: bool = field(default=False, compare=False)  # by this `start`, from what was saved

    @property
    def endpoint(self) -> str:
        """The value of AWS_ENDPOINT_URL for clients."""
        return f"http://{HOST}:{self.port}"

    @property
    def record(self) -> ProcessRecord:
        """Its process."""
        return ProcessRecord(pid=self.pid, started=self.started)


def start(config: Config) -> Emulator:
    """Return the local AWS of the config's directory, started if it was not, once it answers."""
    emulator = running(config.directory)
    if emulator is not None and not emulator.access_key_id:
        notice("the local AWS of an earlier version has no access key, so no client can use it: it starts from nothing")
        stop(config.directory)
        emulator = None
    if emulator is None:
        return _start(config)
    if (emulator.port, emulator.account_id) != (config.port, config.account_id):
        raise LocalAwsError(
            f"a local AWS of account {emulator.account_id} is already up on port {emulator.port} "
            f"(process {emulator.pid}), and account {config.account_id} on port {config.port} is asked for. "
            "Stop that one first: make local-down"
        )
    if emulator.web_port != config.web_port:
        raise LocalAwsError(
            f"a local AWS is already up with the web server on port {emulator.web_port}, and port {config.web_port} "
            "is asked for. Stop that one first: make local-down"
        )
    if emulator.speed != config.speed:
        raise LocalAwsError(
            f"a local AWS is already up with LOCAL_AWS_SPEED={emulator.speed}, and {config.speed} is asked for. "
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

    If it does not answer, nothing is held; the next `make local` fixes what the state lacks.
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


def refuse_ports_in_use(config: Config) -> None:
    """Raise PortInUseError if another program listens where the local AWS of this directory would."""
    if running(config.directory) is None:
        _refuse_ports_in_use(config)


def _refuse_ports_in_use(config: Config) -> None:
    ports.refuse_a_port_in_use(config.port, "the local AWS", f"LOCAL_AWS_PORT={config.port + 1} make local")
    another = f"LOCAL_WEB_PORT={config.web_port + 1} make local"
    ports.refuse_a_port_in_use(config.web_port, "the local web server", another)


def _emulator(server: Server, directory: Path) -> Emulator:
    return Emulator(
        pid=server.record.pid,
        started=server.record.started,
        port=server.port,
        web_port=int(server.option("--web-port") or 0),
        account_id=server.environ.get(ACCOUNT, ""),
        access_key_id=server.environ.get(access_key.VARIABLE, ""),
        log=directory / "emulator.log",
        speed=int(server.option("--speed") or REAL_TIME),
    )


def _start(config: Config) -> Emulator:
    _refuse_ports_in_use(config)
    directory = config.directory
    set_aside_what_cannot_be_restored(config)
    if (directory / saved.FILE).exists():
        try:
            return replace(_spawn(config), was_restored=True)
        except ServerDiedError as error:
            disk.refuse_if_full(directory, "the local AWS", str(error))
            _set_aside(directory, f"the local AWS does not start with it. {error}")
    return _spawn(config)


def set_aside_what_cannot_be_restored(config: Config) -> None:
    """Make the directory, and keep a saved local AWS that does not fit under another name."""
    config.directory.mkdir(parents=True, exist_ok=True)
    if reason := saved.problem(config.directory, config.account_id):
        _set_aside(config.directory, reason)


def _set_aside(directory: Path, reason: str) -> None:
    kept = saved.set_aside(directory)
    notice(f"the saved local AWS cannot be restored, so it starts from nothing: {reason}. The file is kept: {kept}")


def _spawn(config: Config) -> Emulator:
    log_path = config.directory / "emulator.log"
    with log_path.open("ab") as log:
        log_from = log.tell()
        options = ["--port", str(config.port), "--web-port", str(config.web_port), "--speed", str(config.speed)]
        options += ["--environment", config.environment]
        options += ["--code", str(config.code)] if config.code else []
        options += ["--entrypoint", str(config.entrypoint)] if config.entrypoint else []
        key = access_key.new()
        environ = environment(config.account_id, key)
        process = spawn(processes.command(MODULE, *options), environ, config.directory, log)
    try:
        emulator = Emulator(
            pid=process.pid,
            started=process.started,
            port=config.port,
            web_port=config.web_port,
            account_id=config.account_id,
            access_key_id=key,
            log=log_path,
            speed=config.speed,
        )
        _wait_until_it_answers(emulator, log_from)
    except BaseException:
        process.stop()
        raise
    return emulator


def environment(account_id: str, access_key_id: str) -> dict[str, str]:
    """All variables of the server's process: no credentials of the caller, no endpoints, no proxies."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {
        ACCOUNT: account_id,
        access_key.VARIABLE: access_key_id,
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # a megabyte of images that nobody starts
        "MOTO_ACM_VALIDATION_WAIT": "0",  # a certificate is issued at once
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
            raise ServerDiedError(f"the local AWS ended while it started. The end of {emulator.log}:\n{printed}")
        if _answers(emulator):
            return
        time.sleep(0.05)
    printed = _tail(emulator.log, log_from)
    raise ServerDiedError(
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


def serve(config: Config, access_key_id: str) -> None:
    """Be the local AWS, until SIGTERM or Ctrl-C; then save it. The process has the variables of `environment`."""
    # Here, because moto takes two seconds to import, and only the server process needs it.
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    from local_aws.door.answers import Answered, WholeAnswers  # noqa: PLC0415
    from local_aws.door.guard import Guarded  # noqa: PLC0415
    from local_aws.door.server import with_agent  # noqa: PLC0415

    # Werkzeug reports each request at "info", and tracebacks at "error".
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that the tasks are ended too
    saved.restore(config.directory)

    def save() -> None:
        saved.save(config.directory, config.account_id)

    with with_agent(
        DomainDispatcherApplication(create_backend_app), config=config, access_key_id=access_key_id, save=save
    ) as application:
        everything = Guarded(Answered(application), access_key_id)
        make_server(HOST, config.port, everything, threaded=True, request_handler=WholeAnswers).serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m local_aws.emulator", description="The detached server of `start`, in its working directory."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--speed", type=int, required=True)
    parser.add_argument("--environment", required=True)
    parser.add_argument("--code", type=Path)
    parser.add_argument("--entrypoint", type=Path)
    arguments = vars(parser.parse_args())
    serve(
        Config(directory=Path.cwd(), account_id=os.environ[ACCOUNT], **arguments),
        os.environ[access_key.VARIABLE],
    )
