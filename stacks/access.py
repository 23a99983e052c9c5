"""Who may do what: the runs' own role, and what web, daemon and ECS get of the two roles that were there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformStack

from asset_manager_constructs.existing import ExistingPlatform
from asset_manager_constructs.permissions import Permissions, PermissionsProps, RunRole, RunRoleProps
from settings.facts.policies import ExecutionAccess, RunAccess, TaskAccess
from settings.load import Settings
from stacks.base import BaseOutputs

if TYPE_CHECKING:
    from stacks.tasks import Tasks

# dagster/asset_manager/storage.py writes there, and imports nothing of this; a test holds the two together.
VALUES = "io"


def define_run_role(stack: TerraformStack, settings: Settings, base: BaseOutputs, compute_logs: str) -> RunRole:
    """Make it in the stack itself, before what it is given to; `compute_logs` is their folder in the bucket."""
    return RunRole(
        stack,
        "run-role",
        RunRoleProps(
            name=settings.names.run_role,
            region=settings.region,
            account_id=settings.account_id,
            access=RunAccess(
                bucket_arn=_bucket_arn(base),
                compute_logs=compute_logs,
                values=VALUES,
                kms_key_arn=settings.kms_key_arn,
            ),
        ),
    )


def define_permissions(
    stack: TerraformStack,
    settings: Settings,
    base: BaseOutputs,
    platform: ExistingPlatform,
    tasks: Tasks,
) -> Permissions:
    """Make them in the stack itself: their ids stay what they are."""
    logs = f"arn:aws:logs:{settings.region}:{settings.account_id}:log-group"
    return Permissions(
        stack,
        "permissions",
        PermissionsProps(
            app=settings.name,
            execution_role=settings.existing.execution_role,
            execution=ExecutionAccess(
                repository_arn=platform.repository_arn,
                log_group_arns=[
                    f"{logs}:{group}" for group in (base.web_log_group, base.daemon_log_group, base.run_log_group)
                ],
                parameter_arns=tasks.injected_arns,
                kms_key_arn=settings.kms_key_arn,
            ),
            task_role=settings.existing.task_role,
            task=TaskAccess(
                ecs_arn_prefix=f"arn:aws:ecs:{settings.region}:{settings.account_id}",
                cluster=settings.existing.cluster,
                run_family=settings.names.run_family,
                run_log_group_arn=f"{logs}:{base.run_log_group}",
                bucket_arn=_bucket_arn(base),
                compute_logs=tasks.compute_logs,
                passed_role_arns=[platform.execution_role_arn, tasks.run_role.arn],
                kms_key_arn=settings.kms_key_arn,
            ),
        ),
    )


def _bucket_arn(base: BaseOutputs) -> str:
    return f"arn:aws:s3:::{base.artifacts_bucket}"
