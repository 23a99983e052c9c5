"""What moto 5.2.5 lacks of the AWS APIs that Terraform uses here; each addition names the API it stands for.

Only the emulator's process imports this. To see whether moto has learned one of them: leave it out, apply, plan.
"""

from __future__ import annotations

import json
from typing import Any, cast

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.models import EC2ContainerServiceBackend, Service, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.iam.access_control import IAMPolicy
from moto.moto_api._internal import mock_random
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from local_aws.moto import listener_rules

# API name -> the attribute from which moto serializes it.
FORGOTTEN_BY_CREATE_SERVICE = {
    "enableExecuteCommand": "enable_execute_command",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
}
DEPLOYMENT_DEFAULTS = {"maximumPercent": 200, "minimumHealthyPercent": 100}
IF_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}

_moto_init_security_group_rule = SecurityGroupRule.__init__
_moto_create_service = EC2ContainerServiceResponse.create_service
_moto_update_service = EC2ContainerServiceResponse.update_service
_moto_describe_task_definition = EC2ContainerServiceBackend.describe_task_definition
_moto_create_load_balancer = ELBv2Backend.create_load_balancer
_moto_register_scalable_target = ApplicationAutoScalingResponse.register_scalable_target
_moto_get_permission = FakeBucket.get_permission
_moto_set_lifecycle = FakeBucket.set_lifecycle
_moto_serialized = S3Response.serialized


def install() -> None:
    """Add everything in this file to moto, in this process."""
    _set(EC2ContainerServiceResponse, "create_service", create_service)
    _set(EC2ContainerServiceResponse, "update_service", update_service)
    _set(EC2ContainerServiceBackend, "describe_task_definition", describe_task_definition)
    _set(ELBv2Backend, "create_load_balancer", create_load_balancer)
    _set(SecurityGroupRule, "__init__", init_security_group_rule)
    _set(ApplicationAutoScalingResponse, "register_scalable_target", register_scalable_target)
    _set(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags_for_resource)
    _set(ApplicationAutoScalingResponse, "tag_resource", tag_resource)
    _set(ApplicationAutoScalingResponse, "untag_resource", untag_resource)
    listener_rules.install()
    _set(FakeBucket, "get_permission", get_permission)
    _set(FakeBucket, "set_lifecycle", set_lifecycle)
    _set(S3Response, "serialized", serialized)


def describe_task_definition(backend: EC2ContainerServiceBackend, task_definition_str: str) -> TaskDefinition:
    """ECS DescribeTaskDefinition, and whatever names a family: its newest ACTIVE revision, not one deregistered."""
    family = task_definition_str.rpartition("/")[2]
    revisions = backend.task_definitions.get(family, {})  # none where the name says which
    active = [revision for revision, made in revisions.items() if made.status == "ACTIVE"]
    return _moto_describe_task_definition(backend, f"{family}:{max(active)}" if active else task_definition_str)


def create_service(request: EC2ContainerServiceResponse) -> ActionResult:
    """ECS CreateService: moto forgets four settings, so that every plan differs, and how the service is to be rolled.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    result = _moto_create_service(request)
    service = _service(result)
    for name, attribute in FORGOTTEN_BY_CREATE_SERVICE.items():
        _set(service, attribute, request._get_param(name))
    _set(service, "deployment_configuration", DEPLOYMENT_DEFAULTS | request._get_param("deploymentConfiguration", {}))
    return result


def update_service(request: EC2ContainerServiceResponse) -> ActionResult:
    """ECS UpdateService: moto drops what was not sent of the deployment configuration, keeps the deployment of the old
    revision, and takes a task that is wanted for one that runs.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    backend = request.ecs_backend
    name = request._get_param("service").split("/")[-1]
    service = backend._get_service(request._get_param("cluster", "default"), name)
    cluster = backend._get_cluster(service.cluster_name)
    configuration = vars(service)["deployment_configuration"]
    revision, running, pending = service.task_definition, service.running_count, service.pending_count
    all_running, all_pending = cluster.running_tasks_count, cluster.pending_tasks_count

    result = _moto_update_service(request)

    given = request._get_param("deploymentConfiguration", {})
    _set(service, "deployment_configuration", configuration | given)
    service.running_count, service.pending_count = running, max(service.desired_count - running, 0)
    cluster.running_tasks_count = all_running
    cluster.pending_tasks_count = all_pending + service.pending_count - pending
    deployment = service.deployments[0]
    deployment |= {"desiredCount": service.desired_count, "pendingCount": service.pending_count, "updatedAt": utcnow()}
    if service.task_definition != revision:
        # The old deployment has no tasks, so nothing of it is left to drain.
        id_ = f"ecs-svc/{mock_random.randint(0, 32**12)}"
        deployment |= {
            "id": id_,
            "createdAt": utcnow(),
            "taskDefinition": service.task_definition,
            "rolloutState": "IN_PROGRESS",
            "rolloutStateReason": f"ECS deployment {id_} in progress.",
        }
    return result


