"""jsii's cache of unpacked packages, which it never checks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ops.terraform.project import synthesize


def test_a_damaged_cache_is_emptied_and_the_synthesis_succeeds(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    environ = {**os.environ, "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache)}
    environ.pop("JSII_RUNTIME_PACKAGE_CACHE", None)
    synthesize("prod", tmp_path / "first", environ)
    unpacked = [path for path in cache.rglob("*") if path.is_file() and path.suffix in {"", ".js", ".json", ".v1"}]
    assert unpacked
    for path in unpacked:
        path.write_text("{garbage")
    capfd.readouterr()

    synthesize("prod", tmp_path / "second", environ)

    printed = capfd.readouterr().err
    assert printed.count(f"    jsii's package cache is damaged, so it is emptied: {cache}\n") == 1
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    for stack in ("base", "services"):
        first, second = ((tmp_path / out / "stacks" / stack / "cdk.tf.json").read_text() for out in ("first", "second"))
        assert first == second
    synthesize("prod", tmp_path / "third", environ)
    assert capfd.readouterr().err == ""
