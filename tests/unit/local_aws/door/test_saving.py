"""Before `make local` interrupts its Terraform, the provider gets the answers of its calls under way, and no others."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

from local_aws.door.saving import Saving

LOCK = "/tfstate/prod/base.tfstate.tflock"
PROVIDER = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3 (+https://www.terraform.io) terraform-provider-aws/5.100.0"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.3"


class Slow:
    """An application whose calls below /slow end when a test lets them."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.ended = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            self.begun.set()
            assert self.may_end.wait(10)
            self.ended.set()
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


def test_a_hold_waits_for_the_providers_calls_and_carries_out_no_more_until_the_lock_is_given_back() -> None:
    slow = Slow()
    saving = saving_of(slow)
    call(saving, TERRAFORM, "PUT", LOCK)
    with ThreadPoolExecutor() as pool:
        under_way = pool.submit(call, saving, PROVIDER, path="/slow")
        assert slow.begun.wait(10)
        holding = pool.submit(saving.hold)
        slow.may_end.set()
        holding.result(10)
        assert slow.ended.is_set()
        assert under_way.result(10) == "200 OK"
        late = pool.submit(call, saving, PROVIDER, path="/late")
        assert call(saving, TERRAFORM, "PUT", "/tfstate/prod/base.tfstate") == "200 OK"
        assert call(saving, TERRAFORM, "DELETE", LOCK) == "200 OK"
        late.result(10)
    assert call(saving, PROVIDER) == "200 OK"


def test_a_call_that_was_kept_back_is_not_carried_out() -> None:
    slow = Slow()
    saving = saving_of(slow)
    call(saving, TERRAFORM, "PUT", LOCK)
    saving.hold()
    kept_back = threading.Thread(target=call, args=(saving, PROVIDER), kwargs={"path": "/slow"})
    kept_back.start()
    kept_back.join(0.2)
    assert kept_back.is_alive()
    call(saving, TERRAFORM, "DELETE", LOCK)
    kept_back.join(10)
    assert not kept_back.is_alive()
    assert not slow.begun.is_set()


def test_nothing_is_held_where_no_terraform_has_a_lock() -> None:
    saving = saving_of(Slow())
    saving.hold()
    assert call(saving, PROVIDER) == "200 OK"
