"""Every key of an environment file: its type, its default, and what it is for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from settings import rules
from settings.names import DAGSTER_PORT, Names, derive


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", validate_default=True)


class Dns(_Model):
    zone: rules.Domain = Field(description="the Route53 zone, which exists")
    host: rules.Domain = Field(description="the name that users open, in the zone")

    @field_validator("host")
    @classmethod
    def _is_in_the_zone(cls, host: str, info: ValidationInfo) -> str:
        zone = info.data.get("zone", host)  # absent if the zone is wrong itself
        if host != zone and not host.endswith(f".{zone}"):
            raise ValueError(f"a name in the zone {zone!r}")
        return host


class Database(_Model):
    """Dagster's Postgres; its password is a secret and not a setting."""

    host: rules.Domain = Field(description="the server's name")
    port: rules.Port = Field(default=5432, description="the server's port")
    name: rules.Plain = Field(default="postgres", description="the database")
    user: rules.Plain = Field(default="postgres", description="the user that connects")
    # No default: PostgreSQL's is 100, Supabase's 60 to 500 by the size, and its session pooler's Pool Size 15.
    max_connections: rules.Positive = Field(
        description="how many connections the server allows; behind a session pooler, its Pool Size"
    )


class Snowflake(_Model):
    """The cache of the metrics; its password is a secret and not a setting."""

    account: rules.Plain = Field(description="the account's identifier, such as example-eu12345")
    user: rules.Plain = Field(default="ASSET_MANAGER", description="the user that connects")
    database: rules.Plain = Field(default="ASSET_MANAGER", description="the database, which exists")
    schema_name: rules.Plain = Field(default="METRICS", description="the schema, which exists")
    warehouse: rules.Plain = Field(default="ASSET_MANAGER", description="the warehouse, which exists")


class SecretVersions(_Model):
    """A number for each secret; Terraform sends the secret again when the number changes."""

    auth0_client_secret: rules.Version = Field(default=1, description="the version of AUTH0_CLIENT_SECRET")
    dagster_pg_password: rules.Version = Field(default=1, description="the version of DAGSTER_PG_PASSWORD")
    metrics_database_url: rules.Version = Field(default=1, description="the version of METRICS_DATABASE_URL")
    snowflake_password: rules.Version = Field(default=1, description="the version of SNOWFLAKE_PASSWORD")


class TaskSize(_Model):
    """A pair that Fargate supports."""

    cpu: rules.Cpu = Field(default=2048, description="CPU units, 1024 to the core")
    memory: int = Field(default=4096, description="MiB")

    @field_validator("memory", mode="before")
    @classmethod
    def _goes_with_the_cpu(cls, memory: object, info: ValidationInfo) -> object:
        sizes = rules.FARGATE_SIZES.get(info.data.get("cpu", 0))  # no cpu if it is wrong itself
        if sizes and memory not in sizes:
            raise ValueError(f"with cpu {info.data['cpu']} one of {', '.join(map(str, sizes))}")
        if type(memory) is not int:
            raise ValueError("MiB, a whole number")
        return memory


class RunSize(TaskSize):
    cpu: rules.Cpu = Field(default=512, description="CPU units, 1024 to the core")
    memory: int = Field(default=1024, description="MiB")
    max_concurrent: rules.Positive = Field(
        default=10, description="the maximum number of runs at a time; others wait in the queue"
    )
    spot: rules.Switch = Field(
        default=False, description="whether runs start on Fargate Spot, and their retries on demand"
    )


class Web(TaskSize):
    port: rules.Port = Field(default=DAGSTER_PORT, description="the port that the webserver listens on")
    desired_count: rules.Count = Field(default=1, description="the number of webservers, or the minimum if they scale")
    max_count: rules.Positive | None = Field(
        default=None,
        description="the maximum number of webservers, by load; without it the number is always desired_count",
    )

    @field_validator("max_count")
    @classmethod
    def _is_no_less_than_desired(cls, most: int | None, info: ValidationInfo) -> int | None:
        if most is not None and most < info.data.get("desired_count", 0):
            raise ValueError("no less than desired_count")
        return most

    @property
    def most(self) -> int:
        """The maximum number of webservers, except during a deployment."""
        return self.max_count or self.desired_count

    @property
    def is_scaled(self) -> bool:
        """Whether the number of webservers depends on the load."""
        return self.most > self.desired_count


