"""The rights of both roles to read: exactly the calls of `terraform plan` of both stacks. Pure.

No action here writes: the plan takes no lock of the state (ops/terraform/workspace.py). The rights are dangerous even
so. To compare, the provider reads each parameter decrypted (ssm:GetParameter) and the client secret's current version
(secretsmanager:GetSecretValue), so code that runs with them can read those secrets: docs/decisions/0014-ci-roles.md.

The actions were recorded (tests/e2e/scenarios/test_ci_roles.py). A star is the resource only if AWS has no finer one: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from settings.facts.arn import arn
from settings.facts.arns import Arns
from settings.facts.statements import Document, allow, document, of, use_of_key
from settings.load import Settings
from settings.names import BASE


def reading(settings: Settings) -> Document:
    """Return all rights of the role of pull requests; the role that deploys has them too."""
    arns = Arns(settings)
    folder = settings.state_key(BASE).rpartition("/")[0]
    return document(
        allow("ReadState", f"{arns.state}*", "s3:GetObject"),
        allow(
            # Without it S3 answers 403 for a state that does not exist yet. Terraform lists workspaces by env:/.
            "ListState",
            arns.state_bucket,
            "s3:ListBucket",
            condition={"StringLike": {"s3:prefix": ["env:/", f"{folder}/*"]}},
        ),
        allow(
            "Look",
            "*",
            *of("acm", "ListCertificates"),
            *of("application-autoscaling", "DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions"),
            *of("ec2", "DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets"),
            *of("ec2", "DescribeVpcAttribute DescribeVpcs"),
            *of("ecs", "DescribeTaskDefinition"),
            *of("elasticloadbalancing", "DescribeCapacityReservation DescribeListenerAttributes DescribeListeners"),
            *of("elasticloadbalancing", "DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules"),
            *of("elasticloadbalancing", "DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups"),
            *of("logs", "DescribeLogGroups"),
            *of("route53", "ListHostedZones"),
            *of("sns", "GetSubscriptionAttributes"),
            *of("ssm", "DescribeParameters"),
        ),
        allow(
            "ReadBuckets",
            arns.buckets,
            *of("s3", "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging"),
            *of("s3", "GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy"),
            *of("s3", "GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning"),
            *of("s3", "GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration"),
            *of("s3", "GetReplicationConfiguration ListBucket"),
        ),
        allow("ReadLogGroups", arns.log_groups, *of("logs", "DescribeMetricFilters ListTagsForResource")),
        allow("ReadParameters", arns.parameters, *of("ssm", "GetParameter ListTagsForResource")),
        allow("ReadSecret", arns.secret, *of("secretsmanager", "DescribeSecret GetResourcePolicy GetSecretValue")),
        allow(
            "ReadCertificates",
            arns.of("acm", "certificate/*"),
            *of("acm", "DescribeCertificate GetCertificate ListTagsForCertificate"),
        ),
        allow(
            "ReadRoles",
            arns.roles,
            *of("iam", "GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies"),
        ),
        allow("ReadImages", arns.repository, *of("ecr", "DescribeImages DescribeRepositories ListTagsForResource")),
        allow("ReadCluster", [arns.cluster, *arns.services], *of("ecs", "DescribeClusters DescribeServices")),
        allow("ReadScaling", arns.scalable_targets, "application-autoscaling:ListTagsForResource"),
        allow("ReadSignIn", arns.sign_in_stack, *of("cloudformation", "DescribeStacks GetTemplate")),
        allow(
            "ReadAlarms",
            arns.of("cloudwatch", f"alarm:{settings.name}-*"),
            *of("cloudwatch", "DescribeAlarms ListTagsForResource"),
        ),
        allow("ReadDashboard", arns.dashboard, "cloudwatch:GetDashboard"),
        allow("ReadTopic", arns.topic, *of("sns", "GetTopicAttributes ListTagsForResource")),
        allow("ReadRule", arns.event_rules, *of("events", "DescribeRule ListTagsForResource ListTargetsByRule")),
        allow(
            "ReadZone",
            arn("route53", "hostedzone/*"),
            *of("route53", "GetHostedZone ListResourceRecordSets ListTagsForResource"),
        ),
        *use_of_key(settings.kms_key_arn, "DecryptSecrets", "Decrypt", "ssm", "secretsmanager"),
    )
