"""The ARNs of what one deployment consists of, from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from settings.facts.alarm_rules import EVENT_RULES, alarm_names
from settings.facts.arn import arn
from settings.names import BASE
from settings.schema import Settings


@dataclass(frozen=True)
class Arns:
    """A star stands for what AWS generates, such as the id of a load balancer, and for nothing else."""

    settings: Settings

    def of(self, service: str, resource: str) -> str:
        """Return an ARN in the deployment's region and account."""
        return arn(service, resource, self.settings.region, self.settings.account_id)

    def global_(self, service: str, resource: str) -> str:
        """Return the ARN of a resource that belongs to the account and to no region."""
        return arn(service, resource, account_id=self.settings.account_id)

    def role(self, name: str) -> str:
        return self.global_("iam", f"role/{name}")

    @cached_property
    def roles(self) -> list[str]:
        """The execution role, the role of web and daemon, and the role of runs."""
        existing = self.settings.existing
        return [self.role(name) for name in (existing.execution_role, existing.task_role, self.settings.names.run_role)]

    @cached_property
    def run_role(self) -> str:
        return self.role(self.settings.names.run_role)

    @cached_property
    def state_bucket(self) -> str:
        return arn("s3", self.settings.state_bucket)

    @cached_property
    def state(self) -> str:
        """The folder of this environment in the state bucket."""
        folder = self.settings.state_key(BASE).rpartition("/")[0]
        return f"{self.state_bucket}/{folder}/"

    @cached_property
    def buckets(self) -> list[str]:
        return [arn("s3", name) for name in (self.settings.artifacts_bucket, self.settings.access_logs_bucket)]

    def log_group(self, name: str) -> str:
        return self.of("logs", f"log-group:{name}")

    @cached_property
    def log_groups(self) -> str:
        return self.log_group(f"{self.settings.names.web_log_group.rpartition('/')[0]}/*")

    @cached_property
    def daemon_log_group(self) -> str:
        return self.log_group(self.settings.names.daemon_log_group)

    def parameter(self, name: str) -> str:
        return self.of("ssm", f"parameter{self.settings.names.parameter_prefix}/{name}")

    @cached_property
    def parameters(self) -> str:
        """Every parameter, the secret ones too."""
        return self.parameter("*")

    @cached_property
    def secret(self) -> str:
        """Secrets Manager appends a hyphen and six characters to the name."""
        return self.of("secretsmanager", f"secret:{self.settings.names.client_secret}-??????")

    @cached_property
    def cluster(self) -> str:
        return self.of("ecs", f"cluster/{self.settings.existing.cluster}")

    @cached_property
    def services(self) -> list[str]:
        names = self.settings.names
        cluster = self.settings.existing.cluster
        return [self.of("ecs", f"service/{cluster}/{name}") for name in (names.web_service, names.daemon_service)]

    @cached_property
    def tasks(self) -> str:
        """Every task of the cluster, which another deployment may share."""
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
        return self.of("ecs", f"task-definition/{self.settings.names.daemon_family}:*")

    @cached_property
    def balancing(self) -> Mapping[str, str]:
        """Load balancer, listeners, rules, and the target group; a target group's name may contain a port."""
        names = self.settings.names
        resources = {
            "balancer": f"loadbalancer/app/{names.alb}/*",
            "listener": f"listener/app/{names.alb}/*",
            "rule": f"listener-rule/app/{names.alb}/*",
            "target group": f"targetgroup/{self.settings.name}-web*-tg/*",
        }
        return {kind: self.of("elasticloadbalancing", resource) for kind, resource in resources.items()}

    @cached_property
    def sign_in_stack(self) -> str:
        """The CloudFormation stack of the listener rule."""
        return self.of("cloudformation", f"stack/{self.settings.names.sign_in_stack}/*")

    @cached_property
    def alarms(self) -> list[str]:
        """Each alarm by its name: a star would include the alarms of a deployment with a longer name."""
        return [self.of("cloudwatch", f"alarm:{self.settings.name}-{name}") for name in alarm_names(always_on=True)]

    @cached_property
    def scaling_alarms(self) -> str:
        """Application Auto Scaling creates these for a policy, with the rights of the caller that puts the policy."""
        service = f"service/{self.settings.existing.cluster}/{self.settings.names.web_service}"
        return self.of("cloudwatch", f"alarm:TargetTracking-{service}-*")

    @cached_property
    def dashboard(self) -> str:
        """CloudWatch's dashboards have no region."""
        return self.global_("cloudwatch", f"dashboard/{self.settings.name}")

    @cached_property
    def topic(self) -> str:
        return self.of("sns", self.settings.names.alarm_topic)

    @cached_property
    def event_rules(self) -> list[str]:
        return [self.of("events", f"rule/{self.settings.name}-{name}") for name in EVENT_RULES]

    @cached_property
    def scalable_targets(self) -> str:
        """AWS generates their ids; tags and the service's namespace limit what a policy allows on them."""
        return self.of("application-autoscaling", "scalable-target/*")

    @cached_property
    def repository(self) -> str:
        return self.of("ecr", f"repository/{self.settings.existing.repository}")
