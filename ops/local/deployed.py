"""What `make local` deployed last: a digest of all that the two applies depend on.

A restored local AWS that was deployed from the same inputs, and whose states are still the same, needs no apply.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from settings.names import STACKS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from settings.load import Settings

FILE = "deployed.sha256"


def digest(s3: S3Client, settings: Settings, out: Path, environ: Mapping[str, str]) -> str:
    """The digest of both stacks' JSON, of Terraform's variables, secrets among them, and of both states."""
    found = hashlib.sha256()
    for stack in STACKS:
        found.update((out / "stacks" / stack / "cdk.tf.json").read_bytes())
        try:
            found.update(s3.head_object(Bucket=settings.state_bucket, Key=settings.state_key(stack))["ETag"].encode())
        except s3.exceptions.ClientError:
            found.update(b"no state")
    for name, value in sorted(environ.items()):
        if name.startswith("TF_VAR_"):
            found.update(f"{name}={value}\n".encode())
    return found.hexdigest()


def read(directory: Path) -> str:
    """The digest of the last deployment; empty if there is none."""
    try:
        return (directory / FILE).read_text(errors="replace")
    except OSError:
        return ""


def write(directory: Path, digest_: str) -> None:
    """Keep it; only the owner can read it, since secrets are in the digest."""
    path = directory / FILE
    path.unlink(missing_ok=True)
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(digest_)
