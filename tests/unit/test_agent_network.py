"""A task's own address, and what becomes of "every interface" in its command."""

from __future__ import annotations

import socket

import pytest

from ops.local.agent.network import Placement, has_many_addresses, place

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


def test_tasks_of_one_port_do_not_meet() -> None:
    first, second = (place([3000], many_addresses=has_many_addresses()) for _ in range(2))
    with socket.socket() as one, socket.socket() as other:
        one.bind((first.address, first.ports[3000]))
        other.bind((second.address, second.ports[3000]))


def test_where_there_is_one_address_tasks_share_it() -> None:
    placed = place([3000, 3001], many_addresses=False)
    assert placed.address == "127.0.0.1"
    assert set(placed.ports) == {3000, 3001}
    assert len(set(placed.ports.values()) - {3000, 3001}) == 2
