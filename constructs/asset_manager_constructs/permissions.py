"""The inline policies of the two existing roles."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from asset_manager_constructs.policies import ExecutionAccess, TaskAccess, execution_policy, task_policy


@dataclass(frozen=True, kw_only=True)
class PermissionsProps:
    """The roles' names, and what each may reach."""

    app: str
    execution_role: str
    execution: ExecutionAccess
    task_role: str
    task: TaskAccess


class Permissions(Construct):
    """What this deployment needs of roles that were there before it, and nothing of what else they may do."""

    def __init__(self, scope: Construct, id_: str, props: PermissionsProps) -> None:
        super().__init__(scope, id_)
        execution = IamRolePolicy(
            self,
            "execution",
            name=f"{props.app}-execution",
            role=props.execution_role,
            policy=json.dumps(execution_policy(props.execution)),
        )
        task = IamRolePolicy(
            self,
            "task",
            name=f"{props.app}-task",
            role=props.task_role,
            policy=json.dumps(task_policy(props.task)),
        )
        self.policies = (execution, task)
