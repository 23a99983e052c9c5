"""What the local load balancer answers by itself, and what it hands on. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

import h11

from local_aws.balancer.request import Headers

REASONS = {status.value: status.phrase for status in HTTPStatus} | {561: "Unauthorized"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of plain text; `headers` are its further ones, such as Location."""

    status: int
    text: str = ""
    headers: Headers = ()

    @property
    def events(self) -> list[h11.Event]:
        """The answer as h11 sends it."""
        body = self.text.encode()
        headers = [
            *self.headers,
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        head = h11.Response(status_code=self.status, reason=REASONS[self.status].encode(), headers=_encoded(headers))
        return [head, h11.Data(data=body), h11.EndOfMessage()]


@dataclass(frozen=True, kw_only=True)
class Forward:
    """On to a healthy target of one of the groups, with these headers added."""

    groups: Collection[str]
    headers: Headers = ()


def _encoded(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
