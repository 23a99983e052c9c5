"""The helper that replaces methods of moto."""

from __future__ import annotations

import ast
import re

import pytest

from local_aws.moto.patch import patch
from tests.support.repository import ROOT


def replacements() -> list[tuple[str, str]]:
    """The module and the name of each function that `@patch` registers."""
    return [
        (file.stem, node.name)
        for file in sorted((ROOT / "local_aws" / "moto").glob("*.py"))
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and any("patch(" in ast.unparse(each) for each in node.decorator_list)
    ]


def test_a_method_is_patched_once() -> None:
    class Moto:
        def method(self) -> None:
            pass

    patch(Moto, "method")(lambda _moto, _self: None)
    with pytest.raises(ValueError, match=r"Moto\.method is patched twice"):
        patch(Moto, "method")


@pytest.mark.parametrize(("module", "name"), replacements())
def test_each_replacement_has_a_test_that_names_it(module: str, name: str) -> None:
    text = (ROOT / "tests" / "local_aws" / f"test_moto_{module}.py").read_text()
    assert re.search(rf"^def test_(\w+_)?{name}(_|\()", text, re.MULTILINE)
