"""The web server answers: /server_info, directly, and by a one-off task where sign-in is in the way."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ops.aws.clients import is_loopback
from ops.checking.deployed.office_hours import require_awake
from ops.console.finding import Finding, failed, ok
from ops.dagster_api.transport import PAST_SIGN_IN, REDIRECTS, Answer, NoAnswerError
from ops.dagster_api.web import Web

if TYPE_CHECKING:
    from ops.dagster_api.deployment import Deployment

EVERYBODY = "0.0.0.0/0"


def server_info(deployment: Deployment) -> Finding:
    """The web server answers, unless office hours have stopped it."""
    require_awake(deployment)
    settings = deployment.settings
    direct, task = Web(deployment.http), Web(deployment.one_off_task)
    return asked(direct, task, settings.names.web_log_group, settings.auth0_domain, settings.allowed_cidrs)


def asked(direct: Web, task: Web, log_group: str, auth0_domain: str | None, allowed_cidrs: Collection[str]) -> Finding:
    """What `direct` answers; what `task` answers where `direct` redirects to sign-in, or may not be let in."""
    try:
        answer = direct.server_info()
    except NoAnswerError as error:
        if EVERYBODY in allowed_cidrs or is_loopback(direct.url):
            return failed(
                str(error),
                "Does the name resolve to the load balancer? Is a task of the web service running? On the laptop: "
                "make local.",
            )
        outside = f"{error}, and allowed_cidrs lets in {', '.join(allowed_cidrs)} only"
    else:
        if answer.status not in REDIRECTS or urlsplit(answer.location).hostname != auth0_domain:
            return judge_server_info(direct.url, answer, log_group, auth0_domain)
        outside = f"{direct.url} answers {answer.status} to {auth0_domain}, to sign in"
    try:
        answer = task.server_info()
    except NoAnswerError as error:
        return failed(f"{outside}; {error}", f"The web server's log group is {log_group}.")
    found = judge_server_info(task.url, answer, log_group, auth0_domain)
    return replace(found, why=f"{outside}; asked from within, {found.why}")


def judge_server_info(url: str, answer: Answer, log_group: str, auth0_domain: str | None) -> Finding:
    """The status is 200, and the body names Dagster's version."""
    if answer.status in REDIRECTS:
        to = urlsplit(answer.location).hostname or answer.location
        expected = f"sign-in is at {auth0_domain}" if auth0_domain else "there is no sign-in"
        return failed(
            f"{url}/server_info answers {answer.status} to {to}, and {expected}",
            "Something else is in front of the web server, or the listener rule was changed: see `sign-in`.",
        )
    if answer.status != HTTPStatus.OK:
        advice = {
            401: f"Something in front of the web server asks who you are. {PAST_SIGN_IN}",
            403: f"Something in front of the web server refuses this machine. {PAST_SIGN_IN}",
            404: "The load balancer's listener rule for this host is missing: deploy again (make deploy).",
            502: f"The web task answers no HTTP: its log group is {log_group}.",
            503: f"No healthy target is behind the load balancer: see `target health`, and the log group {log_group}.",
            504: "The target does not answer in time: the services' security group must let the ALB in.",
        }.get(answer.status, f"The web server's log group is {log_group}.")
        return failed(f"{url}/server_info answers {answer.status}: {' '.join(answer.body.split())[:120]}", advice)
    try:
        version = json.loads(answer.body)["dagster_version"]
    except (ValueError, KeyError, TypeError):
        return failed(
            f"{url}/server_info answers 200, but it is no Dagster: {' '.join(answer.body.split())[:120]}",
            "Another program is at this address: give the right one with --url.",
        )
    return ok(f"{url} answers 200, Dagster {version}")
