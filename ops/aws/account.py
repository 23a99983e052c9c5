"""The account that the credentials of this shell belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from ops.aws.clients import Clients
from ops.console.errors import CredentialsError, OperatorError

if TYPE_CHECKING:
    from settings.load import Settings


@dataclass(frozen=True, kw_only=True)
class Account:
    """The settings of one environment, and the clients of its account; `caller` is the ARN of the credentials."""

    settings: Settings
    clients: Clients
    caller: str

    @classmethod
    def of_shell(cls, settings: Settings) -> Account:
        """The account that this shell's AWS_* variables name; raises what check_credentials raises."""
        clients = Clients.of_shell(settings.region)
        return cls(settings=settings, clients=clients, caller=check_credentials(clients, settings))


def check_credentials(clients: Clients, settings: Settings) -> str:
    """The caller's ARN; raises unless AWS accepts the credentials and they belong to the environment's account."""
    try:
        identity = clients.sts.get_caller_identity()
    except EndpointConnectionError as error:
        raise OperatorError(f"AWS is out of reach: {error}. Check the network and AWS_ENDPOINT_URL.") from error
    except (BotoCoreError, ClientError) as error:
        raise CredentialsError(
            f"AWS does not accept the credentials of this shell: {error}. Sign in (aws sso login, or new AWS_* "
            "variables), check with `aws sts get-caller-identity`, run it again."
        ) from error
    if identity["Account"] != settings.account_id:
        raise CredentialsError(
            f"these credentials are account {identity['Account']}'s, and environments/{settings.environment}.yaml says "
            f"account_id: {settings.account_id}. Sign in to that one, or name another environment."
        )
    return identity["Arn"]
