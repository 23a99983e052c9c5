"""Terraform and a mirror of its provider, as files that stand in for them on a machine that is made up."""

from __future__ import annotations

import json
from pathlib import Path

from ops.terraform.binary import host_platform
from ops.terraform.provider_mirror import PROVIDER, VERSION


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def terraform_that_says(version: str, folder: Path) -> Path:
    answer = json.dumps({"terraform_version": version})
    return executable(folder / "terraform", f"#!/bin/sh\n[ \"$*\" = 'version -json' ] && echo '{answer}'\n")


def unpacked(mirror: Path, version: str = VERSION) -> Path:
    """A mirror with this version of the provider, in the layout that Terraform needs not unpack."""
    executable(mirror / PROVIDER / version / host_platform() / f"terraform-provider-aws_v{version}_x5", "a provider")
    return mirror


def without_mirrors(folder: Path) -> dict[str, str]:
    """A machine's variables by which Terraform finds no mirror: a home and shared directories with nothing in them."""
    (folder / "home").mkdir()
    return {"HOME": str(folder / "home"), "XDG_DATA_DIRS": str(folder / "share")}
