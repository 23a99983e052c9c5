"""The key of a partition: tenant, grain and metric. Pure: imports no Dagster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

GRAINS = ("day", "week", "month")

# No hyphen and no capital: the tenant becomes part of a table's name, and two tenants must never share a table.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class PartitionKeyError(ValueError):
    """A partition key of a wrong form; `str()` of it says which and what is allowed."""


@dataclass(frozen=True)
class PartitionKey:
    """One metric of one tenant at one grain, written `tenant::grain::metric`."""

    tenant: str
    grain: str
    metric: str

    def __post_init__(self) -> None:
        if self.grain not in GRAINS:
            raise PartitionKeyError(
                f"partition key '{self}': '{self.grain}' is no grain; allowed are {', '.join(GRAINS)}"
            )
        for part, name in (("tenant", self.tenant), ("metric", self.metric)):
            if not _NAME.fullmatch(name):
                raise PartitionKeyError(
                    f"partition key '{self}': '{name}' is no {part}; allowed are 1 to 63 of a-z, 0-9, _, a letter first"
                )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `text` stands for."""
        parts = text.split("::")
        if len(parts) != 3:  # noqa: PLR2004  tenant, grain, metric
            raise PartitionKeyError(
                f"partition key '{text}' has {len(parts)} parts; it must be tenant::grain::metric (acme::day::revenue)"
            )
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.tenant}::{self.grain}::{self.metric}"
