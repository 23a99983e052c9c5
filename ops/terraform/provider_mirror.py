"""Where Terraform gets the AWS provider from: a mirror on this machine if there is one, else the registry."""

from __future__ import annotations

import json
import os
import platform
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.console.errors import ToolMissingError
from ops.terraform.binary import host_platform

PROVIDER = "registry.terraform.io/hashicorp/aws"
VERSION = "5.100.0"  # the one that cdktf-cdktf-provider-aws was generated from
SHARED = (Path("/opt"), Path("/usr/local/share"))  # a mirror may be any directory directly in these


def cli_config(root: Path, environ: Mapping[str, str], shared: Sequence[Path] = SHARED) -> Path | None:
    """The CLI configuration that Terraform should read; None: its own default, and with it the registry."""
    given = environ.get("TF_PROVIDER_MIRROR", "")
    if given:
        if not holds_provider(Path(given)):
            raise _not_a_mirror(given)
        return _written(root / ".tools" / "terraform.tfrc", Path(given))
    own = environ.get("TF_CLI_CONFIG_FILE", "")
    if own and Path(own).is_file():
        return Path(own)
    if _decides_itself(environ):
        return None
    candidates = implied_directories(root, environ, platform.system())
    candidates += [child for parent in shared if parent.is_dir() for child in sorted(parent.iterdir())]
    for mirror in candidates:
        if holds_provider(mirror):
            return _written(root / ".tools" / "terraform.tfrc", mirror)
    return None


def holds_provider(mirror: Path) -> bool:
    """Whether `mirror` is a filesystem mirror, unpacked or packed, with the wanted provider for this platform."""
    provider = mirror / PROVIDER
    try:
        packed = provider / f"terraform-provider-aws_{VERSION}_{host_platform()}.zip"
        return packed.is_file() or any((provider / VERSION / host_platform()).glob("terraform-provider-aws*"))
    except OSError:  # somebody else's directory, which we may not read
        return False


def implied_directories(root: Path, environ: Mapping[str, str], system: str) -> list[Path]:
    """The mirrors that Terraform looks in by itself; it documents them under "Implied Local Mirror Directories".

    They are named again in our configuration because Terraform leaves them out as soon as it is given one, and because
    it would look for terraform.d/plugins in cdktf.out/stacks/*, where it runs, and not in the project.
    """
    home = Path(environ.get("HOME") or Path.home())
    project = root / "terraform.d" / "plugins"
    if system == "Windows":
        data = Path(environ.get("APPDATA", home))
        return [project, data / "terraform.d" / "plugins", data / "HashiCorp" / "Terraform" / "plugins"]
    found = [project, home / ".terraform.d" / "plugins"]
    if system == "Darwin":
        apple = Path("Library", "Application Support", "io.terraform", "plugins")
        return [*found, home / apple, Path("/") / apple]
    shares = [environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")]
    shares += (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return found + [Path(share, "terraform", "plugins") for share in shares if share]


def _decides_itself(environ: Mapping[str, str]) -> bool:
    """Whether the person's own configuration file already says where providers come from."""
    own = Path(environ.get("HOME") or Path.home()) / ".terraformrc"
    return own.is_file() and re.search(r"^\s*provider_installation\b", own.read_text(), re.MULTILINE) is not None


def _written(config: Path, mirror: Path) -> Path:
    text = (
        "# Made by asset-manager: the AWS provider from a mirror on this machine, every other from its registry.\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {json.dumps(str(mirror.absolute()))}\n"
        f'    include = ["{PROVIDER}"]\n'
        "  }\n"
        "  direct {\n"
        f'    exclude = ["{PROVIDER}"]\n'
        "  }\n"
        "}\n"
    )
    if config.is_file() and config.read_bytes() == text.encode():
        return config
    config.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=config.parent, prefix=config.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return Path(temporary).replace(config)


def _not_a_mirror(given: str) -> ToolMissingError:
    here = host_platform()
    return ToolMissingError(
        f"TF_PROVIDER_MIRROR is {given}, which is no mirror with the AWS provider {VERSION} for {here}.\n"
        f"  wanted in it: {PROVIDER}/{VERSION}/{here}/terraform-provider-aws_v{VERSION}*\n"
        f"            or: {PROVIDER}/terraform-provider-aws_{VERSION}_{here}.zip\n"
        "  way out:      name such a directory (`terraform providers mirror DIR` makes one), or unset the variable."
    )
