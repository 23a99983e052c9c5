"""One plan, one question, one apply: for every command that applies or destroys a stack.

    planned(stack, folder) -> its summary is printed -> confirm(what, otherwise) -> SavedPlan.apply(otherwise)

Terraform applies the saved plan, so it does what was printed and nothing else. If the state has moved on, or somebody
holds its lock, it starts nothing, and every command says so in the same words.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ops.console.errors import LockHeldError, NotConfirmedError
from ops.console.prompt import answer
from ops.terraform.plan_summary import Change, by_kind, changes, text
from ops.terraform.run import StalePlanError, Terraform

# What is confirmed, and the sentence that says what stays as it is without it. Raises NotConfirmedError.
Confirm = Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """A plan that Terraform keeps in `file`; `changes` are what was printed of it."""

    stack: Terraform
    file: Path
    command: Literal["apply", "destroy"]
    changes: Sequence[Change]

    def apply(self, otherwise: str) -> None:
        """Apply exactly this plan; `otherwise` ends the message if Terraform starts nothing of it."""
        print(f"==> terraform {self.command}: {self.stack.stack}", flush=True)
        try:
            self.stack.apply_plan(self.file)
        except (LockHeldError, StalePlanError) as error:
            raise type(error)(f"{error} {otherwise}") from error


@contextmanager
def plan_folder() -> Iterator[Path]:
    """A folder for saved plans, which is deleted at the end; only its user can read it."""
    with tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
        yield Path(folder)


def planned(stack: Terraform, folder: Path) -> SavedPlan:
    """Plan the stack and print the summary; NotDeployedError for `services` before `base` is applied."""
    print(f"==> terraform plan: {stack.stack}", flush=True)
    file = folder / stack.stack
    plan = SavedPlan(stack=stack, file=file, command="apply", changes=changes(stack.save_plan(file)))
    print(text(stack.stack, plan.changes), flush=True)
    return plan


def planned_destroy(stack: Terraform, folder: Path) -> SavedPlan:
    """Plan the end of the stack, without a word; by_kind() is its summary."""
    file = folder / stack.stack
    return SavedPlan(stack=stack, file=file, command="destroy", changes=changes(stack.save_plan(file, "-destroy")))


def print_destroy(plan: SavedPlan) -> None:
    print(by_kind(plan.stack.stack, plan.changes), flush=True)


def confirm(*, yes: bool) -> Confirm:
    """The question at the terminal, or with --yes none."""
    return _take_yes if yes else ask


def ask(what: str, otherwise: str) -> None:
    """Ask at the terminal; everything but "yes" raises."""
    if not sys.stdin.isatty():
        raise NotConfirmedError(f"nobody is at this terminal to be asked: {what}? Say --yes. {otherwise}")
    if answer(f"{what}? (yes/no) ").lower() != "yes":
        raise NotConfirmedError(f"not deployed. {otherwise}")


def _take_yes(what: str, _otherwise: str) -> None:
    print(f"{what}: --yes", flush=True)
