"""Before `make local` interrupts its Terraform: the provider gets the answers of its calls, and makes no more calls."""

import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from ops.local.saving import Saving

LOCK = "/tfstate/prod/base.tfstate.tflock"
PROVIDER = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/5.100.0"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3"


class Slow:
    """An application whose calls below /slow end when a test lets them."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            self.begun.set()
            assert self.may_end.wait(10)
        start_response("200 OK", [])
        return [b"made"]


def call(saving: Saving, agent: str, method: str = "POST", path: str = "/") -> str:
    """The status of the answer."""
    given: list[str] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_USER_AGENT": agent}
    b"".join(saving(environ, lambda status, _headers: given.append(status)))
    return given[0]


def saving_of(application: Callable[..., Iterable[bytes]]) -> Saving:
    return Saving(application, lambda: None, nullcontext())


def test_a_hold_waits_for_the_providers_calls_and_refuses_more_until_the_lock_is_given_back() -> None:
    slow = Slow()
    saving = saving_of(slow)
    call(saving, TERRAFORM, "PUT", LOCK)
    answers: list[str] = []
    under_way = threading.Thread(target=lambda: answers.append(call(saving, PROVIDER, path="/slow")))
    holding = threading.Thread(target=saving.hold)
    under_way.start()
    assert slow.begun.wait(10)
    holding.start()
    while call(saving, PROVIDER) == "200 OK":  # until the hold has begun
        assert holding.is_alive()
    assert holding.is_alive()
    slow.may_end.set()
    under_way.join(10)
    holding.join(10)
    assert not holding.is_alive()
    assert answers == ["200 OK"]
    assert call(saving, PROVIDER) == "503 Service Unavailable"
    assert call(saving, TERRAFORM, "PUT", "/tfstate/prod/base.tfstate") == "200 OK"
    assert call(saving, TERRAFORM, "DELETE", LOCK) == "200 OK"
    assert call(saving, PROVIDER) == "200 OK"


def test_nothing_is_held_where_no_terraform_has_a_lock() -> None:
    saving = saving_of(Slow())
    saving.hold()
    assert call(saving, PROVIDER) == "200 OK"
