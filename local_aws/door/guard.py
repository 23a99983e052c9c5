"""The guard in front of the local AWS. It serves the programs of this deployment only.

A request passes with the deployment's access key, in the credential of its signature (header or presigned address) or
as `Authorization: Bearer <key>`, and only if no page of a browser sent it (local_aws/origins.py). As on Fargate,
the task metadata endpoint asks for no key; its address ends in the task's id, which only the task knows.

The key is random, so its id alone is the credential: signatures are not computed again.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from local_aws import access_key, origins

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[Environ, Any], Iterable[bytes]]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
SIGNED = re.compile(r"Credential=([^/,\s]+)/\d{8}/[^/]+/([^/]+)/aws4_request")
PRESIGNED = re.compile(r"([^/]+)/\d{8}/[^/]+/([^/]+)/aws4_request")
METADATA = "/asset-manager-api/v4/"
LABEL = "asset_manager.label"


class Guarded:
    """The WSGI application behind the guard. The label of the caller's key is in the environ as LABEL.

    A GET below METADATA needs no key and has no label.
    """

    def __init__(self, application: Application, access_key_id: str) -> None:
        self._application = application
        self._access_key_id = access_key_id

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, without a header that lets pages of other sites read the answer."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        reason = origins.refusal(headers)
        if reason:
            return answer(
                start_response, "403 Forbidden", "text/plain; charset=utf-8", f"Refused: {reason}.\n".encode()
            )
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(METADATA):
            presented, service = presented_key(environ)
            label = access_key.label_of(presented, self._access_key_id) if presented else None
            if label is None:
                kind, body = refused_as_aws_does(service, presented, environ.get("HTTP_X_AMZ_TARGET"))
                return answer(start_response, "403 Forbidden", kind, body)
            environ[LABEL] = label

        def without_cors(status: str, found: list[tuple[str, str]], *more: Any) -> object:
            kept = [(name, value) for name, value in found if not name.lower().startswith("access-control-")]
            return start_response(status, kept, *more)

        return self._application(environ, without_cors)


def answer(start_response: StartResponse, status: str, kind: str, body: bytes) -> list[bytes]:
    """A whole answer. Without its length, Werkzeug would send it in chunks and keep the last one back while the
    client still sends its request.
    """
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def presented_key(environ: Environ) -> tuple[str, str]:
    """The access key id of a request and the service that it is signed for; empty if the request has none."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    if signed := SIGNED.search(authorization):
        return signed[1], signed[2]
    if authorization.startswith("Bearer "):
        return authorization.removeprefix("Bearer ").strip(), ""
    query = parse_qs(str(environ.get("QUERY_STRING", "")))
    if presigned := PRESIGNED.fullmatch(query.get("X-Amz-Credential", [""])[0]):
        return presigned[1], presigned[2]
    return query.get("AWSAccessKeyId", [""])[0], "s3"  # Signature Version 2, which boto3 still presigns with


def refused_as_aws_does(service: str, presented: str, target: str | None) -> tuple[str, bytes]:
    """Content type and body of the error that the service has for an access key that AWS does not know.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
    """
    why = (
        f"The access key {html.escape(presented[:12])}... is not this local AWS's: each deployment has its own"
        if presented
        else "The request holds no access key"
    ) + '. A shell gets the right one by: eval "$(make -s local-env)"'
    if target:
        code = "UnrecognizedClientException" if presented else "MissingAuthenticationTokenException"
        return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": why}).encode()
    match service if presented else "":
        case "s3":
            body = f"<Error><Code>InvalidAccessKeyId</Code><Message>{why}</Message></Error>"
        case "ec2":
            error = f"<Error><Code>AuthFailure</Code><Message>{why}</Message></Error>"
            body = f"<Response><Errors>{error}</Errors></Response>"
        case _:
            code = "InvalidClientTokenId" if presented else "MissingAuthenticationToken"
            body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{why}</Message></Error></ErrorResponse>"
    return "text/xml", body.encode()
