"""Dagster's web server: its GraphQL and its /server_info, over the transport that it is given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from ops.console.errors import OperatorError
from ops.console.finding import CannotLookError
from ops.dagster_api.transport import Answer, DirectOrTask, Http, NoAnswerError, Transport

JSON = dict[str, Any]


@contextmanager
def no_answer_is_an_error(environment: str) -> Iterator[None]:
    """For a command that can do nothing without an answer: the message names the command that finds the cause."""
    try:
        yield
    except NoAnswerError as error:
        reason = " ".join(str(error).split())
        raise OperatorError(f"{reason}. Look with: asset-manager validate -e {environment}") from error
    except CannotLookError as error:
        raise OperatorError(f"{error}. {error.finding.next}") from error


class Web:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @classmethod
    def at(cls, url: str) -> Web:
        """The web server at an address, asked from this machine only."""
        return cls(DirectOrTask(Http(url), None))

    @property
    def url(self) -> str:
        return self._transport.url

    def server_info(self) -> Answer:
        """GET /server_info, which the target group's health check asks too."""
        return self._transport.send("/server_info", None)

    def query(self, query: str, variables: Mapping[str, object] | None = None) -> Any:
        """The `data` of a GraphQL answer; raises NoAnswerError."""
        answer = self._transport.send("/graphql", json.dumps({"query": query, "variables": dict(variables or {})}))
        if answer.status != HTTPStatus.OK:
            raise NoAnswerError(f"{self.url}/graphql answered {answer.status}: {answer.body[:200]}")
        try:
            document: JSON = json.loads(answer.body)
        except ValueError:
            raise NoAnswerError(f"{self.url}/graphql answered no JSON: {answer.body[:200]}") from None
        if document.get("errors"):
            raise NoAnswerError(f"GraphQL: {document['errors'][0]['message']}")
        return document["data"]
