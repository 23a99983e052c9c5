"""`dagster-webserver` for `make dev`: behind the deployed web server's guard, and by this machine's names alone.

A site can point a DNS name of its own at 127.0.0.1; its pages are then of the same origin as Dagster's, so only the
name in the Host header gives them away.
"""

from __future__ import annotations

import dagster_webserver.app
from dagster_webserver.cli import main
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from asset_manager.webserver import GuardedWebserver


class DevWebserver(GuardedWebserver):
    """Dagster's web server for 127.0.0.1 and localhost."""

    def build_middleware(self) -> list[Middleware]:
        """Dagster's own extension point."""
        return [
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            *super().build_middleware(),
        ]


if __name__ == "__main__":
    dagster_webserver.app.DagsterWebserver = DevWebserver  # type: ignore[attr-defined]
    main()  # type: ignore[no-untyped-call]
