"""Terraform's own files in a stack's folder: `terraform init` makes them, and makes them again if they are damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from local_aws.processes import ProcessRecord
from ops.console.errors import OperatorError, TerraformError, ToolMissingError
from ops.console.progress import detail
from ops.terraform.run import Terraform

MADE_BY_INIT = (".terraform", ".terraform.lock.hcl")
IN_THE_SHARED_CACHE = "from shared cache"
CANNOT_START = "Failed to load plugin schemas"
UNREADABLE = "Unsupported state file format"
# In the environment of each Terraform that `make local` starts, and of its providers. A person's Terraform lacks it.
OURS = "ASSET_MANAGER_LOCAL_UP"
PROVIDER = "terraform-provider-"
SECONDS_TO_END = 5


class StateUnreadableError(TerraformError):
    """The state in the bucket is not a state that this Terraform reads."""

    name = "state_unreadable"


def init(terraform: Terraform) -> None:
    """Run `terraform init`; if it fails, once more without what an earlier one left."""
    try:
        _init(terraform)
    except StateUnreadableError:
        raise
    except (TerraformError, ToolMissingError) as error:
        if not _remove(terraform, error):
            raise
        _init(terraform)


def with_a_provider_that_starts(terraform: Terraform, work: Callable[[Terraform], None]) -> None:
    """Do the work; if the provider's program cannot be started, once more with a provider that is installed again."""
    try:
        work(terraform)
    except TerraformError as error:
        if CANNOT_START not in str(error):
            raise
        _remove(terraform, error)
        _init(terraform)
        work(terraform)


def end_terraform(out: Path) -> None:
    """Kill each Terraform of `make local` below this folder, and its providers, even if that `make local` has ended.

    Its state is lost with the local AWS that it worked on.
    """
    killed = []
    for process in _at_work(out):
        with suppress(psutil.Error):
            if OURS in process.environ():
                killed.append(ProcessRecord.of(process))
                process.kill()
    for record in killed:
        record.ends_within(SECONDS_TO_END)


def other_terraforms(out: Path) -> list[int]:
    """The process ids of the Terraforms below this folder that `make local` did not start."""
    found = []
    for process in _at_work(out):
        with suppress(psutil.Error):
            if process.name() == "terraform" and OURS not in process.environ():
                found.append(process.pid)
    return found


def _at_work(out: Path) -> Iterator[psutil.Process]:
    """Each Terraform, and each of its providers, with its working directory below this folder."""
    folder = out.resolve()  # as the system reports a working directory
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            # Exact names: a shell may work in that folder too, and so may an editor's terraform-ls.
            named = process.name() == "terraform" or process.name().startswith(PROVIDER)
            if named and Path(process.cwd()).is_relative_to(folder):
                yield process


def _init(terraform: Terraform) -> None:
    try:
        terraform.init()
    except TerraformError as error:
        if UNREADABLE in str(error):
            message = f"the Terraform state of {terraform.stack} in the local AWS is damaged"
            raise StateUnreadableError(message) from error
        raise


def _remove(terraform: Terraform, error: OperatorError) -> bool:
    """Remove what `terraform init` made; False if there was nothing."""
    left = [terraform.folder / name for name in MADE_BY_INIT]
    if (cache := terraform.environ.get("TF_PLUGIN_CACHE_DIR")) and any(
        words in str(error) for words in (IN_THE_SHARED_CACHE, CANNOT_START)
    ):
        left += Path(cache).glob("*")
    found = [path for path in left if path.exists() or path.is_symlink()]
    for path in found:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if found:
        names = ", ".join(str(path) for path in found)
        reason = next((line for line in str(error).splitlines() if line.startswith("Error")), "it failed")
        detail(f"terraform: {reason}")
        detail(f"removed what may be damaged, and init runs again: {names}")
    return bool(found)
