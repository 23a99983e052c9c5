"""A call to the local AWS that is sent again is not carried out again."""

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from local_aws.door.answers import CALLS_KEPT, LARGEST_KEPT, Answered
from local_aws.door.guard import LABEL


class Counting:
    """An application that numbers its answers."""

    def __init__(self, status: str = "200 OK", body: bytes = b"") -> None:
        self.status = status
        self.body = body
        self.times = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        self.times += 1
        start_response(self.status, [("X-Times", str(self.times))])
        return [environ["wsgi.input"].read(), self.body]


def attempt(
    application: Answered, call: str | None, method: str = "POST", body: bytes = b"Action=A", label: str | None = ""
) -> tuple[str, str, bytes]:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/", "QUERY_STRING": "", "wsgi.input": io.BytesIO(body)}
    if label is not None:
        environ[LABEL] = label
    if call is not None:
        environ["HTTP_AMZ_SDK_INVOCATION_ID"] = call
    started: list[tuple[str, list[tuple[str, str]]]] = []
    answer = b"".join(application(environ, lambda *given: started.append(given)))
    ((status, headers),) = started
    return status, dict(headers)["X-Times"], answer


def test_a_call_that_is_sent_again_gets_the_first_answer() -> None:
    counting = Counting()
    application = Answered(counting)

    first = attempt(application, "call-1")

    assert attempt(application, "call-1") == first == ("200 OK", "1", b"Action=A")
    assert attempt(application, "call-2") == ("200 OK", "2", b"Action=A")
    assert counting.times == 2


@pytest.mark.parametrize(
    ("counting", "call", "method"),
    [
        (Counting("400 Bad Request"), "call-1", "POST"),  # ThrottlingException: the next attempt may succeed
        (Counting("503 Service Unavailable"), "call-1", "POST"),
        (Counting(), "call-1", "GET"),
        (Counting(), None, "POST"),  # curl, which has no attempts
        (Counting(body=bytes(LARGEST_KEPT)), "call-1", "POST"),
    ],
)
def test_what_changes_nothing_is_carried_out_each_time(counting: Counting, call: str | None, method: str) -> None:
    application = Answered(counting)

    attempt(application, call, method)

    assert attempt(application, call, method)[1] == "2"


def test_a_second_attempt_waits_for_the_first() -> None:
    begun, go_on = threading.Event(), threading.Event()
    times: list[str] = []

    def slow(_: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        times.append("once")
        begun.set()
        assert go_on.wait(30)
        start_response("200 OK", [("X-Times", str(len(times)))])
        return []

    application = Answered(slow)
    answers: list[tuple[str, str, bytes]] = []
    threads = [threading.Thread(target=lambda: answers.append(attempt(application, "call-1"))) for _ in range(2)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(30)

    assert answers == [("200 OK", "1", b"")] * 2


def test_old_calls_are_forgotten() -> None:
    counting = Counting()
    application = Answered(counting)

    for number in range(CALLS_KEPT + 1):
        attempt(application, f"call-{number}")

    assert attempt(application, "call-0")[1] == str(CALLS_KEPT + 2)
    assert attempt(application, f"call-{CALLS_KEPT}")[1] == str(CALLS_KEPT + 1)


@pytest.mark.parametrize("label", ["another task", None])
def test_nobody_gets_the_answer_of_another_caller(label: str | None) -> None:
    application = Answered(Counting())
    attempt(application, "call-1", body=b"a secret")
    assert attempt(application, "call-1", body=b"mine", label=label) == ("200 OK", "2", b"mine")
