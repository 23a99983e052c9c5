"""The secrets that need a value at the next apply, because they are new or their version was raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ops.console.errors import RefusedError, SecretMissingError
from ops.terraform.run import Terraform
from settings.load import Settings

# SSM has every secret; the load balancer's sign-in reads this one from Secrets Manager.
IN_SECRETS_MANAGER = ("AUTH0_CLIENT_SECRET",)


def stored_versions(state: Mapping[str, Any]) -> dict[str, set[int | None]]:
    """The versions of each secret in the places where base keeps it, by its state; None for a place without it."""
    found: dict[str, dict[str, int]] = {}
    for resource in state.get("resources", []):
        for instance in resource["instances"]:
            for name, version in _stored(resource["type"], instance["attributes"]):
                found.setdefault(name, {})[resource["type"]] = version
    return {
        name: {
            places.get("aws_ssm_parameter"),
            *([places.get("aws_secretsmanager_secret_version")] if name in IN_SECRETS_MANAGER else []),
        }
        for name, places in found.items()
    }


def _stored(kind: str, attributes: dict[str, Any]) -> Iterator[tuple[str, int]]:
    if kind == "aws_ssm_parameter" and attributes["type"] == "SecureString":
        yield attributes["id"].rpartition("/")[2], attributes["value_wo_version"]
    elif kind == "aws_secretsmanager_secret_version":
        # arn:aws:secretsmanager:<region>:<account>:secret:<app>/<name>-<six characters that AWS adds>
        yield attributes["secret_id"].rpartition("/")[2].rpartition("-")[0], attributes["secret_string_wo_version"]


def require_values(base: Terraform, settings: Settings) -> None:
    """Refuse an apply that would fail, or would put an old secret back.

    Neither place stores the empty default, but the provider keeps SSM's new version in state even so: the apply after
    that, with the value, would find nothing to change, and the old secret would stay.
    """
    stored = stored_versions(base.state())
    for field, version in settings.secret_versions:
        newest = max((each for each in stored.get(field.upper(), ()) if each), default=version)
        if newest > version:  # a pipeline is given a value with every run, and may still have the old one
            raise RefusedError(
                f"{field.upper()}: version {newest} is stored, and environments/{settings.environment}.yaml says "
                f"{version}: it was rotated since. Take over that commit; to send a value again, raise the version. "
                "Nothing was changed."
            )
    missing = [
        field
        for field, version in settings.secret_versions
        if stored.get(field.upper()) != {version} and not base.environ.get(f"TF_VAR_{field}")
    ]
    if missing:
        names = " and ".join(field.upper() for field in missing)
        exports = " and ".join(f"TF_VAR_{field}" for field in missing)
        raise SecretMissingError(
            f"{names}: new, or its version was raised, and no value was given. Export {exports} and run it again. "
            "Nothing was changed."
        )
