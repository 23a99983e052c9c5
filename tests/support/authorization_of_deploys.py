"""What each recorded call of Terraform and of the operator's command needs to be allowed. Pure.

Beside authorization.py, which has the calls of tasks: the same reference, https://docs.aws.amazon.com/service-authorization/
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.authorization import JSON, PASSED_TO, Need, of_s3

# A signature's service, where IAM calls it otherwise.
PREFIX = {"monitoring": "cloudwatch"}
# Operations that know no resource, beside EC2's and ELB's that describe.
OF_ALL = {
    "acm:ListCertificates",
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",
    "logs:DescribeLogGroups",
    "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe",
    "ssm:DescribeParameters",
}
# What a call with tags needs besides, on what it makes.
TAGGING = {
    "application-autoscaling": "TagResource",
    "cloudformation": "TagResource",
    "cloudwatch": "TagResource",
    "ecs": "TagResource",
    "elasticloadbalancing": "AddTags",
    "events": "TagResource",
    "iam": "TagRole",
    "logs": "TagResource",
    "secretsmanager": "TagResource",
    "sns": "TagResource",
    "ssm": "AddTagsToResource",
}
# Where Elastic Load Balancing looks in the name of whoever makes a load balancer.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
LOOKED_AT = ("DescribeAccountAttributes", "DescribeAddresses", "DescribeInternetGateways")
# By which parameters a service, or one operation, names what it is about, and how an ARN follows of it.
NAMED_BY: Mapping[str, tuple[Sequence[str], str]] = {
    "application-autoscaling": (["ResourceId"], "scalable-target/0123"),
    "cloudformation": (["StackName"], "stack/{}/1"),
    "cloudwatch": (["AlarmName", "AlarmNames.member.1"], "alarm:{}"),
    "ecr": (["repositoryName", "repositoryNames"], "repository/{}"),
    "events": (["Rule", "Name"], "rule/{}"),
    "iam": (["RoleName"], "role/{}"),
    "logs": (["logGroupName"], "log-group:{}"),
    "secretsmanager": (["Name"], "secret:{}-AbCdEf"),
    "sns": (["Name"], "{}"),
    "ssm": (["Name", "ResourceId"], "parameter{}"),
    "GetLogEvents": (["logGroupName"], "log-group:{}:log-stream:any"),
    "CreateLoadBalancer": (["Name"], "loadbalancer/app/{}/1"),
    "CreateTargetGroup": (["Name"], "targetgroup/{}/1"),
    "GetDashboard": (["DashboardName"], "dashboard/{}"),
    "PutDashboard": (["DashboardName"], "dashboard/{}"),
}
ARN_GIVEN = re.compile(
    r"(resource|Resource|Certificate|Topic|LoadBalancer|TargetGroup|Listener|Rule)(Arn|ARN)"
    r"|StackName|SecretId|ResourceArns\.member\.\d+"
)
AN_ARN = re.compile(r"arn:aws:[\w-]+:[\w-]*:\d{12}:")


@dataclass(frozen=True)
class Calls:
    """Those of one deployment; `tags_of` tells a security group's tags, `roles_of` a task definition's roles."""

    region: str
    account_id: str
    tags_of: Callable[[str], Mapping[str, str]]
    roles_of: Callable[[str], Sequence[str]]

    def needs(self, call: JSON) -> Iterator[Need]:
        """What one call needs; one that is not known here is an error: somebody has to look up what it takes."""
        asked, operation = call["parameters"], str(call["operation"])
        service = PREFIX.get(str(call["service"]), str(call["service"]))
        action = f"{service}:{operation}"
        if service == "sts":
            return  # nobody needs a right to ask who he is
        if service == "s3":
            query = {name: value for name, value in asked["query"].items() if name != "x-id"}
            yield from of_s3(operation, asked["path"], query)
        elif service == "route53":
            yield from _of_route53(operation, asked)
        elif service == "ec2":
            yield from self._of_ec2(action, asked)
        elif action in OF_ALL or (service == "elasticloadbalancing" and operation.startswith("Describe")):
            yield Need(action, "*")
        else:
            resources = list(self._resources(service, operation, asked))
            if not resources:
                raise LookupError(f"what {action} needs is not known: {json.dumps(asked)[:300]}")
            context = self._context(service, asked)
            for resource in resources:
                yield Need(action, resource, context)
            if operation != TAGGING.get(service) and any(re.match(r"tags|Tags", name) for name in asked):
                yield Need(f"{service}:{TAGGING[service]}", self._made(operation, resources[0]))
            yield from self._besides(action, asked)

    def _arn(self, service: str, resource: str) -> str:
        region = "" if service == "iam" or resource.startswith("dashboard/") else self.region
        return f"arn:aws:{service}:{region}:{self.account_id}:{resource}"

    def _context(self, service: str, asked: JSON) -> Mapping[str, str]:
        if service == "ecs" and "cluster" in asked:
            cluster = asked["cluster"].rpartition("/")[2]
            return {"ecs:cluster": self._arn("ecs", f"cluster/{cluster}")}
        if service == "application-autoscaling":
            return {"application-autoscaling:service-namespace": asked.get("ServiceNamespace", "")}
        return {}

    def _resources(self, service: str, operation: str, asked: JSON) -> Iterator[str]:
        """Those that the parameters name: by an ARN, or by a name of which an ARN follows."""
        arns = [value for name, value in asked.items() if ARN_GIVEN.fullmatch(name) and AN_ARN.match(str(value))]
        if service == "ecs":
            yield from self._of_ecs(operation, asked)
        elif arns:
            yield from arns
        else:
            keys, form = NAMED_BY.get(operation) or NAMED_BY.get(service, ((), ""))
            for value in (asked[key] for key in keys if key in asked):
                names = value if isinstance(value, list) else [value]
                yield from (self._arn(service, form.format(name)) for name in names)

    def _of_ecs(self, operation: str, asked: JSON) -> Iterator[str]:
        cluster = str(asked.get("cluster", "")).rpartition("/")[2]
        if operation == "RunTask":
            yield asked["taskDefinition"]
        elif "family" in asked:
            yield self._arn("ecs", f"task-definition/{asked['family']}:1")
        elif "clusters" in asked:
            yield from (self._arn("ecs", f"cluster/{name.rpartition('/')[2]}") for name in asked["clusters"])
        elif "tasks" in asked:
            yield from asked["tasks"]
        elif "resourceArn" in asked:
            yield asked["resourceArn"]
        else:
            services = asked.get("services") or [asked.get("serviceName") or asked["service"]]
            yield from (self._arn("ecs", f"service/{cluster}/{name.rpartition('/')[2]}") for name in services)

    @staticmethod
    def _made(operation: str, resource: str) -> str:
        """What a call with tags makes: as a rule its own resource, of a listener one below the load balancer."""
        if operation == "CreateListener":
            return resource.replace(":loadbalancer/", ":listener/") + "/new"
        if operation == "CreateRule":
            return resource.replace(":listener/", ":listener-rule/") + "/new"
        return resource

    def _besides(self, action: str, asked: JSON) -> Iterator[Need]:
        """What AWS does in the caller's name."""
        match action:
            case "ecs:RegisterTaskDefinition":
                for role in ("executionRoleArn", "taskRoleArn"):
                    yield Need("iam:PassRole", asked[role], PASSED_TO)
            case "ecs:RunTask":
                for role in self.roles_of(asked["taskDefinition"]):
                    yield Need("iam:PassRole", role, PASSED_TO)
            case "elasticloadbalancing:CreateLoadBalancer":
                yield from (Need(f"ec2:{name}", "*") for name in LOOKED_AT)
            case "application-autoscaling:PutScalingPolicy" | "application-autoscaling:DeleteScalingPolicy":
                # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
                alarm = self._arn("cloudwatch", f"alarm:TargetTracking-{asked['ResourceId']}-AlarmHigh-1")
                rights = ["DescribeAlarms", "PutMetricAlarm"] if "Put" in action else ["DeleteAlarms"]
                yield from (Need(f"cloudwatch:{name}", alarm) for name in rights)
            case "cloudformation:CreateStack" | "cloudformation:UpdateStack":
                yield from self._of_sign_in(action, asked["TemplateBody"])

    def _of_sign_in(self, action: str, template: str) -> Iterator[Need]:
        """CloudFormation makes or changes the rule, and resolves the secret, with the rights of its caller."""
        (listener,) = set(re.findall(r"arn:aws:elasticloadbalancing:[^\"]+:listener/[^\"]+", template))
        secret = re.search(r"resolve:secretsmanager:(.+?):SecretString", template)
        assert secret
        rule = listener.replace(":listener/", ":listener-rule/") + "/new"
        yield Need("elasticloadbalancing:CreateRule", listener)
        yield Need("elasticloadbalancing:AddTags", rule)
        if action == "cloudformation:UpdateStack":
            yield Need("elasticloadbalancing:ModifyRule", rule)
            yield Need("elasticloadbalancing:DeleteRule", rule)
        yield Need("secretsmanager:GetSecretValue", self._arn("secretsmanager", f"secret:{secret[1]}-AbCdEf"))

    def _of_ec2(self, action: str, asked: JSON) -> Iterator[Need]:
        if action.startswith("ec2:Describe"):
            yield Need(action, "*")
            return
        operation = action.removeprefix("ec2:")
        new = {f"aws:RequestTag/{key}": value for key, value in _tags(asked).items()}
        tagged = {"ec2:CreateAction": operation}
        if operation == "CreateSecurityGroup":
            group = self._arn("ec2", "security-group/sg-new")
            yield Need(action, group, new)
            yield Need(action, self._arn("ec2", f"vpc/{asked['VpcId']}"))
            yield Need("ec2:CreateTags", group, tagged)
            return
        if not re.fullmatch(r"((Authorize|Revoke)SecurityGroup(In|E)gress|ModifySecurityGroupRules)", operation):
            raise LookupError(f"what {action} needs is not known")
        theirs = {f"aws:ResourceTag/{key}": value for key, value in self.tags_of(asked["GroupId"]).items()}
        yield Need(action, self._arn("ec2", f"security-group/{asked['GroupId']}"), theirs)
        if not operation.startswith("Revoke"):
            rule = self._arn("ec2", "security-group-rule/sgr-new")
            yield Need(action, rule)
            if new:
                yield Need("ec2:CreateTags", rule, tagged)


