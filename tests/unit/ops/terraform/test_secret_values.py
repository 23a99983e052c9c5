"""Which secrets an apply has to be given: those that one of their places has not, or not in this version."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from ops.console.errors import OperatorError, SecretMissingError
from ops.terraform.run import Terraform
from ops.terraform.secret_values import require_values, stored_versions
from settings.load import load
from settings.schema import SecretVersions

PROD = load("prod")
RAISED = PROD.model_copy(update={"secret_versions": SecretVersions(auth0_client_secret=2)})
NAMES = [name for name, _ in PROD.secret_versions]
ARN = "arn:aws:secretsmanager:us-west-1:111122223333:secret:asset-manager/AUTH0_CLIENT_SECRET-x1Y2z3"


def parameter(name: str, version: int = 1) -> dict[str, Any]:
    attributes = {"id": f"/asset-manager/{name.upper()}", "type": "SecureString", "value_wo_version": version}
    return {"type": "aws_ssm_parameter", "instances": [{"attributes": attributes}]}


def in_secrets_manager(version: int = 1) -> dict[str, Any]:
    attributes = {"secret_id": ARN, "secret_string_wo_version": version}
    return {"type": "aws_secretsmanager_secret_version", "instances": [{"attributes": attributes}]}


@dataclass
class Base:
    """What is asked of Terraform in `base`."""

    resources: list[dict[str, Any]]
    environ: dict[str, str] = field(default_factory=dict)

    def state(self) -> dict[str, Any]:
        return {"resources": self.resources}


def base(*resources: dict[str, Any], **environ: str) -> Terraform:
    return cast("Terraform", Base(list(resources), environ))


EVERY = [parameter(name) for name in NAMES]
PLAIN = {
    "type": "aws_ssm_parameter",
    "instances": [{"attributes": {"id": "/asset-manager/SERVER_HOST", "type": "String", "value_wo_version": None}}],
}


def test_nothing_is_asked_for_where_every_place_has_this_version() -> None:
    require_values(base(*EVERY, PLAIN, in_secrets_manager()), PROD)


@pytest.mark.parametrize(
    "state",
    [
        EVERY,  # deployed before there was sign-in
        [*EVERY, in_secrets_manager(version=1)],
        [*EVERY[1:], parameter(NAMES[0], version=1), in_secrets_manager(version=2)],
        [*EVERY[1:], in_secrets_manager(version=2)],
    ],
)
def test_a_secret_that_one_of_its_places_has_not_is_asked_for(state: list[dict[str, Any]]) -> None:
    assert NAMES[0] == "auth0_client_secret"
    with pytest.raises(SecretMissingError, match=r"^AUTH0_CLIENT_SECRET: new, or its version was raised"):
        require_values(base(*state), RAISED)
    require_values(base(*state, TF_VAR_auth0_client_secret="given"), RAISED)  # noqa: S106


@pytest.mark.parametrize("state", [[*EVERY, in_secrets_manager(2)], [*EVERY[1:], parameter(NAMES[0], 2)]])
def test_a_secret_that_was_rotated_since_is_not_turned_back(state: list[dict[str, Any]]) -> None:
    """A pipeline has a value for every run: the old one, if GitHub does not have the new one."""
    with pytest.raises(
        OperatorError, match=r"^AUTH0_CLIENT_SECRET: version 2 is stored, and environments/prod\.yaml says"
    ):
        require_values(base(*state, TF_VAR_auth0_client_secret="old"), PROD)  # noqa: S106


def test_the_first_time_every_one_is_asked_for() -> None:
    with pytest.raises(SecretMissingError) as refused:
        require_values(base(), PROD)
    assert str(refused.value).startswith(" and ".join(name.upper() for name in NAMES) + ": new")


def test_of_a_rotation_that_broke_off_between_its_places_both_versions_are_known() -> None:
    """Then the environment file stays raised: turned back, the next apply would turn the secret back."""
    stored = stored_versions(base(parameter("auth0_client_secret", 2), in_secrets_manager(1)).state())
    assert stored == {"AUTH0_CLIENT_SECRET": {1, 2}}
    assert stored_versions(base(parameter("auth0_client_secret", 2)).state()) == {"AUTH0_CLIENT_SECRET": {2, None}}
