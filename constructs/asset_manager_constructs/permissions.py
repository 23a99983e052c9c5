"""The role of runs, and the inline policies of the two existing roles."""

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
    """Tasks in `region` of `account_id` may assume the role."""

    name: str
    region: str
    account_id: str
    access: RunAccess


class RunRole(Construct):
    """The role of a run worker: it runs user code, so it has none of the rights that launch runs."""

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
    """The names of the roles, and what each may access."""

    app: str
    execution_role: str
    execution: ExecutionAccess
    task_role: str
    task: TaskAccess


class Permissions(Construct):
    """The policies that this deployment adds to the existing roles; other policies of theirs stay."""

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
