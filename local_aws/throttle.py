"""AWS's throttling, on demand: a share of the ECS calls is refused as RunTask's are when too many come at once.

    GET /asset-manager-api/throttle/30     30 % of the calls from now on; 0 ends it

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""

from __future__ import annotations

import json
import random
from collections import Counter
from http import HTTPStatus

from moto.core.common_types import TYPE_RESPONSE

# Not one of the errors in ECS's own model, but common to all of AWS, so moto has no exception for it.
THROTTLED: TYPE_RESPONSE = (
    HTTPStatus.BAD_REQUEST,
    {"x-amzn-errortype": "ThrottlingException"},
    json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}),
)


class Throttle:
    """How many of a hundred calls are refused; the same ones each time that it is switched on."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self._percent = 0
        self._random = random.Random(0)  # noqa: S311 -- not for secrets

    def set(self, percent: int) -> None:
        """Start again with this share."""
        self.refused.clear()
        self._percent, self._random = percent, random.Random(0)  # noqa: S311

    def refuses(self, action: str) -> bool:
        """Whether this call is one of them."""
        refuses = self._random.random() * 100 < self._percent
        self.refused[action] += refuses
        return refuses
