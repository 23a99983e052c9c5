"""The Terraform binary: the one on PATH if it is new enough, else the pinned one, downloaded once and verified."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from ops.console.errors import DiskFullError, ToolMissingError

OLDEST = (1, 11)  # write-only arguments, which keep the secrets out of the state
MEGABYTE = 1_000_000
INSTALL_PAGE = "https://developer.hashicorp.com/terraform/install"


@dataclass(frozen=True, kw_only=True)
class Release:
    """One version of Terraform, and the SHA-256 of its zip for each platform."""

    version: str
    site: str
    sha256: Mapping[str, str]


# The checksums are HashiCorp's own (hashicorp/homebrew-tap at 1.11.4). They are here, and not fetched beside the zip,
# because a file from the same host proves nothing: an attacker who can change the one can change the other.
PINNED = Release(
    version="1.11.4",
    site="https://releases.hashicorp.com/terraform",
    sha256={
        "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
        "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
        "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
        "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
    },
)


def host_platform() -> str:
    """This machine in Terraform's words, such as linux_amd64."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return f"{platform.system().lower()}_{architecture}"


def terraform(root: Path, environ: Mapping[str, str] = os.environ, release: Release = PINNED) -> Path:
    """The Terraform to run; downloaded into `root`/.tools when there is none yet."""
    on_path = shutil.which("terraform", path=environ.get("PATH", os.defpath))
    seen = "PATH has none"
    if on_path:
        version = _version_of(on_path, root, environ)
        numbers = re.match(r"(\d+)\.(\d+)\.", version)
        if numbers and (int(numbers[1]), int(numbers[2])) >= OLDEST:
            return Path(on_path)
        seen = f"{on_path} is {version}"
    downloaded = root / ".tools" / f"terraform-{release.version}" / "terraform"
    if downloaded.is_file():
        if _version_of(str(downloaded), root, environ) == release.version:
            return downloaded
        _say(f"{downloaded} is damaged, so it is downloaded again")
    if on_path:
        _say(f"{seen}; 1.11 or newer is needed, so the project takes its own {release.version}")
    _download(release, downloaded, seen)
    return downloaded


def _version_of(binary: str, root: Path, environ: Mapping[str, str]) -> str:
    # Without the TF_ variables: a TF_CLI_CONFIG_FILE that names no file, or TF_LOG, would only add noise here.
    child = {name: value for name, value in environ.items() if not name.startswith("TF_")} | {"CHECKPOINT_DISABLE": "1"}
    command = [binary, "version", "-json"]
    try:
        done = subprocess.run(command, cwd=root, env=child, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
        return str(json.loads(done.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return "a program that does not report its version"


def _download(release: Release, target: Path, seen: str) -> None:
    here = host_platform()
    url = f"{release.site}/{release.version}/terraform_{release.version}_{here}.zip"
    if here not in release.sha256:
        raise _missing(seen, target, f"the project has no checksum of Terraform for {here}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename within one file system: all of it, or nothing.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="download-") as folder:
            archive, binary = Path(folder, "terraform.zip"), Path(folder, "terraform")
            digest = _fetch(url, archive, release.version)
            if digest != release.sha256[here]:
                wanted = release.sha256[here]
                raise _missing(seen, target, f"{url} has SHA-256 {digest}, not {wanted}; it was thrown away")
            with zipfile.ZipFile(archive) as opened, opened.open("terraform") as source, binary.open("wb") as copy:
                shutil.copyfileobj(source, copy)
            binary.chmod(0o755)
            binary.replace(target)
    except (OSError, HTTPException) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"No space is left in {target.parent} for Terraform (120 MB). Free some and run this again."
            raise DiskFullError(message) from error
        raise _missing(seen, target, f"{url}: {getattr(error, 'reason', None) or error}") from error


def _fetch(url: str, archive: Path, version: str) -> str:
    """Write what `url` holds to `archive`, say how far it is, and return its SHA-256."""
    digest, done = hashlib.sha256(), 0
    with urllib.request.urlopen(url, timeout=60) as answer, archive.open("wb") as file:  # noqa: S310  the URL is ours
        size = int(answer.headers.get("Content-Length") or 0)
        _say(f"==> downloading Terraform {version} ({size / MEGABYTE:.0f} MB)")
        while chunk := answer.read(1 << 16):
            file.write(chunk)
            digest.update(chunk)
            before, done = done, done + len(chunk)
            if done // (5 * MEGABYTE) > before // (5 * MEGABYTE):
                _say(f"    {done / MEGABYTE:.0f} of {size / MEGABYTE:.0f} MB")
    if done < size:
        raise HTTPException(f"the connection broke after {done:,} of {size:,} bytes")
    return digest.hexdigest()


def _missing(seen: str, target: Path, download: str) -> ToolMissingError:
    return ToolMissingError(
        "Terraform 1.11 or newer is needed, and is neither on this machine nor within reach.\n"
        f"  looked in: PATH ({seen}), {target}\n"
        f"  download:  {download}\n"
        f"  way out:   install Terraform 1.11 or newer so that it is on PATH ({INSTALL_PAGE}),\n"
        "             or give this machine network access and run this again."
    )


def _say(line: str) -> None:
    # Not on stdout: `make -s local-env` is read by a shell.
    print(line, file=sys.stderr, flush=True)
