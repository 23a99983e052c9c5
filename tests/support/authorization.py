"""What a recorded AWS call needs to be allowed, and which statement of a role's policies allows it. Pure.

Actions, resources and condition keys are those of the service authorization reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

JSON = Mapping[str, Any]
PASSED_TO = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
# What S3 calls a part of a bucket in a query, and what IAM calls the right to it, without its Get or Put.
SETTINGS_OF_A_BUCKET = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}


@dataclass(frozen=True)
class Need:
    """One right: an action on a resource, under what is known of the request."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grant:
    """One action of one statement of one role."""

    role: str
    statement: str
    action: str


def needs(call: JSON, account_arn: str, roles_of: Callable[[str], Sequence[str]]) -> Iterator[Need]:
    """What one recorded call needs; `account_arn` is region:account, `roles_of` a task definition's roles.

    A call that is not known here is an error: somebody has to look up what it takes.
    """
    asked = call["parameters"]
    match call["service"], call["operation"]:
        case "ecs", "DescribeTaskDefinition":
            yield Need("ecs:DescribeTaskDefinition", "*")
        case "ecs", "DescribeTasks":
            for task in asked["tasks"]:
                yield _of_task("ecs:DescribeTasks", task, asked["cluster"])
        case "ecs", "StopTask":
            yield _of_task("ecs:StopTask", asked["task"], asked["cluster"])
        case "ecs", "RunTask":
            cluster = asked["cluster"]
            yield Need("ecs:RunTask", asked["taskDefinition"], {"ecs:cluster": cluster})
            if asked.get("tags") or asked.get("propagateTags"):
                task = f"arn:aws:ecs:{account_arn}:task/{cluster.rpartition('/')[2]}/new"
                yield Need("ecs:TagResource", task, {"ecs:CreateAction": "RunTask"})
            for role in roles_of(asked["taskDefinition"]):
                yield Need("iam:PassRole", role, PASSED_TO)
        case "logs", "GetLogEvents":
            group, stream = asked["logGroupName"], asked["logStreamName"]
            yield Need("logs:GetLogEvents", f"arn:aws:logs:{account_arn}:log-group:{group}:log-stream:{stream}")
        case "sts", "GetCallerIdentity":
            return  # nobody needs a right to ask who he is
        case "s3", method:
            yield from of_s3(method, asked["path"], asked["query"])
        case other:
            raise LookupError(f"what {other} needs is not known")


def _of_task(action: str, task: str, cluster: str) -> Need:
    return Need(action, task, {"ecs:cluster": cluster})


def of_s3(method: str, path: str, query: Mapping[str, str]) -> Iterator[Need]:
    """S3's are told by method, path and query."""
    bucket, _, key = path.strip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    if not key:
        settings = [name for name in query if name in SETTINGS_OF_A_BUCKET]
        if settings:
            yield Need(f"s3:{method.capitalize()}{SETTINGS_OF_A_BUCKET[settings[0]]}", arn)
        elif method == "PUT":
            yield Need("s3:CreateBucket", arn)
        else:
            assert method in {"GET", "HEAD"}, f"{method} {path}?{query}"
            yield Need("s3:ListBucket", arn, {"s3:prefix": query["prefix"]} if "prefix" in query else {})
        return
    aborted = method == "DELETE" and "uploadId" in query
    actions = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "POST": "PutObject"}
    action = "AbortMultipartUpload" if aborted else {**actions, "DELETE": "DeleteObject"}[method]
    yield Need(f"s3:{action}", f"{arn}/{key}")


def allowing(need: Need, role: str, policies: Sequence[JSON]) -> list[Grant]:
    """What of the role's policies allows it; of no Deny, since none has one."""
    found = []
    for statement in (one for policy in policies for one in policy["Statement"]):
        assert statement["Effect"] == "Allow"
        if any(_matches(resource, need.resource) for resource in _listed(statement["Resource"])) and _holds(
            statement.get("Condition", {}), need.context
        ):
            actions = [action for action in _listed(statement["Action"]) if _matches(action, need.action)]
            found += [Grant(role, statement["Sid"], action) for action in actions]
    return found


def granted(role: str, policies: Sequence[JSON]) -> set[Grant]:
    """All that the role may do."""
    return {
        Grant(role, statement["Sid"], action)
        for policy in policies
        for statement in policy["Statement"]
        for action in _listed(statement["Action"])
    }


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """All operators and keys have to hold; a key that the request lacks does not, unless all its values are asked."""
    compare = {"StringEquals": str.__eq__, "StringLike": _matches, "ArnEquals": _matches, "ArnLike": _matches}
    return all(
        set(context.get(key, "").split()) <= set(_listed(values))
        if operator == "ForAllValues:StringEquals"
        else key in context and any(compare[operator](wanted, context[key]) for wanted in _listed(values))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _matches(pattern: str, value: str) -> bool:
    parts = re.split(r"([*?])", pattern)
    return bool(re.fullmatch("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts), value, re.S))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
