"""`asset-manager scale`: sets the desired count of a service, within the limits of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ops.aws import in_progress, steady
from ops.aws.account import check_credentials
from ops.aws.clients import Clients
from ops.aws.ecs import active_services, tasks_of_family, tasks_of_service, wait_until_stopped
from ops.console.errors import CommandLineError, Interrupted, NotSteadyError, RefusedError
from ops.console.finding import DEPLOY
from settings.load import Settings, load

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

Service = Literal["web", "daemon"]
SECONDS_TO_BE_STEADY = 600


def scale(environment: str, service: Service, count: int) -> None:
    """Set the desired count, wait until that many tasks run and the others have ended, print how to undo it."""
    settings = load(environment)
    refuse(settings, service, count)
    clients = Clients.of_shell(settings.region)
    check_credentials(clients, settings)
    in_progress.refuse(settings)
    name = settings.names.web_service if service == "web" else settings.names.daemon_service
    cluster, ecs = settings.existing.cluster, clients.ecs
    found = active_services(ecs, cluster, [name])
    if not found:
        raise RefusedError(f"there is no service {name} in the cluster {cluster}. {DEPLOY}")
    before, revision = found[0]["desiredCount"], found[0]["taskDefinition"]
    print(f"{name}: {before} desired, {count} from now on", flush=True)
    ecs.update_service(cluster=cluster, service=name, desiredCount=count)
    try:
        steady.wait(ecs, cluster, {name: revision}, SECONDS_TO_BE_STEADY, lambda line: print(f"    {line}", flush=True))
        _wait_for_the_stopped(ecs, cluster, name)
    except Interrupted:
        raise Interrupted(
            f"interrupted; {name} has {count} desired, and ECS continues towards that. "
            f"{undone(settings, service, before)}"
        ) from None
    if service == "daemon" and count == 0:
        runs = tasks_of_family(ecs, cluster, settings.names.run_family, "RUNNING")
        print(f"    no schedule fires and nothing leaves the queue; {len(runs)} tasks of runs go on", flush=True)
    print(undone(settings, service, before), flush=True)


def refuse(settings: Settings, service: Service, count: int) -> None:
    """Raise, with the key to change, if the settings do not allow this count."""
    file = f"environments/{settings.environment}.yaml"
    if service == "daemon":
        if count not in {0, 1}:
            raise CommandLineError(
                f"scale daemon {count}: allowed are 0 and 1. Two daemons run every schedule twice, so {file} has no "
                "key for it. If the daemon is too slow, raise `daemon: cpu:`."
            )
        return
    web = settings.web
    if count == 0 or web.desired_count <= count <= web.most:
        return
    allowed = f"0 and {web.desired_count}" + (f" to {web.most}" if web.is_scaled else "")
    held = "" if web.is_scaled or settings.office_hours else " Terraform holds it: a deploy would set it back."
    key = "max_count" if web.is_scaled and count > web.most else "desired_count"
    raise CommandLineError(
        f"scale web {count}: allowed are {allowed}.{held} Change `web: {key}:` in {file}, and deploy."
    )


def undone(settings: Settings, service: Service, before: int) -> str:
    """How to set the old count again, and what else changes it."""
    hours = settings.office_hours
    sentences = [f"Back: asset-manager scale {service} {before} -e {settings.environment}."]
    if hours:
        sentences.append(f"Office hours set it too, at {hours.start} and {hours.stop} {hours.timezone}, {hours.days}.")
    if service == "web" and settings.web.is_scaled:
        sentences.append("Load changes it too, but not from 0.")
    if hours or service == "daemon" or settings.web.is_scaled:
        sentences.append("A deploy leaves it.")
    else:
        sentences.append(f"A deploy sets it to {settings.web.desired_count}.")
    return " ".join(sentences)


def _wait_for_the_stopped(ecs: ECSClient, cluster: str, name: str) -> None:
    """Wait until the tasks that ECS stops have ended: it counts them no more, and each may work for two minutes yet."""
    stopping = [
        task["taskArn"] for task in tasks_of_service(ecs, cluster, name, "STOPPED") if task["lastStatus"] != "STOPPED"
    ]
    if not wait_until_stopped(ecs, cluster, stopping, SECONDS_TO_BE_STEADY):
        raise NotSteadyError(f"{stopping[0]} is to stop, and has not ended in {SECONDS_TO_BE_STEADY} seconds.")
