"""The layout: no folder shadows a package, imports point one way, and no module is too long."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.repository import ROOT

# Each source folder, and the module name that its own folder stands for.
PACKAGES = {
    "asset_manager": ROOT / "dagster" / "asset_manager",
    "asset_manager_constructs": ROOT / "constructs" / "asset_manager_constructs",
    "benchmarks": ROOT / "benchmarks",
    "ops": ROOT / "ops",
    "sample": ROOT / "sample",
    "settings": ROOT / "settings",
    "stacks": ROOT / "stacks",
}
OWN = {*PACKAGES, "main", "tests"}


def modules(package: str) -> dict[str, Path]:
    """Every module of a package by its dotted name."""
    folder = PACKAGES[package]
    return {
        ".".join([package, *path.relative_to(folder).with_suffix("").parts]).removesuffix(".__init__"): path
        for path in sorted(folder.rglob("*.py"))
    }


@cache  # several tests ask, and to parse them all takes a third of a second
def imported(path: Path) -> frozenset[str]:
    """Everything that a file imports at any depth, as dotted names; `from a import b` is both a and a.b."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_packages_imported_by(package: str) -> set[str]:
    return {name.split(".")[0] for path in modules(package).values() for name in imported(path)} & OWN - {package}


# --- the shadowing trap ---


@pytest.mark.parametrize("folder", ["constructs", "dagster"])
def test_no_folder_named_like_a_pypi_package_holds_python_of_its_own(folder: str) -> None:
    assert list((ROOT / folder).glob("*.py")) == []


@pytest.mark.parametrize("folder", ["constructs", "dagster", "tests/constructs", "tests/dagster"])
def test_no_folder_named_like_a_pypi_package_is_a_package(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


# --- imports point one way: main -> stacks -> asset_manager_constructs -> settings ---


def test_settings_import_no_other_package_of_the_project_and_nothing_that_deploys() -> None:
    assert own_packages_imported_by("settings") == set()
    names = {name.split(".")[0] for path in modules("settings").values() for name in imported(path)}
    assert names & {"cdktf", "constructs", "jsii", "boto3", "botocore", "moto"} == set()


def test_constructs_import_settings_only() -> None:
    assert own_packages_imported_by("asset_manager_constructs") <= {"settings"}


def test_stacks_import_constructs_and_settings_only() -> None:
    assert own_packages_imported_by("stacks") <= {"asset_manager_constructs", "settings"}


def test_dagster_code_and_infrastructure_do_not_import_each_other() -> None:
    assert own_packages_imported_by("asset_manager") == set()
    for package in ("settings", "stacks", "asset_manager_constructs", "ops"):
        assert "asset_manager" not in own_packages_imported_by(package)


def test_the_command_reads_settings_and_never_a_stack() -> None:
    assert own_packages_imported_by("ops") <= {"settings", "sample"}


def test_the_sample_knows_the_code_that_reads_it_and_nothing_else() -> None:
    assert own_packages_imported_by("sample") <= {"asset_manager"}


def test_no_test_imports_a_module_of_tests() -> None:
    texts = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    found = {path: re.findall(r"^ *(?:from|import) .*\btest_\w+", text, re.M) for path, text in texts.items()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_one_file_knows_of_the_fast_import() -> None:
    trick = re.compile(r"JSIIAssembly|_jsii\b|sys\.modules")
    files = [path for package in PACKAGES for path in modules(package).values() if package != "benchmarks"]
    assert [path.name for path in files if trick.search(path.read_text())] == ["aws_bindings.py"]


# --- size ---


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {
        name: len(path.read_text().splitlines()) for package in PACKAGES for name, path in modules(package).items()
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert len(lengths) > 20


def test_the_scenarios_that_begin_first_exist() -> None:
    text = (ROOT / "tests" / "conftest.py").read_text()
    names = re.search(r"^LONG_SCENARIOS = \((.*?)^\)", text, re.MULTILINE | re.DOTALL)
    assert names
    for name in re.findall(r'"(\w+)"', names[1]):
        assert (ROOT / "tests" / "e2e" / "scenarios" / f"test_{name}.py").exists(), name
