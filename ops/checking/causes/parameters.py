"""What tasks get at their start: SSM's parameters, the secrets' versions, and Dagster's configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import yaml

from ops.aws.ecs import active_services, short, tasks_of_service
from ops.checking.deployed.ecs import newest_revision
from ops.console.finding import DEPLOY, Finding, failed, ok
from ops.dagster_api.deployment import Deployment

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef

NAMES_A_CALL = 10  # the limit of GetParameters
VERSIONS = "secret-versions"  # the label by which web and daemon roll when a secret is rotated


def injected(deployment: Deployment) -> Finding:
    """Every parameter that a task is given exists, for each of the three kinds of task."""
    wanted: dict[str, list[str]] = {}
    for definition in _definitions(deployment):
        for name in _parameters(definition):
            wanted.setdefault(name, []).append(definition["family"])
    found = changed(deployment, list(wanted))
    secrets = [name.upper() for name, _ in deployment.settings.secret_versions]
    return judge_injected(wanted, found, secrets)


def judge_injected(
    wanted: Mapping[str, Sequence[str]], found: Mapping[str, datetime], secrets: Collection[str]
) -> Finding:
    """No parameter is missing; if one is, ECS starts no task that it is injected into."""
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        names = "; ".join(f"{name}, injected into {', '.join(wanted[name])}" for name in missing)
        exports = ", ".join(f"TF_VAR_{short(name).lower()}" for name in missing if short(name) in secrets)
        first = f"A secret has to be given again: export its value as {exports}. " if exports else ""
        return failed(f"SSM has no {names}", f"No such task can start. {first}{DEPLOY}")
    return ok(f"all {len(wanted)} are in SSM")


def changed(deployment: Deployment, names: Sequence[str]) -> dict[str, datetime]:
    """The parameters that exist, and when each was last written; their values are not decrypted."""
    found: dict[str, datetime] = {}
    for start in range(0, len(names), NAMES_A_CALL):
        answer = deployment.ssm.get_parameters(Names=list(names[start : start + NAMES_A_CALL]))
        found |= {each["Name"]: each["LastModifiedDate"] for each in answer["Parameters"]}
    return found


def versions(deployment: Deployment) -> Finding:
    """Web and daemon were rolled onto the versions that the environment file states."""
    wanted = {name: str(version) for name, version in deployment.settings.secret_versions}
    labels = {
        definition["family"]: definition["containerDefinitions"][0].get("dockerLabels", {}).get(VERSIONS, "")
        for definition in _definitions(deployment)[:-1]
    }
    return judge_versions(wanted, labels)


def judge_versions(wanted: Mapping[str, str], labels: Mapping[str, str]) -> Finding:
    """Each secret has the deployed version; one that was raised and not deployed still has the old value."""
    differences = []
    for family, label in labels.items():
        has = dict(pair.split("=", 1) for pair in label.split(",") if "=" in pair)
        differences += [
            f"{family} has version {has.get(name, 'none')} of {name.upper()}, and the environment file says {version}"
            for name, version in wanted.items()
            if has.get(name) != version
        ]
    if differences:
        return failed(
            "; ".join(differences), f"Raised and not deployed, or deployed from another working copy. {DEPLOY}"
        )
    return ok(", ".join(f"{name.upper()} {version}" for name, version in wanted.items()))


def fresh(deployment: Deployment) -> Finding:
    """No parameter is newer than a running task that it was injected into: the task would have the old value."""
    cluster, names = deployment.settings.existing.cluster, deployment.settings.names
    started: dict[str, datetime] = {}
    for service in (names.web_service, names.daemon_service):
        tasks = tasks_of_service(deployment.ecs, cluster, service, "RUNNING")
        # A task gets its parameters between its creation and its start.
        started |= {service: min(task["createdAt"] for task in tasks)} if tasks else {}
    given = sorted({name for definition in _definitions(deployment)[:-1] for name in _parameters(definition)})
    return judge_fresh(changed(deployment, given), started, cluster)


def judge_fresh(written: Mapping[str, datetime], started: Mapping[str, datetime], cluster: str) -> Finding:
    """For each service, the parameters that are newer than its oldest task."""
    newer = {
        service: ", ".join(short(name) for name, when in written.items() if when > since)
        for service, since in started.items()
    }
    stale = {service: names for service, names in newer.items() if names}
    if stale:
        which = "; ".join(f"{service} started before {names} was written" for service, names in stale.items())
        roll = f"aws ecs update-service --cluster {cluster} --force-new-deployment --service"
        return failed(
            f"{which}: it goes on with the old value", "Roll it: " + "; ".join(f"{roll} {each}" for each in stale)
        )
    return ok("no parameter is newer than the tasks that were given it")


def dagster_yaml(deployment: Deployment) -> Finding:
    """Dagster's configuration can be read, and the run definition that it names can be launched."""
    name = f"{deployment.settings.names.parameter_prefix}/DAGSTER_YAML"
    stored = deployment.ssm.get_parameter(Name=name)["Parameter"]["Value"]
    try:
        revision = str(yaml.safe_load(stored)["run_launcher"]["config"]["task_definition"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        said = " ".join(str(error).split())[:200]
        return failed(f"{name} names no task definition for runs: {type(error).__name__}: {said}", DEPLOY)
    newest = newest_revision(deployment, deployment.settings.names.run_family)
    found = deployment.ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
    if found["status"] != "ACTIVE":
        return failed(
            f"runs start with {short(revision)}, which is {found['status']}: no run can be launched; the newest "
            f"active one is {short(newest)}",
            DEPLOY,
        )
    return ok(f"runs start with {short(revision)}")


def _definitions(deployment: Deployment) -> list[TaskDefinitionTypeDef]:
    """The task definitions that web and daemon run, and the newest one for runs."""
    ecs, names = deployment.ecs, deployment.settings.names
    wanted = [names.web_service, names.daemon_service]
    services = active_services(ecs, deployment.settings.existing.cluster, wanted)
    arns = {service["serviceName"]: service["taskDefinition"] for service in services}
    missing = [name for name in wanted if name not in arns]
    if missing:
        raise LookupError(f"there is no service {' and no '.join(missing)}. {DEPLOY}")
    run = newest_revision(deployment, names.run_family)
    return [
        ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        for arn in (*(arns[name] for name in wanted), run)
    ]


def _parameters(definition: TaskDefinitionTypeDef) -> list[str]:
    """The names of the parameters that it injects; a definition has ARNs, and GetParameters takes names."""
    return [
        f"/{secret['valueFrom'].partition(':parameter/')[2]}"
        for secret in definition["containerDefinitions"][0].get("secrets", [])
    ]
