"""Runs Terraform for one stack at a time; a refusal becomes one message that an operator can act on."""

from __future__ import annotations

import codecs
import json
import re
import shlex
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.console.errors import (
    CredentialsError,
    DiskFullError,
    ExitCode,
    Interrupted,
    LockHeldError,
    OperatorError,
    TerraformError,
    ToolMissingError,
)
from ops.console.output import write
from ops.terraform.failures import ExistsError, existing, killed

SOMETHING_TO_CHANGE = 2  # what `plan -detailed-exitcode` says with its exit code
SECONDS_BETWEEN_LINES = 0.1
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# No state; or one without what is read: base was destroyed, or interrupted, or is to give more than it did before.
_NO_BASE = re.compile(
    r"Unable to find remote state|No stored state was found|"
    r"data\.terraform_remote_state\.\S+\.outputs is object with (?:no|\d+) attributes?"
)


class NotDeployedError(TerraformError):
    """`services` reads what `base` has not made yet."""

    name = "not_deployed"
    exit_code = ExitCode.REFUSED


class StateNotSavedError(TerraformError):
    """Terraform could not save its state, which is only in a file on this disk."""

    name = "state_not_saved"


class StalePlanError(TerraformError):
    """The state moved on after the plan was saved, so Terraform started nothing of it."""

    name = "plan_stale"
    exit_code = ExitCode.REFUSED


@dataclass(frozen=True)
class Terraform:
    """One stack's folder, the binary, and the whole environment of its processes.

    `before_interrupt` is called before an interrupted Terraform is asked to stop.
    """

    binary: Path
    environ: Mapping[str, str]
    folder: Path
    before_interrupt: Callable[[], None] = lambda: None

    @property
    def stack(self) -> str:
        """The stack's name, which is its folder's."""
        return self.folder.name

    def init(self) -> None:
        """Providers and backend; `-reconfigure`, because the bucket may be in another AWS than last time."""
        self._run("init", "-reconfigure", "-input=false", "-no-color", stdout=subprocess.PIPE)

    def apply(self) -> None:
        """Bring the stack to what its JSON says, without asking."""
        self._run("apply", "-auto-approve", "-input=false", "-no-color", "-compact-warnings")

    def plan(self) -> bool:
        """Print Terraform's plan; whether there is anything to change."""
        return self._run("plan", "-detailed-exitcode", "-input=false", "-no-color", "-compact-warnings")[0] != 0

    def save_plan(self, file: Path, *more: str) -> dict[str, Any]:
        """Save a plan in `file`, with "-destroy" one that destroys; return it as JSON. With "-lock=false" it writes
        nothing to AWS.
        """
        options = (f"-out={file}", "-input=false", "-no-color", "-compact-warnings", *more)
        self._run("plan", *options, stdout=subprocess.PIPE)
        return json.loads(self._run("show", "-json", str(file), stdout=subprocess.PIPE)[1])  # type: ignore[no-any-return]

    def plan_for_people(self, file: Path) -> str:
        """A saved plan in Terraform's own words."""
        return self._run("show", "-no-color", str(file), stdout=subprocess.PIPE)[1]

    def apply_plan(self, file: Path) -> None:
        """Apply the saved plan and nothing else; Terraform refuses it if the state has moved on."""
        self._run("apply", "-input=false", "-no-color", "-compact-warnings", str(file))

    def state(self) -> dict[str, Any]:
        """The stack's state as the backend keeps it; empty if nothing was ever applied."""
        _, text = self._run("state", "pull", stdout=subprocess.PIPE)
        return json.loads(text) if text.strip() else {}

    def _run(self, *arguments: str, stdout: int | None = None) -> tuple[int, str]:
        """The exit code, and the output if `stdout` is a pipe; raises the error that stderr stands for."""
        # Not this program's stdout: its reader may be gone after Ctrl-C, and Terraform would die of its next line with
        # its state unsaved. Nor a pipe to this program, which can be killed. A file takes every line.
        with tempfile.NamedTemporaryFile() as shown, _relayed(Path(shown.name)), _deferred() as deliver:
            process = subprocess.Popen(  # noqa: S603  the binary is the one that the toolchain found
                [self.binary, *arguments],
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=stdout or shown,
                stderr=subprocess.PIPE,
                text=True,
                # In its own process group, Ctrl-C reaches it once, from this program, and it can save its state.
                process_group=0,
            )
            output, complaint = _finish(process, self, deliver)
        if process.returncode < 0:
            raise killed(self.stack, arguments[0], -process.returncode)
        something_to_change = arguments[0] == "plan" and process.returncode == SOMETHING_TO_CHANGE
        if process.returncode != 0 and not something_to_change:
            raise refusal(complaint, self, arguments[0])
        return process.returncode, output or ""


