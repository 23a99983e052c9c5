"""Two failures after which AWS and Terraform's state disagree: Terraform was killed, or a resource exists already."""

from __future__ import annotations

import re

from ops.console.errors import TerraformError

# AWS's error codes for it, such as InvalidPermission.Duplicate, DuplicateListener, EntityAlreadyExists,
# ResourceExistsException, BucketAlreadyOwnedByYou, and the provider's own words. Not Terraform's "Duplicate resource",
# which is about the configuration.
_EXISTS = re.compile(
    r"already exists|AlreadyExists|ResourceExists|\.Duplicate\b|\bDuplicate[A-Z]\w+|AlreadyOwnedByYou|PriorityInUse"
)


class KilledError(TerraformError):
    """Terraform was killed, so its state may lack what it made, and its lock may be left."""

    name = "terraform_killed"


class ExistsError(TerraformError):
    """AWS has resources that the state lacks; `addresses` are Terraform's names for them."""

    name = "resource_exists"

    def __init__(self, message: str, addresses: list[str]) -> None:
        super().__init__(message)
        self.addresses = addresses


def killed(stack: str, command: str, number: int) -> KilledError:
    """The error to raise when a signal ended Terraform, which then prints nothing."""
    if command in {"apply", "destroy"}:
        advice = (
            "AWS may hold resources that the state does not know, and the lock of the state may be left. Run it again: "
            "it says how to break the lock. If it then fails because a resource already exists, import or delete that "
            "resource."
        )
    else:
        advice = (
            "It changed nothing, but the lock of the state may be left. Run it again: it says how to break the lock."
        )
    return KilledError(
        f"Terraform was killed (signal {number}) during terraform {command} of {stack}, by a person or because the "
        f"machine ran out of memory. {advice}"
    )


def existing(complaint: str) -> list[str]:
    """The addresses of the resources that AWS refused to create because they exist; `complaint` has no frame."""
    diagnostics = [" ".join(one.split()) for one in complaint.split("Error: ")[1:]]
    return [_address(one) for one in diagnostics if _EXISTS.search(one)]


def _address(diagnostic: str) -> str:
    found = re.search(r" with (\S+), on ", diagnostic)
    return found[1] if found else diagnostic
