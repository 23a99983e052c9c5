"""What import-linter does not check: no folder shadows a package, no module is too long, no test imports a test."""

from __future__ import annotations

import re

import pytest

from tests.support.repository import ROOT

FOLDERS = (
    *("settings", "constructs", "stacks", "ops", "local_aws", "tools"),
    *("dagster/asset_manager", "sample", "benchmarks"),
)
MODULES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("folder", ["constructs", "dagster"])
def test_no_folder_named_like_a_pypi_package_holds_python_of_its_own(folder: str) -> None:
    assert list((ROOT / folder).glob("*.py")) == []


@pytest.mark.parametrize("folder", ["constructs", "dagster", "tests/constructs", "tests/dagster"])
def test_no_folder_named_like_a_pypi_package_is_a_package(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


def test_no_test_imports_a_module_of_tests() -> None:
    texts = {path: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    found = {path: re.findall(r"^ *(?:from|import) .*\btest_\w+", text, re.M) for path, text in texts.items()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_one_file_knows_of_the_fast_import() -> None:
    trick = re.compile(r"JSIIAssembly|_jsii\b|sys\.modules")
    files = [path for path in MODULES if "benchmarks" not in path.parts]
    assert [path.name for path in files if trick.search(path.read_text())] == ["aws_bindings.py"]


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert len(lengths) > 200


def test_the_scenarios_that_begin_first_exist() -> None:
    text = (ROOT / "tests" / "conftest.py").read_text()
    names = re.search(r"^LONG_SCENARIOS = \((.*?)^\)", text, re.MULTILINE | re.DOTALL)
    assert names
    for name in re.findall(r'"(\w+)"', names[1]):
        assert (ROOT / "tests" / "e2e" / "scenarios" / f"test_{name}.py").exists(), name