@contextmanager
def _relayed(file: Path) -> Iterator[None]:
    """Print what is written into the file meanwhile, as it comes."""
    over = threading.Event()

    def relay() -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode  # a read may end within a letter
        with file.open("rb", buffering=0) as written:
            last = False
            while not last:
                last = over.wait(SECONDS_BETWEEN_LINES)  # before the last read, so that nothing is left
                if text := decode(written.readall()):
                    write(text)

    # A daemon: Ctrl-C may come before the `try`, or between it and the caller's, and nobody would end the thread.
    thread = threading.Thread(target=relay, daemon=True)
    try:
        thread.start()
        yield
    finally:
        over.set()
        if thread.ident is not None:
            thread.join()


@contextmanager
def _deferred() -> Iterator[Callable[[], None]]:
    """Signals wait until `deliver` is called: one that comes while a process starts would leave it running alone."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None  # Python handles signals in the main thread
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in INTERRUPTS}

    def deliver() -> None:
        while before:
            signal.signal(*before.popitem())
        if came:
            signal.raise_signal(came.pop())

    try:
        yield deliver
    finally:
        deliver()


def _finish(process: subprocess.Popen[str], at_work: Terraform, deliver: Callable[[], None]) -> tuple[str, str]:
    """The output; an interrupt asks Terraform to stop and waits, because a killed Terraform forgets what it made."""
    try:
        deliver()
        return process.communicate()
    except Interrupted:
        with suppress(Interrupted):
            at_work.before_interrupt()
        process.send_signal(signal.SIGINT)  # before anything is printed, which may fail
        write(f"\nstopping: Terraform ends what it has begun in {at_work.stack} and saves its state\n")
        while process.returncode is None:
            with suppress(Interrupted):  # however often Ctrl-C is pressed: the state comes first
                process.communicate()
        raise


def refusal(complaint: str, at_work: Terraform, command: str) -> OperatorError:  # noqa: PLR0911  one for each complaint
    """The error to raise for what Terraform wrote to stderr while it was `at_work`."""
    stack = at_work.stack
    lock = dict(re.findall(r"^\W*(ID|Who|Operation|Created):\s+(.+?)\s*$", complaint, re.MULTILINE))
    if "Error acquiring the state lock" in complaint and {"ID", "Who"} <= set(lock):
        return LockHeldError(
            f"the state of {stack} is locked by {lock['Who']} "
            f"({lock.get('Operation', 'an operation')}, since {lock.get('Created', 'some time')}). "
            f"Nothing of {stack} was changed. Wait until that is over; if it was killed and will never be, "
            f"`{shlex.quote(str(at_work.binary))} force-unlock -force {shlex.quote(lock['ID'])}` in {at_work.folder} "
            "breaks the lock."
        )
    # `errored.tfstate` is a name without spaces, which Terraform never breaks over two lines.
    if "errored.tfstate" in complaint:
        binary = shlex.quote(str(at_work.binary))
        return StateNotSavedError(
            f"{_plain(complaint)}\nterraform {command} of {stack} could not save its state: what it made is in "
            f"{at_work.folder}/errored.tfstate alone. Before anything is run again, sign in, and save it: `{binary} "
            f"state push errored.tfstate` in {at_work.folder}; where that is locked, `{binary} force-unlock ID` first. "
            "Then remove the file."
        )
    # Another serial, or another lineage, in its internal/backend/local/backend_local.go.
    if "Saved plan is stale" in complaint or "Saved plan does not match the given state" in complaint:
        return StalePlanError(
            f"somebody else changed the state of {stack} after this was planned. Nothing of it was begun: look at what "
            "they did, and run it again."
        )
    if "no space left on device" in complaint:
        return DiskFullError(
            f"the disk is full: terraform {command} of {stack} could not write. Free some space, run it again."
        )
    if re.search(r"Failed to (query available provider packages|install provider)", complaint):
        return ToolMissingError(
            f"{_plain(complaint)}\nterraform {command} of {stack} cannot get its provider: there is no network, or no "
            "mirror with that version. Set TF_PROVIDER_MIRROR to a filesystem mirror, which has hashicorp/aws of that "
            "version below registry.terraform.io, and run it again."
        )
    if _NO_BASE.search(complaint):
        return NotDeployedError(
            f"{stack} reads what base makes, and base is not applied here, or not to its end: apply base first."
        )
    credentials = re.search(
        r"No valid credential sources found|ExpiredToken\w*|InvalidClientTokenId|UnrecognizedClientException|"
        r"SignatureDoesNotMatch",
        complaint,
    )
    if credentials:
        return CredentialsError(
            f"{_plain(complaint)}\nAWS refused the credentials of this shell ({credentials[0]}) at terraform {command} "
            f"of {stack}: sign in again (aws sso login, or new AWS_* variables), and run it again."
        )
    message = f"{_plain(complaint)}\nterraform {command} of {stack} failed; its reason stands above."
    if command == "apply" and (addresses := existing(_plain(complaint))):
        return ExistsError(message, addresses)
    return TerraformError(message)


def _plain(complaint: str) -> str:
    """The complaint without the frame that Terraform draws round it."""
    lines = (re.sub(r"^[╷│╵]\s?", "", line).rstrip() for line in complaint.splitlines())
    return "\n".join(line for line in lines if line)
