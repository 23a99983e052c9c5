"""What moto's core does differently here, for every service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.common_models import BaseModel
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import BaseResponse

from local_aws.moto import beside
from local_aws.moto.patch import patch


@patch(BaseModel, "__new__")
def new(_moto: object, cls: type[BaseModel], *_arguments: Any, **_named: Any) -> BaseModel:
    """Moto keeps every object it ever made in a list, for its dashboard: each log line, task and health status."""
    return object.__new__(cls)


@patch(BaseResponse, "call_action")
def call_action(moto: Callable[[BaseResponse], TYPE_RESPONSE], request: BaseResponse) -> TYPE_RESPONSE:
    """Count the call."""
    beside.calls[f"{request.service_name}:{request._get_action()}"] += 1
    return moto(request)
