"""The account that the credentials of this shell belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from ops.console.errors import CredentialsError, OperatorError

if TYPE_CHECKING:
    from ops.aws.clients import Clients
    from settings.load import Settings


def check_credentials(clients: Clients, settings: Settings) -> None:
    """Raise unless AWS accepts the credentials and they belong to the environment's account."""
    try:
        account = clients.sts.get_caller_identity()["Account"]
    except EndpointConnectionError as error:
        raise OperatorError(f"AWS is out of reach: {error}. Check the network and AWS_ENDPOINT_URL.") from error
    except (BotoCoreError, ClientError) as error:
        raise CredentialsError(
            f"AWS does not accept the credentials of this shell: {error}. Sign in (aws sso login, or new AWS_* "
            "variables), check with `aws sts get-caller-identity`, run it again."
        ) from error
    if account != settings.account_id:
        raise CredentialsError(
            f"these credentials are account {account}'s, and environments/{settings.environment}.yaml says "
            f"account_id: {settings.account_id}. Sign in to that one, or name another environment."
        )
