"""One environment as this shell reaches it: its settings, AWS's clients, and the address of its web server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ops.aws.clients import Clients, is_loopback
from ops.dagster_api.one_off import OneOffTask
from ops.dagster_api.transport import DirectOrTask, Http
from ops.dagster_api.web import Web
from settings.load import Settings

# The local AWS leads its own address to this environment, and each <environment>.localhost to the others.
LOCAL_DEFAULT = "prod"
LOCAL_WEB_PORT = "3000"


def default_url(settings: Settings, endpoint: str | None) -> str:
    """The name that users open; on the local AWS the address at which its load balancer listens (LOCAL_WEB_PORT)."""
    if endpoint and is_loopback(endpoint):
        host = "127.0.0.1" if settings.environment == LOCAL_DEFAULT else f"{settings.environment}.localhost"
        return f"http://{host}:{os.environ.get('LOCAL_WEB_PORT', LOCAL_WEB_PORT)}"
    return f"https://{settings.dns.host}"


@dataclass(frozen=True, kw_only=True)
class Deployment(Clients):
    """One environment on one AWS; `environ` holds the variables that a subprocess gets."""

    settings: Settings
    url: str
    environ: Mapping[str, str]

    @classmethod
    def of_environment(cls, settings: Settings, url: str | None) -> Deployment:
        """The environment on the AWS that this shell names; `url` replaces the web server's address."""
        clients = Clients.of_shell(settings.region)
        return cls(
            settings=settings,
            session=clients.session,
            endpoint=clients.endpoint,
            url=url or default_url(settings, clients.endpoint),
            environ=os.environ,
        )

    @cached_property
    def http(self) -> Http:
        return Http(self.url)

    @cached_property
    def one_off_task(self) -> OneOffTask:
        return OneOffTask(self, self.settings)

    @cached_property
    def web(self) -> Web:
        """The web server, asked by a one-off task where sign-in is in the way."""
        return Web(DirectOrTask(self.http, self.one_off_task))

    @cached_property
    def web_from_here(self) -> Web:
        """The web server, asked from this machine only: it answers soon, or not at all."""
        return Web(DirectOrTask(self.http, None))
