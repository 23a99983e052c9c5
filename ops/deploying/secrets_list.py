"""`asset-manager secrets list`: which secrets there are, how old and of which version, and never a value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ops.aws import parameters
from ops.aws.account import Account
from ops.console.table import aligned
from ops.terraform.secret_values import stored_versions
from settings.load import load

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import ParameterMetadataTypeDef

COLUMNS = ("name", "age", "version", "changed_by", "state")


@dataclass(frozen=True, kw_only=True)
class Secret:
    """`version` is the environment file's; `changed` and `changed_by` are SSM's, None and "-" if SSM has no value."""

    name: str
    version: int | None
    changed: str | None
    age: str
    changed_by: str
    state: str


def list_(environment: str, *, as_json_: bool) -> None:
    """Print a line for each secret, or JSON."""
    account = Account.of_shell(load(environment))
    settings = account.settings
    found_below = parameters.below(account.clients.ssm, settings.names.parameter_prefix)
    stored = [parameter for parameter in found_below if parameter["Type"] == "SecureString"]
    wanted = {name.upper(): version for name, version in settings.secret_versions}
    found = secrets(wanted, stored, stored_versions(_state_of_base(account)), datetime.now(UTC))
    print(json.dumps([asdict(each) for each in found], indent=2) if as_json_ else table(found))


def secrets(
    wanted: Mapping[str, int],
    stored: Iterable[ParameterMetadataTypeDef],
    deployed: Mapping[str, set[int | None]],
    now: datetime,
) -> list[Secret]:
    """The secrets of the settings in their order, then the others that SSM has below the prefix."""
    parameters = {parameter["Name"].rpartition("/")[2]: parameter for parameter in stored}
    return [
        _secret(name, wanted.get(name), parameters.get(name), deployed.get(name, set()), now)
        for name in dict.fromkeys([*wanted, *sorted(parameters)])
    ]


def _secret(
    name: str, version: int | None, parameter: ParameterMetadataTypeDef | None, deployed: set[int | None], now: datetime
) -> Secret:
    changed = parameter["LastModifiedDate"] if parameter else None
    if parameter is None:
        state = f"missing: export TF_VAR_{name.lower()}, and deploy"
    elif version is None:
        state = "not of this project: nothing reads it"
    elif deployed != {version}:
        others = sorted(number for number in deployed if number not in {None, version})
        stored = f", {' and '.join(map(str, others))} is" if others else " everywhere" if version in deployed else ""
        state = f"version {version} is not deployed{stored}: export TF_VAR_{name.lower()}, and deploy"
    else:
        state = "ok"
    return Secret(
        name=name,
        version=version,
        changed=changed.isoformat() if changed else None,
        age=age((now - changed).total_seconds()) if changed else "-",
        changed_by=parameter.get("LastModifiedUser", "-") if parameter else "-",
        state=state,
    )


def age(seconds: float) -> str:
    """The age in whole units: the largest unit that fits at least once."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def table(found: Sequence[Secret]) -> str:
    rows = [tuple(column.upper().replace("_", " ") for column in COLUMNS)]
    for each in found:
        # The last part of an ARN: arn:aws:sts::111122223333:assumed-role/deploy/alice
        shown = {**asdict(each), "version": each.version or "-", "changed_by": each.changed_by.rpartition(":")[2]}
        rows.append(tuple(str(shown[column]) for column in COLUMNS))
    return aligned(rows)


def _state_of_base(account: Account) -> dict[str, Any]:
    """Terraform's state, which knows the version of what it sent; there is no secret in it. Empty before an apply."""
    s3, settings = account.clients.s3, account.settings
    try:
        stored = s3.get_object(Bucket=settings.state_bucket, Key=settings.state_key("base"))
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        return {}
    state: dict[str, Any] = json.loads(stored["Body"].read())
    return state