def _tags(asked: JSON) -> dict[str, Any]:
    return {
        value: asked[name.removesuffix("Key") + "Value"]
        for name, value in asked.items()
        if name.startswith("TagSpecification.1.Tag.") and name.endswith(".Key")
    }


def _of_route53(method: str, asked: JSON) -> Iterator[Need]:
    path = asked["path"].removeprefix("/2013-04-01/").strip("/").split("/")
    match method, path:
        case "GET", ["hostedzone"]:
            yield Need("route53:ListHostedZones", "*")
        case "GET", ["hostedzonesbyname"]:
            yield Need("route53:ListHostedZonesByName", "*")
        case "GET", ["hostedzone", zone]:
            yield Need("route53:GetHostedZone", f"arn:aws:route53:::hostedzone/{zone}")
        case "GET", ["tags", "hostedzone", zone]:
            yield Need("route53:ListTagsForResource", f"arn:aws:route53:::hostedzone/{zone}")
        case "GET", ["hostedzone", zone, "rrset"]:
            yield Need("route53:ListResourceRecordSets", f"arn:aws:route53:::hostedzone/{zone}")
        case "POST", ["hostedzone", zone, "rrset"]:
            names = " ".join(name.rstrip(".") for name in asked["names"])
            context = {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}
            yield Need("route53:ChangeResourceRecordSets", f"arn:aws:route53:::hostedzone/{zone}", context)
        case "GET", ["change", change]:
            yield Need("route53:GetChange", f"arn:aws:route53:::change/{change}")
        case _:
            raise LookupError(f"what {method} {asked['path']} of Route53 needs is not known")
