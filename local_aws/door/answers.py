"""How the local AWS answers, so that no client asks for the same resource twice.

The AWS SDK for Go loses answers; the AWS provider 5.100 holds such a release. When the headers of an answer arrive,
the SDK closes the request's body. If the goroutine that writes the request has not finished by then, net/http takes
the closed body for a failed write and closes the connection. Whatever the client has not read of the answer is lost
("use of closed network connection"), and the SDK sends the request again: "InvalidPermission.Duplicate".
Busy cores make this frequent.

    WholeAnswers   sends headers and body at once, so that the client has the answer in its buffer before it can close
    Answered       gives a request that is sent again the answer that the first one got
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from werkzeug.serving import WSGIRequestHandler

from local_aws.door.guard import LABEL

CALLS_KEPT = 1000
LARGEST_KEPT = 64 * 1024  # bytes of one answer; a longer one belongs to a call that reads

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Any], Iterable[bytes]]


class WholeAnswers(WSGIRequestHandler):
    """Werkzeug flushes after each part of a body; what comes before, the headers included, waits in this buffer."""

    wbufsize = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """One complete HTTP answer."""

    status: str
    headers: Headers
    body: bytes

    @property
    def can_be_repeated(self) -> bool:
        """A refusal changed nothing, so a request that is sent again is tried again."""
        return self.status.startswith("2") and len(self.body) <= LARGEST_KEPT


@dataclass
class _Call:
    lock: Lock = field(default_factory=Lock)  # a second attempt waits for the first one
    answer: Answer | None = None


class Answered:
    """The application, which carries out each call of an SDK once.

    Every attempt of one call bears the same id:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = Lock()
        self._calls: OrderedDict[tuple[str, ...], _Call] = OrderedDict()

    def __call__(self, environ: Environ, start_response: Callable[[str, Headers], object]) -> Iterable[bytes]:
        """Answer one attempt."""
        call_id, label = environ.get("HTTP_AMZ_SDK_INVOCATION_ID"), environ.get(LABEL)
        if not call_id or label is None or environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        # With who asks for what: nobody gets the answer of another caller.
        call = self._call((label, environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], call_id))
        with call.lock:
            answer = call.answer or _answer(self._application, environ)
            if answer.can_be_repeated:
                call.answer = answer
        # With its length: Werkzeug keeps the last part of a chunked answer back while the client still sends.
        headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
        start_response(answer.status, [*headers, ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    def _call(self, key: tuple[str, ...]) -> _Call:
        with self._lock:
            call = self._calls.setdefault(key, _Call())
            if len(self._calls) > CALLS_KEPT:
                self._calls.popitem(last=False)
            return call


def _answer(application: Application, environ: Environ) -> Answer:
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
        started.append((status, list(headers)))
        return written.append

    written: list[bytes] = []
    parts = application(environ, start_response)
    try:
        written.extend(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    status, headers = started[-1]
    return Answer(status, headers, b"".join(written))
