"""How many connections to Dagster's database a deployment may hold at most.

dagster-postgres has three storages (runs, events, schedules). The web server keeps a pool for each: one connection and
WEB_POOL_MAX_OVERFLOW more. Daemon and run workers keep none, and open one for each call.
"""

from __future__ import annotations

STORAGES = 3
# The web server's own default is 20 to a storage, 63 connections for one process.
WEB_POOL_MAX_OVERFLOW = 3
WEB = STORAGES * (1 + WEB_POOL_MAX_OVERFLOW)
# The daemon's loops (scheduler, sensors, queue, monitoring, backfills, assets, retries, heartbeats), each with a call
# and another nested in it, and a few for launches; `make bench` prints the highest number that it measured.
DAEMON = 20
RUN = STORAGES + 1


def most(webservers: int, runs: int) -> int:
    """Return the connections if every web server, the daemon and every run hold their maximum.

    During a deployment ECS runs twice as many web servers (200 percent).
    """
    return 2 * webservers * WEB + DAEMON + runs * RUN
