"""The three task definitions, and Dagster's configuration, which names the run's and is injected into the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from cdktf import TerraformStack

from asset_manager_constructs.containers import Container
from asset_manager_constructs.dagster_instance import DagsterInstance, DagsterInstanceProps
from asset_manager_constructs.dagster_process import DAEMON_COMMAND, DAEMON_HEALTH_CHECK, environment, web_command
from asset_manager_constructs.existing import ExistingPlatform
from asset_manager_constructs.instance_config import InstanceFacts, compute_logs_folder, fill_in
from asset_manager_constructs.permissions import RunRole
from asset_manager_constructs.task_definition import TaskDefinition, TaskDefinitionProps
from settings.connections import WEB_POOL_MAX_OVERFLOW
from settings.facts.parameters import DAGSTER_YAML
from settings.load import Settings
from stacks.access import define_run_role
from stacks.base import BaseOutputs

INSTANCE_FILE = Path(__file__).resolve().parent.parent / "dagster" / "dagster.yaml"


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """The task definitions of the services, and the parameters, role and folder that permissions are about."""

    web_arn: str
    daemon_arn: str
    injected_arns: Sequence[str]
    run_role: RunRole
    compute_logs: str


def define_tasks(stack: TerraformStack, settings: Settings, base: BaseOutputs, platform: ExistingPlatform) -> Tasks:
    """Create them in the stack itself: their ids stay the same."""
    names = settings.names
    container = partial(
        Container,
        image=platform.image,
        environment=environment(settings.environment, settings.region, settings.code_location, WEB_POOL_MAX_OVERFLOW),
        region=settings.region,
    )
    definition = partial(
        TaskDefinitionProps,
        cpu_architecture=settings.cpu_architecture,
        execution_role_arn=platform.execution_role_arn,
    )
    document = yaml.safe_load(INSTANCE_FILE.read_text())
    compute_logs = compute_logs_folder(document)
    run_role = define_run_role(stack, settings, base, compute_logs)

    run = TaskDefinition(
        stack,
        "run",
        definition(
            family=names.run_family,
            cpu=settings.run.cpu,
            task_role_arn=run_role.arn,
            container=container(
                name=names.run_container,
                memory=settings.run.memory,
                command=(),  # the launcher sets the command of each run
                secrets=base.parameter_arns,
                log_group=base.run_log_group,
            ),
        ),
    )
    instance = DagsterInstance(
        stack,
        "dagster-instance",
        DagsterInstanceProps(
            parameter_name=f"{names.parameter_prefix}/{DAGSTER_YAML}",
            document=fill_in(
                document,
                InstanceFacts(
                    run_task_definition_arn=run.arn,
                    run_container=names.run_container,
                    cluster_arn=platform.cluster_arn,
                    subnet_ids=base.private_subnet_ids,
                    security_group_id=base.services_security_group_id,
                    bucket=base.artifacts_bucket,
                    region=settings.region,
                    max_concurrent_runs=settings.run.max_concurrent,
                    spot=settings.run.spot,
                ),
            ),
        ),
    )
    # Web and daemon read these when they start, so a change of any of them makes a new revision.
    injected = {**base.parameter_arns, DAGSTER_YAML: instance.parameter_arn}
    rolls_with = {
        "dagster-yaml-sha256": instance.digest,
        "parameters-sha256": base.parameters_digest,
        "secret-versions": ",".join(f"{name}={version}" for name, version in settings.secret_versions),
    }
    web = TaskDefinition(
        stack,
        "web",
        definition(
            family=names.web_family,
            cpu=settings.web.cpu,
            task_role_arn=platform.task_role_arn,
            container=container(
                name=names.web_container,
                memory=settings.web.memory,
                command=web_command(settings.web.port),
                secrets=injected,
                log_group=base.web_log_group,
                port=settings.web.port,
                docker_labels=rolls_with,
            ),
        ),
    )
    daemon = TaskDefinition(
        stack,
        "daemon",
        definition(
            family=names.daemon_family,
            cpu=settings.daemon.cpu,
            task_role_arn=platform.task_role_arn,
            container=container(
                name=names.daemon_container,
                memory=settings.daemon.memory,
                command=DAEMON_COMMAND,
                secrets=injected,
                log_group=base.daemon_log_group,
                docker_labels=rolls_with,
                health_check=DAEMON_HEALTH_CHECK,
            ),
        ),
    )
    return Tasks(
        web_arn=web.arn,
        daemon_arn=daemon.arn,
        injected_arns=list(injected.values()),
        run_role=run_role,
        compute_logs=compute_logs,
    )
