"""Every AWS call that a task makes, with the role it makes it under: what that role's policies have to allow.

A task's access key is its own id, so that each signed request says who made it. Told at /asset-manager-api/access.
"""

from __future__ import annotations

import io
import json
import re
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from ops.local.agent.tasks import LocalTask

CALLS_KEPT = 20_000
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/[^/]+/([^/]+)/aws4_request")


class AccessLog:
    """The last calls of tasks; those of Terraform, of tests and of the emulator itself are not kept."""

    def __init__(self, find: Callable[[str], LocalTask | None]) -> None:
        self.calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self._find = find

    def note(self, environ: dict[str, Any]) -> None:
        """Keep this request, if a task signed it; its body can still be read."""
        signed = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        task = self._find(signed[1]) if signed else None
        if signed is None or task is None:
            return
        role = vars(task.definition).get("task_role_arn") or ""  # moto sets it only where it was given
        operation, parameters = _asked(environ)
        self.calls.append(
            {
                "family": task.definition.family,
                "role": role.rpartition("/")[2],
                "service": signed[2],
                "operation": operation,
                "parameters": parameters,
            }
        )


def _asked(environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The operation and its parameters; of a REST API the method, with path and query."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rpartition(".")[2], json.loads(_body(environ) or b"{}")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(_body(environ).decode()))
        return form.pop("Action", environ["REQUEST_METHOD"]), form
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    return environ["REQUEST_METHOD"], {"path": unquote(environ["PATH_INFO"]), "query": query}


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
