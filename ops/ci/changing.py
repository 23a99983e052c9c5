"""The rights of the role that deploys, in addition to those that read: the calls of `asset-manager deploy`. Pure.

The role creates, changes and replaces everything of one deployment. It cannot delete buckets, log groups and the
secret, which hold data: only a person can, and only a person can run `asset-manager destroy`.

The role writes the policies of the tasks' roles and passes these roles to tasks, so it can get every right that it
writes there. The environment's reviewers approve each job that assumes it: docs/decisions/0014-ci-roles.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from settings.facts.arn import arn
from settings.facts.arns import Arns
from settings.facts.policies import ECS_TASKS
from settings.facts.statements import Document, allow, document, of, use_of_key
from settings.facts.tags import identifying
from settings.load import Settings

# AWS creates these service-linked roles at the first use in an account, with the rights of the caller.
LINKED = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
}


def changing_base(settings: Settings) -> Document:
    """Return the rights for the state, for validating, and for `base`."""
    arns = Arns(settings)
    tags = identifying(settings)
    tagged = {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}}
    to_be_tagged = {"StringEquals": {f"aws:RequestTag/{key}": value for key, value in tags.items()}}
    groups, rules = arns.of("ec2", "security-group/*"), arns.of("ec2", "security-group-rule/*")
    authorize = of("ec2", "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress")
    modify = "ec2:ModifySecurityGroupRules"
    return document(
        allow("WriteState", f"{arns.state}*.tfstate", "s3:PutObject"),
        allow("LockState", f"{arns.state}*.tfstate.tflock", *of("s3", "DeleteObject PutObject")),
        # --- `asset-manager validate` ---
        allow(
            "LookMore",
            "*",
            *of("ecs", "ListTaskDefinitions ListTasks"),
            *of("elasticloadbalancing", "DescribeTargetHealth"),
            *of("route53", "ListHostedZonesByName"),
        ),
        allow("ReadTasks", arns.tasks, *of("ecs", "DescribeTasks StopTask")),
        # --- its one-off task: docs/decisions/0011-behind-sign-in-a-task-asks.md ---
        allow("AskFromWithin", arns.daemon_definition, "ecs:RunTask", condition=_in_cluster(arns)),
        allow("ReadAnswer", f"{arns.daemon_log_group}:*", "logs:GetLogEvents"),
        # --- base ---
        allow("CreateGroups", groups, "ec2:CreateSecurityGroup", condition=to_be_tagged),
        allow("CreateGroupsInVpc", arns.of("ec2", "vpc/*"), "ec2:CreateSecurityGroup"),
        allow(
            "ChangeGroups",
            groups,
            *authorize,
            modify,
            *of("ec2", "DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress"),
            condition=tagged,
        ),
        allow("ChangeRules", rules, *authorize, modify),
        allow(
            "TagGroups",
            [groups, rules],
            "ec2:CreateTags",
            condition={
                "StringEquals": {
                    "ec2:CreateAction": [action.removeprefix("ec2:") for action in authorize] + ["CreateSecurityGroup"]
                }
            },
        ),
        allow(
            "ChangeBuckets",
            arns.buckets,
            *of("s3", "CreateBucket PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock"),
            *of("s3", "PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration"),
        ),
        allow(
            "ChangeBalancing",
            list(arns.balancing.values()),
            *of("elasticloadbalancing", "AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup"),
            *of("elasticloadbalancing", "DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup"),
            *of("elasticloadbalancing", "ModifyListener ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup"),
            *of("elasticloadbalancing", "ModifyTargetGroupAttributes SetSecurityGroups SetSubnets"),
        ),
        allow(
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
            "LookForBalancer",
            "*",
            *of("ec2", "DescribeAccountAttributes DescribeAddresses DescribeInternetGateways"),
        ),
        allow(
            "ChangeLogGroups",
            arns.log_groups,
            *of("logs", "CreateLogGroup DeleteMetricFilter PutMetricFilter PutRetentionPolicy TagResource"),
            *(of("logs", "AssociateKmsKey") if settings.kms_key_arn else []),
        ),
        allow(
            "ChangeParameters",
            arns.parameters,
            *of("ssm", "AddTagsToResource DeleteParameter GetParameterHistory PutParameter"),
        ),
        allow(
            "ChangeSecret",
            arns.secret,
            *of("secretsmanager", "CreateSecret PutSecretValue TagResource"),
        ),
        *use_of_key(settings.kms_key_arn, "EncryptSecrets", "Encrypt GenerateDataKey", "ssm", "secretsmanager"),
    )


def _in_cluster(arns: Arns) -> Mapping[str, Mapping[str, str]]:
    return {"ArnEquals": {"ecs:cluster": arns.cluster}}


def changing_services(settings: Settings) -> Document:
    """Return the rights for `services`, without alarms and dashboard."""
    arns = Arns(settings)
    return document(
        allow(
            "ChangeRunRole",
            arns.run_role,
            *of("iam", "CreateRole DeleteRole ListInstanceProfilesForRole TagRole"),
            *of("iam", "UpdateAssumeRolePolicy UpdateRoleDescription"),
        ),
        allow("ChangeRolePolicies", arns.roles, *of("iam", "DeleteRolePolicy PutRolePolicy")),
        allow(
            "PassRolesToTasks",
            arns.roles,
            "iam:PassRole",
            condition={"StringEquals": {"iam:PassedToService": ECS_TASKS}},
        ),
        allow(
            "LinkedRoles",
            [arns.role(f"aws-service-role/{service}/{name}") for service, name in LINKED.items()],
            "iam:CreateServiceLinkedRole",
        ),
        allow(
            "ChangeDefinitions",
            arns.task_definitions,
            *of("ecs", "RegisterTaskDefinition TagResource"),
        ),
        allow(
            "ChangeServices",
            arns.services,
            *of("ecs", "CreateService DeleteService UpdateService"),
            condition=_in_cluster(arns),
        ),
        allow("TagServices", arns.services, *of("ecs", "TagResource")),
        allow(
            "ChangeScaling",
            arns.scalable_targets,
            *of("application-autoscaling", "DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget"),
            *of("application-autoscaling", "PutScalingPolicy PutScheduledAction RegisterScalableTarget"),
            condition={"StringEquals": {"application-autoscaling:service-namespace": "ecs"}},
        ),
        allow("TagScaling", arns.scalable_targets, *of("application-autoscaling", "TagResource")),
        allow(
            "ChangeSignIn",
            arns.sign_in_stack,
            *of("cloudformation", "CreateStack DeleteStack DescribeStackEvents UpdateStack TagResource"),
        ),
        allow(
            "ChangeRecord",
            arn("route53", "hostedzone/*"),
            "route53:ChangeResourceRecordSets",
            condition={
                "ForAllValues:StringEquals": {
                    "route53:ChangeResourceRecordSetsNormalizedRecordNames": [settings.dns.host]
                }
            },
        ),
        allow("WatchRecord", arn("route53", "change/*"), "route53:GetChange"),
    )


def changing_watching(settings: Settings) -> Document:
    """Return the rights for the alarms and dashboard of `services`."""
    arns = Arns(settings)
    return document(
        allow(
            "ChangeAlarms",
            [*arns.alarms, arns.scaling_alarms],
            *of("cloudwatch", "DeleteAlarms DescribeAlarms PutMetricAlarm TagResource"),
        ),
        allow("ChangeDashboard", arns.dashboard, *of("cloudwatch", "DeleteDashboards PutDashboard")),
        allow(
            "ChangeTopic",
            arns.topic,
            *of("sns", "CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource"),
        ),
        allow("EndSubscription", "*", "sns:Unsubscribe"),
        allow(
            "ChangeRule",
            arns.event_rules,
            *of("events", "DeleteRule PutRule PutTargets RemoveTargets TagResource"),
        ),
    )
