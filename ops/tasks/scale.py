"""`asset-manager scale`: how many tasks of a service ECS keeps, within what the settings allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ops.aws import in_progress, steady
from ops.aws.account import check_credentials
from ops.aws.clients import Clients
from ops.aws.ecs import active_services, tasks_of_family, tasks_of_service, wait_until_stopped
from ops.console.errors import Interrupted, NotSteadyError, OperatorError
from ops.console.finding import DEPLOY
from settings.load import Settings, load

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

Whose = Literal["web", "daemon"]
SECONDS_TO_BE_STEADY = 600


def scale(environment: str, whose: Whose, count: int) -> None:
    """Set it, wait until that many run and what was stopped has ended, say how it is undone."""
    settings = load(environment)
    refuse(settings, whose, count)
    clients = Clients.of_shell(settings.region)
    check_credentials(clients, settings)
    in_progress.refuse(settings)
    name = settings.names.web_service if whose == "web" else settings.names.daemon_service
    cluster, ecs = settings.existing.cluster, clients.ecs
    found = active_services(ecs, cluster, [name])
    if not found:
        raise OperatorError(f"there is no service {name} in the cluster {cluster}. {DEPLOY}")
    before, revision = found[0]["desiredCount"], found[0]["taskDefinition"]
    print(f"{name}: {before} desired, {count} from now on", flush=True)
    ecs.update_service(cluster=cluster, service=name, desiredCount=count)
    try:
        steady.wait(ecs, cluster, {name: revision}, SECONDS_TO_BE_STEADY, lambda line: print(f"    {line}", flush=True))
        _wait_for_the_stopped(ecs, cluster, name)
    except Interrupted:
        said = f"interrupted; {name} has {count} desired, and ECS goes on to that. {undone(settings, whose, before)}"
        raise Interrupted(said) from None
    if whose == "daemon" and count == 0:
        runs = tasks_of_family(ecs, cluster, settings.names.run_family, "RUNNING")
        print(f"    no schedule fires and nothing leaves the queue; {len(runs)} tasks of runs go on", flush=True)
    print(undone(settings, whose, before), flush=True)


def refuse(settings: Settings, whose: Whose, count: int) -> None:
    """Raise, with the key to change, where the settings do not allow so many."""
    file = f"environments/{settings.environment}.yaml"
    if whose == "daemon":
        if count not in {0, 1}:
            raise OperatorError(
                f"scale daemon {count}: allowed are 0 and 1. Two daemons run every schedule twice, so {file} has no "
                "key for it. What a daemon does slowly is mended by `daemon: cpu:`."
            )
        return
    web = settings.web
    if count == 0 or web.desired_count <= count <= web.most:
        return
    allowed = f"0 and {web.desired_count}" + (f" to {web.most}" if web.is_scaled else "")
    held = "" if web.is_scaled or settings.office_hours else " Terraform holds it: a deploy would set it back."
    key = "max_count" if web.is_scaled and count > web.most else "desired_count"
    raise OperatorError(f"scale web {count}: allowed are {allowed}.{held} Change `web: {key}:` in {file}, and deploy.")


def undone(settings: Settings, whose: Whose, before: int) -> str:
    """How it becomes what it was, and what changes it unasked."""
    hours = settings.office_hours
    told = [f"Back: asset-manager scale {whose} {before} -e {settings.environment}."]
    if hours:
        told.append(f"Office hours set it too, at {hours.start} and {hours.stop} {hours.timezone}, {hours.days}.")
    if whose == "web" and settings.web.is_scaled:
        told.append("Load changes it too, but not from 0.")
    if hours or whose == "daemon" or settings.web.is_scaled:
        told.append("A deploy leaves it.")
    else:
        told.append(f"A deploy sets it to {settings.web.desired_count}.")
    return " ".join(told)


def _wait_for_the_stopped(ecs: ECSClient, cluster: str, name: str) -> None:
    """Wait until the tasks that ECS stops have ended: it counts them no more, and each may work for two minutes yet."""
    stopping = [
        task["taskArn"] for task in tasks_of_service(ecs, cluster, name, "STOPPED") if task["lastStatus"] != "STOPPED"
    ]
    if not wait_until_stopped(ecs, cluster, stopping, SECONDS_TO_BE_STEADY):
        raise NotSteadyError(f"{stopping[0]} is to stop, and has not ended in {SECONDS_TO_BE_STEADY} seconds.")
