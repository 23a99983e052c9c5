"""What moto's SSM lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from local_aws.moto.patch import patch

ATTEMPTS = 100
CHANGED = "dictionary changed size during iteration"


@patch(SimpleSystemManagerBackend, "describe_parameters")
def describe_parameters(
    moto: Callable[..., list[Parameter]],
    backend: SimpleSystemManagerBackend,
    filters: list[dict[str, Any]],
    parameter_filters: list[dict[str, Any]],
) -> list[Parameter]:
    """SSM DescribeParameters: moto fails if another request creates or deletes a parameter meanwhile.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
    """
    for _ in range(ATTEMPTS):
        try:
            return moto(backend, filters, parameter_filters)
        except RuntimeError as error:
            if str(error) != CHANGED:
                raise
    return moto(backend, filters, parameter_filters)
