"""What `asset-manager deploy` asks of AWS beside what a plan reads: what the role that deploys may do. Pure.

It makes, changes and replaces everything of the one deployment. What holds data it does not delete: buckets, log
groups, the secret. That is left to a person, and so is `asset-manager destroy`.

It writes the policies of the tasks' roles and passes them to tasks, so it can reach whatever it writes there: who may
take it on is the approval of the environment's reviewers, docs/decisions/0014-ci-roles.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from settings.facts.arn import arn
from settings.facts.arns import Arns
from settings.facts.policies import ECS_TASKS
from settings.facts.statements import Document, allow, document, of, use_of_key
from settings.facts.tags import identifying
from settings.load import Settings

# Whose service-linked roles AWS makes at the first use in an account, in the name of whoever is first.
LINKED = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
}


def changing_base(settings: Settings) -> Document:
    """What it has of its own for state, for validating, and for `base`."""
    arns = Arns(settings)
    tags = identifying(settings)
    ours = {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}}
    to_be_ours = {"StringEquals": {f"aws:RequestTag/{key}": value for key, value in tags.items()}}
    groups, rules = arns.of("ec2", "security-group/*"), arns.of("ec2", "security-group-rule/*")
    authorize = of("ec2", "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress")
    modify = "ec2:ModifySecurityGroupRules"
    return document(
        allow("WriteState", f"{arns.state}*.tfstate", "s3:PutObject"),
        allow("LockState", f"{arns.state}*.tfstate.tflock", *of("s3", "DeleteObject PutObject")),
        # --- what `asset-manager validate` looks at ---
        allow(
            "LookMore",
            "*",
            *of("ecs", "ListTaskDefinitions ListTasks"),
            *of("elasticloadbalancing", "DescribeTargetHealth"),
            *of("route53", "ListHostedZonesByName"),
        ),
        allow("ReadTasks", arns.tasks, *of("ecs", "DescribeTasks StopTask")),
        # --- and has asked from within by a task: docs/decisions/0011-behind-sign-in-a-task-asks.md ---
        allow("AskFromWithin", arns.daemon_definition, "ecs:RunTask", condition=_in_cluster(arns)),
        allow("ReadAnswer", f"{arns.daemon_log_group}:*", "logs:GetLogEvents"),
        # --- base ---
        allow("CreateGroups", groups, "ec2:CreateSecurityGroup", condition=to_be_ours),
        allow("CreateGroupsInVpc", arns.of("ec2", "vpc/*"), "ec2:CreateSecurityGroup"),
        allow(
            "ChangeGroups",
            groups,
            *authorize,
            modify,
            *of("ec2", "DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress"),
            condition=ours,
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
    """What it has of its own for the rest of `services`."""
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
    """What it has of its own for `services`'s alarms and dashboard."""
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
