"""Prod and two environments that were made from it, in one account: what a test asks of each."""

import http.client
import json
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ops.dagster_api.web import Web
from ops.local import environment
from ops.local.status import resources
from tests.support.deployed import CANARIES, Deployed

BUCKET = "fulcrum-asset-manager-tfstate"
PROD, ONE, TWO = "prod", "feature-one", "pr-2"
NAMES = {PROD: "asset-manager", ONE: "asset-manager-feature-one", TWO: "asset-manager-pr-2"}
HOSTS = {PROD: "dg.leverslabs.com", ONE: "dg-feature-one.leverslabs.com", TWO: "dg-pr-2.leverslabs.com"}
DATABASES = {PROD: "postgres", ONE: "postgres_feature_one", TWO: "postgres_pr_2"}

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Prod:
    """What prod was before there was another: its resources, the versions of its states, its tasks."""

    resources: set[tuple[str, str]]
    states: list[str]
    tasks: set[str]


def ask(deployed: Deployed, *arguments: str, environ: dict[str, str] | None = None) -> Done:
    return deployed.tree.asset_manager(*arguments, environ={**deployed.environ, **(environ or {})})


def at_once(deployed: Deployed, commands: Sequence[Sequence[str]], environ: dict[str, str] | None = None) -> list[Done]:
    """Several of the operator's commands in one working copy at the same time."""
    with ThreadPoolExecutor(max_workers=len(commands)) as pool:
        return list(pool.map(lambda command: ask(deployed, *command, environ=environ), commands))


def secrets(deployed: Deployed) -> dict[str, str]:
    """As a first deployment is given them."""
    ports = environment.Ports(
        aws=deployed.tree.port,
        web=deployed.tree.web_port,
        postgres=deployed.tree.postgres_port,
        snowflake=deployed.tree.snowflake_port,
    )
    url = environment.metrics_database_url(ports, CANARIES["DAGSTER_PG_PASSWORD"])
    return {f"TF_VAR_{name.lower()}": value for name, value in {**CANARIES, "METRICS_DATABASE_URL": url}.items()}


def state(deployed: Deployed, name: str, stack: str) -> dict[str, Any]:
    stored = deployed.s3.get_object(Bucket=BUCKET, Key=f"{NAMES[name]}/{name}/{stack}.tfstate")
    return dict(json.loads(stored["Body"].read()))


def made(deployed: Deployed, name: str) -> set[tuple[str, str]]:
    """Type and id of every resource."""
    found = [resources(state(deployed, name, stack)) for stack in ("base", "services")]
    return {(kind, id_) for stack in found for kind, _, id_ in stack}


def prod(deployed: Deployed) -> Prod:
    keys = [f"asset-manager/prod/{stack}.tfstate" for stack in ("base", "services")]
    versions = [str(deployed.s3.head_object(Bucket=BUCKET, Key=key)["VersionId"]) for key in keys]
    return Prod(made(deployed, PROD), versions, tasks(deployed, PROD))


def tasks(deployed: Deployed, name: str) -> set[str]:
    """Those of its two services that run."""
    services = (f"{NAMES[name]}-web", f"{NAMES[name]}-daemon")
    listed = [deployed.ecs.list_tasks(cluster="asset-manager", serviceName=each)["taskArns"] for each in services]
    assert [len(arns) for arns in listed] == [1, 1], listed
    return {arn for arns in listed for arn in arns}


def from_outside(deployed: Deployed, host: str) -> tuple[int, str]:
    """Status and Location, as a browser gets them that DNS has led to this host's load balancer."""
    with closing(http.client.HTTPConnection("127.0.0.1", deployed.tree.web_port, timeout=10)) as connection:
        connection.request("GET", "/runs", headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", "")


def web(deployed: Deployed, name: str) -> Web:
    host = "127.0.0.1" if name == PROD else f"{name}.localhost"
    return Web.at(f"http://{host}:{deployed.tree.web_port}")


def destroy(deployed: Deployed, name: str) -> None:
    """All of it, and what is in its buckets."""
    done = ask(deployed, "destroy", "-e", name, "--confirm", name, "--with-data")
    assert done.returncode == 0, done.stdout + done.stderr
