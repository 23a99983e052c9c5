"""`asset-manager validate`: all checks of a deployment, in their order."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from ops.aws.account import check_credentials
from ops.checking.deployed import dagster, ecs, evidence, network, sign_in
from ops.checking.deployed.dagster import OUR_CODE_LOCATION
from ops.checking.deployed.firewall import Firewall
from ops.checking.deployed.run import Ran, judge_run, materialize
from ops.checking.deployed.server_info import server_info
from ops.checking.report import SECONDS_BETWEEN_ROUNDS, Check, Result, look, passed, show
from ops.console.errors import CommandLineError, NotValidError
from ops.console.finding import Finding
from ops.dagster_api.deployment import Deployment
from ops.dagster_api.web import JSON
from settings.load import load

NEEDED_FOR_A_RUN = ("server_info", "code location", "assets", "daemon heartbeats")
SECONDS_TO_ARRIVE = 30  # CloudWatch shows a line some seconds after it was written

Report = Callable[[str], None]


class OncePerRound:
    """The code locations, asked for once in a round of checks: each request may take a one-off task."""

    def __init__(self, ask: Callable[[], Sequence[JSON]]) -> None:
        self._ask = ask
        self._found: Sequence[JSON] | Exception = ()
        self._until = 0.0

    def __call__(self) -> Sequence[JSON]:
        """The code locations, or the error of the request."""
        if time.monotonic() > self._until:
            try:
                self._found = self._ask()
            except Exception as error:  # each check reports it, and none waits for it again
                self._found = error
            self._until = time.monotonic() + SECONDS_BETWEEN_ROUNDS / 2
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


def validate(environment: str, url: str | None, *, run: bool, as_json_: bool, patience_seconds: float) -> int:
    """Make the checks on the AWS that this shell names, print the results, and return the exit code."""
    settings = load(environment)
    if run and settings.code_location != OUR_CODE_LOCATION:
        raise CommandLineError(
            f"--run materializes a partition of {OUR_CODE_LOCATION}, and code_location of {environment} is "
            f"{settings.code_location}. Leave --run away, and materialize an asset of yours in the UI."
        )
    deployment = Deployment.of_environment(settings, url)
    check_credentials(deployment, settings)
    results = results_of(deployment, _progress, run=run, patience_seconds=patience_seconds)
    show(results, as_json_=as_json_)
    return 0 if passed(results) else NotValidError.exit_code


def results_of(deployment: Deployment, report: Report, *, run: bool, patience_seconds: float) -> list[Result]:
    """Every check's result; what is not ok is checked again for that long, for a deployment takes a while to settle."""
    results = look(standing_checks(deployment), patience_seconds, report)
    if not run:
        return results
    not_ok = {result.name for result in results if result.status != "ok"}
    missing = next((name for name in NEEDED_FOR_A_RUN if name in not_ok), None)
    return [*results, *(_no_run(missing) if missing else results_of_a_run(deployment, report))]


def standing_checks(deployment: Deployment) -> list[Check]:
    """The checks that start nothing, except a one-off task where sign-in is in the way."""
    settings, names, firewall = deployment.settings, deployment.settings.names, Firewall(deployment)
    webs = settings.web
    services = (
        (names.web_service, names.web_family, range(settings.fewest(webs.desired_count), webs.most + 1)),
        (names.daemon_service, names.daemon_family, range(settings.fewest(1), 2)),
    )
    groups = (names.alb_security_group, names.services_security_group)
    locations = OncePerRound(partial(dagster.locations, deployment.web))
    graphql = [
        Check("code location", lambda: dagster.judge_locations(locations(), names.web_log_group)),
        *(_our_code_location(locations) if settings.code_location == OUR_CODE_LOCATION else []),
        Check("daemon heartbeats", partial(dagster.heartbeats, deployment, deployment.web)),
    ]
    return [
        *[Check(f"service {name}", partial(ecs.service, deployment, name, of, may)) for name, of, may in services],
        *[Check(f"tasks of {name}", partial(ecs.tasks, deployment, name, of, may[0])) for name, of, may in services],
        Check("zones", partial(network.zones, deployment)),
        Check("target health", partial(network.target_health, deployment)),
        *[Check(f"security group {group}", partial(firewall.rules, group)) for group in groups],
        Check("dns alias", partial(network.dns_alias, deployment)),
        Check("sign-in", partial(sign_in.sign_in, deployment)),
        Check("server_info", partial(server_info, deployment)),
        *[Check(check.name, check.look, needs="server_info") for check in graphql],
    ]


def _our_code_location(locations: OncePerRound) -> list[Check]:
    """The checks of this repository's own code location; of another one, only whether it loads is known."""
    daily, sync = dagster.SCHEDULES[0], dagster.SENSORS[0]
    return [
        Check("assets", lambda: dagster.assets(locations())),
        Check("schedules and sensors", lambda: dagster.schedules_and_sensors(locations())),
        Check(daily, lambda: dagster.judge_running(daily, "schedule", dagster.statuses(locations()))),
        Check(sync, lambda: dagster.judge_running(sync, "sensor", dagster.statuses(locations()))),
    ]


def results_of_a_run(deployment: Deployment, report: Report) -> list[Result]:
    """Materialize one partition, and check what the run must leave behind."""
    done: list[Ran] = []

    def launch() -> Finding:
        done.append(materialize(deployment.web, report))
        return judge_run(done[0])

    (result,) = look([Check("run", launch)], 0, report)
    if done:
        return [
            result,
            *look(evidence.checks(deployment, done[0]), SECONDS_TO_ARRIVE if result.status == "ok" else 0, report),
        ]
    return [result, *_no_run("run")[1:]]


def _no_run(missing: str) -> list[Result]:
    """Without a daemon the run would wait in the queue, and start after this command has ended."""
    why = f"is not checked while {missing} is not ok"
    names = ("run", *evidence.NAMES)
    return [Result(name=name, status="skipped", why=why, next=f"see {missing}") for name in names]


def _progress(line: str) -> None:
    print(f"    {line}", file=sys.stderr, flush=True)
