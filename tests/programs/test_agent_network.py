"""The addresses and ports that tasks on one machine get: sockets can be bound to them."""

from __future__ import annotations

import socket

from local_aws.ecs.network import has_many_addresses, place


def test_two_tasks_can_listen_on_the_same_port() -> None:
    first, second = (place([3000], many_addresses=has_many_addresses()) for _ in range(2))
    with socket.socket() as one, socket.socket() as other:
        one.bind((first.address, first.ports[3000]))
        other.bind((second.address, second.ports[3000]))


def test_where_there_is_one_address_tasks_share_it() -> None:
    placed = place([3000, 3001], many_addresses=False)
    assert placed.address == "127.0.0.1"
    assert set(placed.ports) == {3000, 3001}
    assert len(set(placed.ports.values()) - {3000, 3001}) == 2
