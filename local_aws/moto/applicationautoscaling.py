"""What moto's Application Auto Scaling lacks: the tags of scalable targets."""

from __future__ import annotations

import json
from collections.abc import Callable

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from local_aws.fields import assign
from local_aws.moto.patch import patch


@patch(ApplicationAutoScalingResponse, "register_scalable_target")
def register_scalable_target(
    moto: Callable[[ApplicationAutoScalingResponse], str], request: ApplicationAutoScalingResponse
) -> str:
    """Application Auto Scaling RegisterScalableTarget: moto drops the tags.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    answer = moto(request)
    tags = request._get_param("Tags")
    if tags is not None:
        assign(_scalable_target(request, json.loads(answer)["ScalableTargetARN"]), {"tags": dict(tags)})
    return answer


@patch(ApplicationAutoScalingResponse, "list_tags_for_resource")
def list_tags_for_resource(_moto: None, request: ApplicationAutoScalingResponse) -> str:
    """Application Auto Scaling ListTagsForResource: moto lacks it, and Terraform asks for minutes.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html
    """
    return json.dumps({"Tags": getattr(_scalable_target(request, request._get_param("ResourceARN")), "tags", {})})


@patch(ApplicationAutoScalingResponse, "tag_resource")
def tag_resource(_moto: None, request: ApplicationAutoScalingResponse) -> str:
    """Application Auto Scaling TagResource, which moto lacks."""
    target = _scalable_target(request, request._get_param("ResourceARN"))
    assign(target, {"tags": getattr(target, "tags", {}) | request._get_param("Tags")})
    return json.dumps({})


@patch(ApplicationAutoScalingResponse, "untag_resource")
def untag_resource(_moto: None, request: ApplicationAutoScalingResponse) -> str:
    """Application Auto Scaling UntagResource, which moto lacks."""
    target = _scalable_target(request, request._get_param("ResourceARN"))
    gone = request._get_param("TagKeys")
    assign(target, {"tags": {key: value for key, value in getattr(target, "tags", {}).items() if key not in gone}})
    return json.dumps({})


def _scalable_target(request: ApplicationAutoScalingResponse, arn: str) -> FakeScalableTarget:
    backend: ApplicationAutoscalingBackend = request.applicationautoscaling_backend
    for targets in backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise ValueError(f"there is no scalable target {arn}")
