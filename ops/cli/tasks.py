"""On a deployment that stands: more or fewer tasks, one command, one run."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ops.cli.options import AWS, Environment, Url, after
from ops.console.errors import NotSteadyError, RunFailedError, UnderWayError

app = typer.Typer()


class Service(StrEnum):
    """Those that ECS keeps running."""

    WEB = "web"
    DAEMON = "daemon"


@app.command(epilog=after("asset-manager scale web 2", *AWS, NotSteadyError, UnderWayError))
def scale(
    service: Service,
    count: Annotated[int, typer.Argument(min=0, help="web: as the settings allow, or 0; daemon: 0 or 1.")],
    environment: Environment = "prod",
) -> None:
    """Set how many tasks of web or daemon run, and wait until they do; 0 of both for a database restore."""
    from ops.tasks import scale as scaling  # noqa: PLC0415

    scaling.scale(environment, service.value, count)


@app.command(
    name="exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=after("asset-manager exec -- dagster instance info", *AWS, RunFailedError, done="the command's own 0")
    + " Otherwise the command's own.",
)
def exec_(
    command: Annotated[list[str], typer.Argument(help="The command and its arguments; options of ours stand before.")],
    environment: Environment = "prod",
) -> None:
    """Run one command in a task of its own, with the daemon's image, secrets, network and role; its output comes here.

    There is no shell in a running task: its root may not be written, and ECS Exec needs that.
    """
    from ops.tasks import exec as executing  # noqa: PLC0415

    raise typer.Exit(executing.exec_(environment, command))


@app.command(epilog=after("asset-manager run snowflake_metric_cache acme::day::revenue", *AWS, RunFailedError))
def run(
    asset: Annotated[str, typer.Argument(help="Its key, with / between the parts.")],
    partition: Annotated[str | None, typer.Argument(help="Its key; none of an asset without partitions.")] = None,
    *,
    environment: Environment = "prod",
    url: Url = None,
    wait: Annotated[bool, typer.Option(help="Follow the run to its end.")] = True,
) -> None:
    """Materialize one partition of one asset, follow the run, and tell its task and its log."""
    from ops.tasks import run  # noqa: PLC0415

    run.run(environment, asset, partition, url=url, wait=wait)