def create_load_balancer(backend: ELBv2Backend, *arguments: Any, **named: Any) -> FakeLoadBalancer:
    """ELBv2 CreateLoadBalancer: a scheme that was not given is internet-facing, and DescribeLoadBalancers says so.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    load_balancer = _moto_create_load_balancer(backend, *arguments, **named)
    load_balancer.scheme = load_balancer.scheme or "internet-facing"
    return load_balancer


def register_scalable_target(request: ApplicationAutoScalingResponse) -> str:
    """Application Auto Scaling RegisterScalableTarget: moto drops the tags.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    answer = _moto_register_scalable_target(request)
    tags = request._get_param("Tags")
    if tags is not None:
        _set(_scalable_target(request, json.loads(answer)["ScalableTargetARN"]), "tags", dict(tags))
    return answer


def list_tags_for_resource(request: ApplicationAutoScalingResponse) -> str:
    """Application Auto Scaling ListTagsForResource: moto lacks it, and Terraform asks for minutes.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html
    """
    return json.dumps({"Tags": getattr(_scalable_target(request, request._get_param("ResourceARN")), "tags", {})})


def tag_resource(request: ApplicationAutoScalingResponse) -> str:
    """Application Auto Scaling TagResource, which moto lacks."""
    target = _scalable_target(request, request._get_param("ResourceARN"))
    _set(target, "tags", getattr(target, "tags", {}) | request._get_param("Tags"))
    return json.dumps({})


def untag_resource(request: ApplicationAutoScalingResponse) -> str:
    """Application Auto Scaling UntagResource, which moto lacks."""
    target = _scalable_target(request, request._get_param("ResourceARN"))
    gone = request._get_param("TagKeys")
    _set(target, "tags", {key: value for key, value in getattr(target, "tags", {}).items() if key not in gone})
    return json.dumps({})


def _scalable_target(request: ApplicationAutoScalingResponse, arn: str) -> FakeScalableTarget:
    backend: ApplicationAutoscalingBackend = request.applicationautoscaling_backend
    for targets in backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise ValueError(f"there is no scalable target {arn}")


def get_permission(bucket: FakeBucket, action: str, resource: str) -> Any:
    """S3 bucket policies: moto applies a statement whatever its Condition says.

    A request comes over the loopback here and counts as one by TLS, so a statement for plain HTTP applies to none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
    """
    if bucket.policy is None:
        return _moto_get_permission(bucket, action, resource)
    policy = json.loads(bucket.policy)
    applying = [one for one in policy["Statement"] if one.get("Condition") != IF_PLAIN_HTTP]
    return IAMPolicy(json.dumps(policy | {"Statement": applying})).is_action_permitted(action, resource)


def set_lifecycle(bucket: FakeBucket, rules: list[dict[str, Any]]) -> None:
    """S3 PutBucketLifecycleConfiguration: moto forgets how many of the newest old versions stay.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html
    """
    _moto_set_lifecycle(bucket, rules)
    for kept, given in zip(bucket.rules, rules, strict=True):
        _set(kept, "newest", (given.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions"))


def serialized(response: S3Response, answer: ActionResult) -> Any:
    """S3 GetBucketLifecycleConfiguration: and so does not tell it."""
    told: object = answer.result  # or the error that says there is none
    if response.data.get("Action") == "GetBucketLifecycleConfiguration" and isinstance(told, dict):
        kept = response.backend.get_bucket_lifecycle(response.bucket_name)
        for rule, one in zip(kept, told["Rules"], strict=True):
            if newest := getattr(rule, "newest", None):
                one["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = int(newest)
    return _moto_serialized(response, answer)


def init_security_group_rule(rule: SecurityGroupRule, *arguments: Any, **named: Any) -> None:
    """EC2 AuthorizeSecurityGroupIngress and -Egress: a rule that names a group has a description, and is the same
    whatever that is.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    _moto_init_security_group_rule(rule, *arguments, **named)
    if "Description" in rule.source_group:
        # moto tells it from there.
        rule.ip_range = {**rule.ip_range, "Description": rule.source_group["Description"]}
        rule.source_group = {name: value for name, value in rule.source_group.items() if name != "Description"}


def _service(result: ActionResult) -> Service:
    return cast("dict[str, Service]", result.result)["service"]


def _set(owner: object, name: str, value: object) -> None:
    """Set what the owner's class does not declare: that is the point of every addition."""
    setattr(owner, name, value)
