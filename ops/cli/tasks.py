"""Commands of ops/tasks: they act on a deployment, and change none of its settings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

import ops.tasks.exec
import ops.tasks.logs
import ops.tasks.run
import ops.tasks.scale
from ops.cli.options import Environment, Url, ending
from ops.console.errors import ExitCode

app = typer.Typer(rich_markup_mode=None)


class Service(StrEnum):
    """The ECS services."""

    WEB = "web"
    DAEMON = "daemon"


@app.command(epilog=ending("asset-manager scale web 2", ExitCode.IN_PROGRESS, ExitCode.REFUSED, ExitCode.UNHEALTHY))
def scale(
    service: Service,
    count: Annotated[int, typer.Argument(min=0, help="web: 0, or as the settings allow. daemon: 0 or 1.")],
    environment: Environment = "prod",
) -> None:
    """The command waits until they run. Set both to 0 to restore the database."""
    ops.tasks.scale.scale(environment, service.value, count)


@app.command(
    name="exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=ending("asset-manager exec -- dagster instance info", ExitCode.REFUSED, done="done, or the command's own"),
)
def exec_(
    command: Annotated[
        list[str], typer.Argument(help="The command and its arguments. Options of asset-manager come before it.")
    ],
    environment: Environment = "prod",
) -> None:
    """The task has the daemon's image, secrets, network and role. Its output is printed here.

    There is no shell in a running task: ECS Exec needs a writable root file system, and the tasks' is read-only.
    """
    raise typer.Exit(ops.tasks.exec.exec_(environment, command))


@app.command(epilog=ending("asset-manager run snowflake_metric_cache acme::day::revenue"))
def run(
    asset: Annotated[str, typer.Argument(help="The key of the asset, with / between its parts.")],
    partition: Annotated[
        str | None, typer.Argument(help="The key of the partition; none for an asset without partitions.")
    ] = None,
    *,
    environment: Environment = "prod",
    url: Url = None,
    wait: Annotated[bool, typer.Option(help="Wait until the run ends.")] = True,
) -> None:
    """The command follows the run, and prints its task and its log."""
    ops.tasks.run.run(environment, asset, partition, url=url, wait=wait)


@app.command(epilog=ending("asset-manager logs daemon --follow; asset-manager logs run 4e6b..."))
def logs(
    service: Annotated[str, typer.Argument(metavar="NAME", help="web, daemon, or run with the id of a run.")],
    run_id: Annotated[str | None, typer.Argument(help="The id of the run, as in the UI.")] = None,
    *,
    environment: Environment = "prod",
    minutes: Annotated[int, typer.Option(min=1, help="The minutes to look back in the logs of web and daemon.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print new lines until Ctrl-C.")] = False,
    url: Url = None,
) -> None:
    ops.tasks.logs.logs(environment, service, run_id, minutes=minutes, follow=follow, url=url)
