"""The helper that replaces methods of moto."""

from __future__ import annotations

import pytest

from local_aws.moto.patch import patch


def test_a_method_is_patched_once() -> None:
    class Moto:
        def method(self) -> None:
            pass

    patch(Moto, "method")(lambda _moto, _self: None)
    with pytest.raises(ValueError, match=r"Moto\.method is patched twice"):
        patch(Moto, "method")