class OfficeHours(_Model):
    """When web and daemon run; outside of these hours neither runs, and no schedule fires."""

    start: rules.ClockTime = Field(description="when both start, as HH:MM")
    stop: rules.ClockTime = Field(description="when both stop, as HH:MM")
    timezone: rules.Timezone = Field(default="UTC", description="an IANA time zone such as Europe/Berlin")
    days: rules.Days = Field(default="MON-FRI", description="the days, such as MON-FRI")


class Existing(_Model):
    """Resources that exist; Terraform never creates them."""

    vpc_name: rules.VpcName = Field(description="the VPC's Name tag; <organization>-vpc")
    cluster: rules.ClusterName = Field(description="the ECS cluster; <name>")
    repository: rules.EcrRepository = Field(description="the ECR repository; <name>")
    execution_role: rules.Role = Field(description="the role that starts tasks; <organization>-ecs-execution-role")
    task_role: rules.Role = Field(description="the role of web and daemon; <organization>-ecs-task-role")
    certificate_domain: rules.CertificateDomain = Field(description="the ACM certificate's domain; *.<zone>")


class Settings(_Model):
    """One deployment; `load` returns it, and fills in the keys that derive from others."""

    environment: rules.Environment = Field(description="the name of the file; it is no key in the file")
    name: rules.AppName = Field(description="the application; all names derive from it")
    organization: rules.Organization = Field(
        description="the owner; the first part of the names of log groups, shared roles and VPC"
    )
    account_id: rules.AccountId = Field(description="the AWS account, 12 digits in quotes")
    region: rules.Region = Field(description="the AWS region")
    state_bucket: rules.Bucket = Field(description="the existing bucket of Terraform's state")
    artifacts_bucket: rules.Bucket = Field(description="compute logs and IO artifacts; <name>-artifacts")
    access_logs_bucket: rules.Bucket = Field(description="the load balancer's access logs; <name>-access-logs")
    kms_key_arn: rules.KmsKey | None = Field(
        default=None, description="a KMS key for bucket, logs and secrets; without it AWS uses its own keys"
    )
    deletion_protection: rules.Switch = Field(
        default=True, description="whether AWS refuses to delete the load balancer"
    )
    alarm_email: rules.Email | None = Field(
        default=None, description="the address that alarms go to; without it they go to nobody"
    )
    cpu_architecture: rules.Architecture = Field(default="X86_64", description="X86_64, or ARM64 for Graviton")
    image_tag: rules.ImageTag = Field(default="latest", description="the image in the ECR repository")
    log_retention_days: rules.RetentionDays = Field(default=30, description="how long logs are kept")
    allowed_cidrs: tuple[rules.Cidr, ...] = Field(
        default=("0.0.0.0/0",), strict=False, description="the networks that may reach the load balancer"
    )
    auth0_client_id: rules.Plain = Field(description="the application's id in Auth0, which is not secret")
    auth0_domain: rules.Domain | None = Field(
        default=None,
        description="the Auth0 tenant's domain: the load balancer signs users in there; without it there is no sign-in",
    )
    dns: Dns = Field(description="Dagster's address: zone, host")
    code_location: rules.PythonModule = Field(
        default="asset_manager.definitions", description="the module in the image that has the Dagster definitions"
    )
    database: Database = Field(description="Dagster's Postgres: host, port, name, user")
    snowflake: Snowflake = Field(description="the metrics cache: account, user, database, schema_name, warehouse")
    secret_versions: SecretVersions = Field(
        default=SecretVersions(), description="a version for each secret; rotating a secret raises it"
    )
    web: Web = Field(default=Web(), description="the webserver's size, port and count")
    daemon: TaskSize = Field(default=TaskSize(), description="the daemon's size")
    run: RunSize = Field(default=RunSize(), description="a run's size")
    office_hours: OfficeHours | None = Field(
        default=None, description="when web and daemon run: start, stop, timezone, days; without it always"
    )
    existing: Existing = Field(description="resources that exist in the account")

    @field_validator("allowed_cidrs")
    @classmethod
    def _are_some_and_each_once(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        if not networks or len(set(networks)) < len(networks):  # AWS refuses a duplicate rule
            raise ValueError("at least one network, and each once")
        return networks

    @property
    def names(self) -> Names:
        return derive(self.name, self.organization, self.web.port)

    def fewest(self, by_day: int) -> int:
        """Return the minimum number of tasks of a service: none outside of office hours."""
        return 0 if self.office_hours else by_day

    def state_key(self, stack: str) -> str:
        """Return the key of a stack's state in the state bucket."""
        return f"{self.name}/{self.environment}/{stack}.tfstate"
