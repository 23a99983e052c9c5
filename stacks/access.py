"""The role of runs, and the policies that the two existing roles get."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import TerraformStack

from asset_manager_constructs.existing import ExistingPlatform
from asset_manager_constructs.permissions import Permissions, PermissionsProps, RunRole, RunRoleProps
from settings.facts.arn import arn
from settings.facts.arns import Arns
from settings.facts.bucket_rules import IO_ARTIFACTS
from settings.facts.policies import ExecutionAccess, RunAccess, TaskAccess
from settings.load import Settings
from stacks.base import BaseOutputs


def define_run_role(stack: TerraformStack, settings: Settings, base: BaseOutputs, compute_logs: str) -> RunRole:
    """Create it in the stack itself, before the tasks that get it; `compute_logs` is a folder of the bucket."""
    return RunRole(
        stack,
        "run-role",
        RunRoleProps(
            name=settings.names.run_role,
            region=settings.region,
            account_id=settings.account_id,
            access=RunAccess(
                bucket_arn=arn("s3", base.artifacts_bucket),
                compute_logs=compute_logs,
                values=IO_ARTIFACTS,
                kms_key_arn=settings.kms_key_arn,
            ),
        ),
    )


def define_permissions(
    stack: TerraformStack,
    settings: Settings,
    base: BaseOutputs,
    platform: ExistingPlatform,
    *,
    injected_arns: Sequence[str],
    run_role_arn: str,
    compute_logs: str,
) -> Permissions:
    """Create them in the stack itself: their ids stay the same."""
    arns = Arns(settings)
    return Permissions(
        stack,
        "permissions",
        PermissionsProps(
            app=settings.name,
            execution_role=settings.existing.execution_role,
            execution=ExecutionAccess(
                repository_arn=platform.repository_arn,
                log_group_arns=[
                    arns.log_group(group) for group in (base.web_log_group, base.daemon_log_group, base.run_log_group)
                ],
                parameter_arns=injected_arns,
                kms_key_arn=settings.kms_key_arn,
            ),
            task_role=settings.existing.task_role,
            task=TaskAccess(
                region=settings.region,
                account_id=settings.account_id,
                cluster=settings.existing.cluster,
                run_family=settings.names.run_family,
                run_log_group_arn=arns.log_group(base.run_log_group),
                bucket_arn=arn("s3", base.artifacts_bucket),
                compute_logs=compute_logs,
                passed_role_arns=[platform.execution_role_arn, run_role_arn],
                kms_key_arn=settings.kms_key_arn,
            ),
        ),
    )
