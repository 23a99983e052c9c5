"""`make local`: the local AWS up, and both stacks deployed to it by the real Terraform.

    settings -> tools -> local AWS -> what the guide assumes -> synthesis -> apply base -> apply services

Each step finds what an earlier run left and adds what is missing, so the next run goes on where one was stopped.
"""

from __future__ import annotations

import os
import shlex
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock
import psutil

from ops import toolchain
from ops.errors import EmulatorDiedError, LockHeldError, OperatorError
from ops.local import emulator, environment, prerequisites
from ops.project import ROOT, synthesize
from ops.secrets import require_values
from ops.terraform import STACKS, Terraform
from stacks.settings import Settings, load

DIRECTORY = ROOT / ".local"
DEPLOYED = "prod"  # the very JSON that production gets
DEFAULT_PORT = 4566


def port() -> int:
    """LOCAL_AWS_PORT, checked."""
    given = os.environ.get("LOCAL_AWS_PORT", str(DEFAULT_PORT))
    if not given.isdecimal() or not 1024 <= int(given) <= 65535:  # noqa: PLR2004
        raise OperatorError(f"LOCAL_AWS_PORT={given} is no port to listen on: a whole number, 1024 to 65535.")
    return int(given)


@dataclass(frozen=True)
class Local:
    """A local AWS that is up, and what a process needs to work on it."""

    settings: Settings
    endpoint: str
    environ: dict[str, str]

    @property
    def out(self) -> Path:
        """Where its JSON is; not cdktf.out, which is the real deployment's."""
        return DIRECTORY / "cdktf.out"

    def shell(self) -> str:
        """The same for a person's shell, which has more in it that has to go."""
        leads_elsewhere = sorted(
            name for name in os.environ if name.startswith("AWS_") and name not in self.environ
        )  # profiles, session tokens, single services' endpoints
        wanted = {name: value for name, value in self.environ.items() if name not in environment.PASSED}
        lines = [f"unset {name}" for name in leads_elsewhere]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in sorted(wanted.items())]
        return "\n".join([*lines, f"export PATH={shlex.quote(self.environ['PATH'])}"])

    def terraform(self, stack: str) -> Terraform:
        """Terraform for one stack."""
        return Terraform(Path(self.environ["TERRAFORM_BINARY_NAME"]), self.environ, self.out / "stacks" / stack)


def connect(found: emulator.Emulator) -> Local:
    """The local AWS that is up."""
    settings = load(DEPLOYED)
    environ = {
        **environment.passed(),
        **toolchain.environment(ROOT),
        **environment.aws(found.endpoint, settings.region),
        **environment.secrets(type(settings.secret_versions).model_fields),
    }
    return Local(settings, found.endpoint, environ)


def running() -> Local:
    """The local AWS that is up, or a refusal that says how to start it."""
    found = emulator.running(DIRECTORY)
    if found is None:
        raise EmulatorDiedError("the local AWS is not up. Start it: make local")
    return connect(found)


def up() -> Local:
    """Everything up and deployed."""
    wanted = load(DEPLOYED)
    with _alone():
        if _was_killed():
            say("the last run was killed while Terraform was at work: its local AWS is begun anew")
            _end_terraform()
            emulator.stop(DIRECTORY)
        say("terraform, its provider and node")
        toolchain.environment(ROOT)
        say(f"the local AWS on 127.0.0.1:{port()}")
        local = connect(emulator.start(DIRECTORY, port(), wanted.account_id))
        say("what the guide assumes to exist")
        prerequisites.create(local.settings, local.endpoint, detail)
        say(f"synthesizing {DEPLOYED}")
        synthesize(DEPLOYED, local.out, local.environ)
        with _watched():
            for stack in STACKS:
                terraform = local.terraform(stack)
                terraform.init()
                if stack == "base":
                    require_values(terraform, local.settings)
                _apply(terraform)
    return local


def down() -> bool:
    """Stop what `up` started; False if nothing was up."""
    with _alone():
        return emulator.stop(DIRECTORY)


def reset() -> None:
    """`down`, and forget everything it kept."""
    with _alone():
        emulator.stop(DIRECTORY)
        for path in DIRECTORY.iterdir():
            if path.name != "lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def say(line: str) -> None:
    """A step that begins."""
    print(f"==> {line}", flush=True)


def detail(line: str) -> None:
    """What a step found or made."""
    print(f"    {line}", flush=True)


def _apply(terraform: Terraform) -> None:
    """Apply, remembering meanwhile that Terraform is at work: see `_was_killed`."""
    mark = DIRECTORY / "applying"
    say(f"terraform apply: {terraform.stack}")
    mark.touch()
    try:
        terraform.apply()
    finally:
        mark.unlink(missing_ok=True)


@contextmanager
def _watched() -> Iterator[None]:
    """End Terraform when the local AWS dies under it: by itself it would try again for ten minutes."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1):
            if emulator.running(DIRECTORY) is None:
                _end_terraform()
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    except OperatorError as error:
        if emulator.running(DIRECTORY) is None:
            raise EmulatorDiedError(
                f"the local AWS ended while Terraform was at work; its log is {DIRECTORY / 'emulator.log'}. "
                "Its state went with it: `make local` begins anew."
            ) from error
        raise
    finally:
        over.set()
        watcher.join()


def _was_killed() -> bool:
    """Whether a run ended without a word while Terraform was at work, so that what it made may be in no state.

    Terraform that is interrupted saves its state; one that is killed does not, and leaves its lock besides.
    """
    mark = DIRECTORY / "applying"
    if not mark.exists():
        return False
    mark.unlink()
    return True


def _end_terraform() -> None:
    """End every Terraform at work here, one that outlived its `make local` too: its state went with the old AWS."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            # By its name too: a person's shell may well stand in that folder.
            if process.name().startswith("terraform") and Path(process.cwd()).is_relative_to(DIRECTORY / "cdktf.out"):
                process.kill()
                process.wait(timeout=5)


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time in this working copy."""
    DIRECTORY.mkdir(exist_ok=True)
    try:
        with filelock.FileLock(DIRECTORY / "lock", timeout=0):
            yield
    except filelock.Timeout:
        raise LockHeldError(
            "another `make local`, `make local-down` or `make local-reset` is at work in this working copy. "
            "Wait until it is done."
        ) from None
