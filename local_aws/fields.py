"""Setting what moto's classes do not declare: moto serializes whatever attribute bears an API field's name."""

from __future__ import annotations

from collections.abc import Mapping


def assign(owner: object, fields: Mapping[str, object]) -> None:
    """Set each field on one of moto's objects."""
    for name, value in fields.items():
        setattr(owner, name, value)
