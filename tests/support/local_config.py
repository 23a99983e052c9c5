"""The Config of a local AWS that a test starts: the ports are free ones, tasks run as those of `make local`."""

from __future__ import annotations

from pathlib import Path

from local_aws.config import REAL_TIME, Config
from tests.support.ports import free_ports
from tests.support.repository import ROOT


def config_in(directory: Path, account_id: str, *, port: int = 0, speed: int = REAL_TIME) -> Config:
    """A config with this port, or with a free one."""
    free, web = free_ports(2)
    return Config(
        directory=directory,
        port=port or free,
        web_port=web,
        account_id=account_id,
        speed=speed,
        code=ROOT / "dagster",
        entrypoint=ROOT / "docker" / "entrypoint",
        environment="prod",
    )
