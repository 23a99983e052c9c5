"""What moto 5.2.5 lacks for a listener rule that CloudFormation makes with a secret by reference; the rest of what it
lacks is in aws_additions.py.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, cast

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.elbv2.models import FakeAction, FakeListenerRule, elbv2_backends
from moto.secretsmanager.exceptions import SecretsManagerClientError
from moto.secretsmanager.models import secretsmanager_backends

SIGN_IN_DEFAULTS = {
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": 604800,
    "OnUnauthenticatedRequest": "authenticate",
}
# {{resolve:secretsmanager:secret-id:SecretString:json-key:version-stage:version-id}}, without key and stage.
SECRET_REFERENCE = re.compile(r"\{\{resolve:secretsmanager:([^:}]+):SecretString:::([^:}]+)\}\}")

_moto_init_action = FakeAction.__init__
_moto_parse_resource = parsing.parse_resource


def install() -> None:
    """Add everything in this file to moto, in this process."""
    _set(FakeAction, "__init__", init_action)
    _set(FakeListenerRule, "delete", delete_rule)
    _set(parsing, "parse_resource", parse_resource)


def init_action(action: FakeAction, data: dict[str, Any]) -> None:
    """ELBv2 CreateRule, ModifyRule and the like: a client secret is kept, and no answer ever tells it; what was not
    given is told as its default.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateOidcActionConfig.html
    """
    given = data.get("AuthenticateOidcConfig")
    if given is None:
        _moto_init_action(action, data)
        return
    told = {name: value for name, value in given.items() if name != "ClientSecret"}
    _moto_init_action(action, {**data, "AuthenticateOidcConfig": SIGN_IN_DEFAULTS | told})
    _set(action, "kept_client_secret", given.get("ClientSecret", ""))


def client_secret_digests() -> dict[str, str]:
    """No API of AWS's, but what a test asks instead: by rule, the SHA-256 of the client secret that it has."""
    return {
        rule.arn: sha256(vars(action)["kept_client_secret"].encode()).hexdigest()
        for account in elbv2_backends.values()
        for backend in account.values()
        for load_balancer in backend.load_balancers.values()
        for listener in load_balancer.listeners.values()
        for rule in listener.rules.values()
        for action in rule.actions
        if "kept_client_secret" in vars(action)
    }


def delete_rule(rule: FakeListenerRule, account_id: str, region: str) -> None:
    """CloudFormation DeleteStack: moto leaves a listener rule behind."""
    elbv2_backends[account_id][region].delete_rule(rule.arn)


def parse_resource(resource: dict[str, Any], resources: parsing.ResourceMap) -> tuple[Any, Any, str]:
    """CloudFormation CreateStack and UpdateStack: a reference to a secret is resolved for the resource that has it; in
    the template it stays a reference.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    """
    made = cast("tuple[Any, Any, str] | None", _moto_parse_resource(resource, resources))
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


def _set(owner: object, name: str, value: object) -> None:
    """Set what the owner's class does not declare: that is the point of every addition."""
    setattr(owner, name, value)
