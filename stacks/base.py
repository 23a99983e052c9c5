"""The `base` stack: resources that outlive a release, and that `services` uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import TerraformStack
from constructs import Construct

from asset_manager_constructs.access_logs import AccessLogs, AccessLogsProps
from asset_manager_constructs.artifacts import Artifacts, ArtifactsProps
from asset_manager_constructs.client_secret import ClientSecret, ClientSecretProps
from asset_manager_constructs.existing import ExistingNetwork, ExistingNetworkProps
from asset_manager_constructs.load_balancer import LoadBalancer, LoadBalancerProps
from asset_manager_constructs.log_groups import LogGroups, LogGroupsProps
from asset_manager_constructs.parameters import Parameters, ParametersProps
from asset_manager_constructs.security_groups import SecurityGroups, SecurityGroupsProps
from settings.facts import parameters
from settings.load import Settings
from stacks.backend import use_aws, use_remote_state


@dataclass(frozen=True, kw_only=True)
class BaseOutputs:
    """Every value that `services` gets from `base`; cdktf turns each use into terraform_remote_state.

    No secret is among them: terraform_remote_state does not keep a value sensitive.
    """

    vpc_id: str
    private_subnet_ids: Sequence[str]
    services_security_group_id: str
    https_listener_arn: str
    alb_arn_suffix: str
    alb_dns_name: str
    alb_zone_id: str
    artifacts_bucket: str
    web_log_group: str
    daemon_log_group: str
    run_log_group: str
    parameter_arns: Mapping[str, str]
    parameters_digest: str
    client_secret_name: str
    client_secret_version_id: str


class BaseStack(TerraformStack):
    """Security groups, load balancer, buckets, log groups and parameters."""

    def __init__(self, scope: Construct, id_: str, settings: Settings) -> None:
        super().__init__(scope, id_)
        names = settings.names
        use_remote_state(self, settings)
        use_aws(self, settings)

        network = ExistingNetwork(self, "network", ExistingNetworkProps(vpc_name=settings.existing.vpc_name))
        groups = SecurityGroups(
            self,
            "security-groups",
            SecurityGroupsProps(
                vpc_id=network.vpc_id,
                alb_name=names.alb_security_group,
                services_name=names.services_security_group,
                allowed_cidrs=settings.allowed_cidrs,
                web_port=settings.web.port,
                database_port=settings.database.port,
                signs_in=settings.auth0_domain is not None,
            ),
        )
        access_logs = AccessLogs(
            self,
            "access-logs",
            AccessLogsProps(
                bucket=settings.access_logs_bucket,
                account_id=settings.account_id,
                retention_days=settings.log_retention_days,
            ),
        )
        load_balancer = LoadBalancer(
            self,
            "load-balancer",
            LoadBalancerProps(
                name=names.alb,
                security_group_id=groups.alb_id,
                public_subnet_ids=network.public_subnet_ids,
                certificate_domain=settings.existing.certificate_domain,
                access_logs_bucket=access_logs.bucket,
                deletion_protection=settings.deletion_protection,
            ),
        )
        artifacts = Artifacts(
            self,
            "artifacts",
            ArtifactsProps(
                bucket=settings.artifacts_bucket,
                kms_key_arn=settings.kms_key_arn,
                log_retention_days=settings.log_retention_days,
            ),
        )
        logs = LogGroups(
            self,
            "log-groups",
            LogGroupsProps(
                web=names.web_log_group,
                daemon=names.daemon_log_group,
                runs=names.run_log_group,
                retention_days=settings.log_retention_days,
                kms_key_arn=settings.kms_key_arn,
            ),
        )
        stored = Parameters(
            self,
            "parameters",
            ParametersProps(
                prefix=names.parameter_prefix,
                values=parameters.values(settings, artifacts.bucket),
                servers=parameters.servers(settings),
                secret_versions=parameters.secret_versions(settings),
                kms_key_arn=settings.kms_key_arn,
            ),
        )
        # It exists even without sign-in: if switching sign-in off deleted it, Terraform would delete it before the rule
        # that refers to it, and CloudFormation resolves the reference again when it deletes the rule.
        client_secret = ClientSecret(
            self,
            "client-secret",
            ClientSecretProps(
                name=names.client_secret,
                value=stored.secrets["AUTH0_CLIENT_SECRET"],
                version=settings.secret_versions.auth0_client_secret,
                kms_key_arn=settings.kms_key_arn,
            ),
        )
        self.outputs = BaseOutputs(
            vpc_id=network.vpc_id,
            private_subnet_ids=network.private_subnet_ids,
            services_security_group_id=groups.services_id,
            https_listener_arn=load_balancer.https_listener_arn,
            alb_arn_suffix=load_balancer.arn_suffix,
            alb_dns_name=load_balancer.dns_name,
            alb_zone_id=load_balancer.zone_id,
            artifacts_bucket=artifacts.bucket,
            web_log_group=logs.web,
            daemon_log_group=logs.daemon,
            run_log_group=logs.runs,
            parameter_arns=stored.arns,
            parameters_digest=stored.digest,
            client_secret_name=client_secret.name,
            client_secret_version_id=client_secret.version_id,
        )
