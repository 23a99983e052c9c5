"""What moto's CloudFormation lacks: references to secrets, and a refusal of unknown resource types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.secretsmanager.exceptions import SecretsManagerClientError
from moto.secretsmanager.models import secretsmanager_backends

from local_aws.moto.patch import patch

# {{resolve:secretsmanager:secret-id:SecretString:json-key:version-stage:version-id}}, without key and stage.
SECRET_REFERENCE = re.compile(r"\{\{resolve:secretsmanager:([^:}]+):SecretString:::([^:}]+)\}\}")


@patch(parsing, "parse_resource")
def parse_resource(
    moto: Callable[..., Any], resource: dict[str, Any], resources: parsing.ResourceMap
) -> tuple[Any, Any, str]:
    """CloudFormation CreateStack and UpdateStack: a reference to a secret is resolved for the resource that has it; in
    the template it stays a reference.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    """
    made = cast("tuple[Any, Any, str] | None", moto(resource, resources))
    if made is None:  # a type that moto does not know
        raise ValidationError(message=f"Unrecognized resource type: {resource['Type']}")
    model, parsed, kind = made
    account_id, region = cast("str", resources["AWS::AccountId"]), cast("str", resources["AWS::Region"])
    return model, _resolved(parsed, account_id, region), kind


def _resolved(value: Any, account_id: str, region: str) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(each, account_id, region) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, account_id, region) for each in value]
    if not isinstance(value, str):
        return value

    def secret(reference: re.Match[str]) -> str:
        name, version = reference.groups()
        try:
            found = secretsmanager_backends[account_id][region].get_secret_value(name, version, "")
        except SecretsManagerClientError as error:
            raise ValidationError(message=f"Secrets Manager: {error.message}") from error
        return str(found["SecretString"])

    return SECRET_REFERENCE.sub(secret, value)
