"""The access key of one local AWS: random, known to `local env` and to tasks, and accepted by no other deployment."""

from __future__ import annotations

import hmac
import secrets

# The name under which the emulator's process gets it: never as an argument, which every user of the machine can read.
VARIABLE = "LOCAL_AWS_ACCESS_KEY_ID"


def new() -> str:
    """A random key. The local AWS accepts no other."""
    return f"LOCAL{secrets.token_hex(16).upper()}"


def labelled(access_key_id: str, label: str) -> str:
    """The same key with a label that names its user, such as a task's id."""
    return f"{access_key_id}.{label}"


def label_of(presented: str, access_key_id: str) -> str | None:
    """The label of a key that was presented (empty without one), or None where the key is not this deployment's."""
    key, _, label = presented.partition(".")
    return label if hmac.compare_digest(key.encode(), access_key_id.encode()) else None


def bearer(access_key_id: str) -> dict[str, str]:
    """The header of a request that no AWS client signs: to /asset-manager-api and /moto-api."""
    return {"Authorization": f"Bearer {access_key_id}"}
