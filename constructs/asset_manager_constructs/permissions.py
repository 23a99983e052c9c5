"""The runs' own role, and the inline policies of the two existing ones."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from settings.facts.policies import (
    ExecutionAccess,
    RunAccess,
    TaskAccess,
    execution_policy,
    run_policy,
    task_policy,
    trust_policy,
)


@dataclass(frozen=True, kw_only=True)
class RunRoleProps:
    """`region` and `account_id` are those whose tasks may take the role on."""

    name: str
    region: str
    account_id: str
    access: RunAccess


class RunRole(Construct):
    """What a run worker works under: user code is at work there, and gets none of the rights that launch it."""

    def __init__(self, scope: Construct, id_: str, props: RunRoleProps) -> None:
        super().__init__(scope, id_)
        role = IamRole(
            self,
            "role",
            name=props.name,
            description="Dagster run workers",
            assume_role_policy=json.dumps(trust_policy(props.account_id, props.region)),
        )
        self.arn = role.arn
        self.policy = IamRolePolicy(
            self, "policy", name=props.name, role=role.name, policy=json.dumps(run_policy(props.access))
        )


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
