"""A task's own address, and what becomes of "every interface" in its command."""

from __future__ import annotations

import pytest

from local_aws.ecs.network import Placement

OWN = Placement(address="127.70.1.2", ports={3000: 3000})
SHARED = Placement(address="127.0.0.1", ports={3000: 41234})
WEB = ["dagster-webserver", "--port", "3000", "--host", "0.0.0.0"]  # noqa: S104


def test_every_interface_is_the_tasks_own() -> None:
    assert OWN.localized(WEB) == ["dagster-webserver", "--port", "3000", "--host", "127.70.1.2"]


def test_where_there_is_one_address_the_port_is_another() -> None:
    assert SHARED.localized(WEB) == ["dagster-webserver", "--port", "41234", "--host", "127.0.0.1"]


@pytest.mark.parametrize(
    ("argument", "localized"),
    [
        ("--bind=0.0.0.0:3000", "--bind=127.0.0.1:41234"),
        ("--port=3000", "--port=41234"),
        ("--allow=0.0.0.0/0", "--allow=0.0.0.0/0"),
        ("10.0.0.0", "10.0.0.0"),
        ("13000", "13000"),
        ("3000ms", "3000ms"),
    ],
)
def test_nothing_else_is_touched(argument: str, localized: str) -> None:
    assert SHARED.localized([argument]) == [localized]


def test_a_task_without_ports_keeps_its_command() -> None:
    assert Placement(address="127.0.0.1", ports={}).localized(WEB) == WEB
