"""The ARNs of all that one deployment consists of, as its settings name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from settings.load import Settings

ALARMS = (  # as the stacks name them; a test compares
    *("unhealthy-targets", "load-balancer-errors", "web-errors", "slow", "heartbeats-lost", "second-daemon"),
    *("runs-failed", "runs-lost", "queue-stands", "no-web", "daemon-silent"),
)


@dataclass(frozen=True)
class Arns:
    """A star stands for what AWS makes up, such as a load balancer's id, and for nothing else."""

    settings: Settings

    def of(self, service: str, resource: str) -> str:
        """In the deployment's region and account."""
        return f"arn:aws:{service}:{self.settings.region}:{self.settings.account_id}:{resource}"

    def role(self, name: str) -> str:
        """IAM has no region."""
        return f"arn:aws:iam::{self.settings.account_id}:role/{name}"

    @cached_property
    def roles(self) -> list[str]:
        """Those that tasks are given: one starts them, one is web's and daemon's, one is the runs'."""
        existing = self.settings.existing
        return [self.role(name) for name in (existing.execution_role, existing.task_role, self.settings.names.run_role)]

    @cached_property
    def run_role(self) -> str:
        """The one that the deployment makes."""
        return self.role(self.settings.names.run_role)

    @cached_property
    def state(self) -> str:
        """The folder of this environment in the state bucket."""
        folder = self.settings.state_key("base").rpartition("/")[0]
        return f"arn:aws:s3:::{self.settings.state_bucket}/{folder}/"

    @cached_property
    def buckets(self) -> list[str]:
        """Artifacts and access logs."""
        return [f"arn:aws:s3:::{name}" for name in (self.settings.artifacts_bucket, self.settings.access_logs_bucket)]

    @cached_property
    def log_groups(self) -> str:
        """All of them."""
        return self.of("logs", f"log-group:{self.settings.names.web_log_group.rpartition('/')[0]}/*")

    @cached_property
    def daemon_log_group(self) -> str:
        """The daemon's, and of tasks like it."""
        return self.of("logs", f"log-group:{self.settings.names.daemon_log_group}")

    @cached_property
    def parameters(self) -> str:
        """All of them, secrets too."""
        return self.of("ssm", f"parameter{self.settings.names.parameter_prefix}/*")

    @cached_property
    def secret(self) -> str:
        """Secrets Manager ends an ARN with six characters of its own."""
        return self.of("secretsmanager", f"secret:{self.settings.names.client_secret}-??????")

    @cached_property
    def cluster(self) -> str:
        """Where its services are."""
        return self.of("ecs", f"cluster/{self.settings.existing.cluster}")

    @cached_property
    def services(self) -> list[str]:
        """Web and daemon."""
        names = self.settings.names
        cluster = self.settings.existing.cluster
        return [self.of("ecs", f"service/{cluster}/{name}") for name in (names.web_service, names.daemon_service)]

    @cached_property
    def tasks(self) -> str:
        """Of the cluster, which another deployment may share."""
        return self.of("ecs", f"task/{self.settings.existing.cluster}/*")

    @cached_property
    def task_definitions(self) -> list[str]:
        """Every revision of the three families."""
        names = self.settings.names
        return [
            self.of("ecs", f"task-definition/{family}:*")
            for family in (names.web_family, names.daemon_family, names.run_family)
        ]

    @cached_property
    def daemon_definition(self) -> str:
        """Every revision of the daemon's."""
        return self.of("ecs", f"task-definition/{self.settings.names.daemon_family}:*")

    @cached_property
    def balancing(self) -> Mapping[str, str]:
        """Load balancer, listeners, rules, and the target group, whose name may carry a port."""
        names = self.settings.names
        made = {
            "balancer": f"loadbalancer/app/{names.alb}/*",
            "listener": f"listener/app/{names.alb}/*",
            "rule": f"listener-rule/app/{names.alb}/*",
            "target group": f"targetgroup/{self.settings.name}-web*-tg/*",
        }
        return {kind: self.of("elasticloadbalancing", resource) for kind, resource in made.items()}

    @cached_property
    def sign_in_stack(self) -> str:
        """CloudFormation's, of the listener rule."""
        return self.of("cloudformation", f"stack/{self.settings.names.sign_in_stack}/*")

    @cached_property
    def alarms(self) -> list[str]:
        """Each by its name: those of a deployment whose name begins like this one's are not ours to change."""
        return [self.of("cloudwatch", f"alarm:{self.settings.name}-{name}") for name in ALARMS]

    @cached_property
    def scaling_alarms(self) -> str:
        """Those that Application Auto Scaling makes for a policy, in the name of whoever puts the policy."""
        service = f"service/{self.settings.existing.cluster}/{self.settings.names.web_service}"
        return self.of("cloudwatch", f"alarm:TargetTracking-{service}-*")

    @cached_property
    def dashboard(self) -> str:
        """CloudWatch's dashboards have no region."""
        return f"arn:aws:cloudwatch::{self.settings.account_id}:dashboard/{self.settings.name}"

    @cached_property
    def topic(self) -> str:
        """Who is told of alarms."""
        return self.of("sns", f"{self.settings.name}-alarms")

    @cached_property
    def event_rules(self) -> list[str]:
        """On runs' stopped tasks, and on services that fail."""
        return [self.of("events", f"rule/{self.settings.name}-{name}") for name in ("stopped-runs", "failing-services")]

    @cached_property
    def scalable_targets(self) -> str:
        """Their ids are AWS's own; what may be done to them is bound by tags and by the service's name."""
        return self.of("application-autoscaling", "scalable-target/*")

    @cached_property
    def repository(self) -> str:
        """Where the image is."""
        return self.of("ecr", f"repository/{self.settings.existing.repository}")
