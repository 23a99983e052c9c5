"""Every AWS call that is made here, and who made it: what the policies of roles have to allow.

The label of a task's access key is the task's id, so each signed request says who made it. /asset-manager-api/access
returns the last calls of tasks, and the calls made under every other label, each once.
"""

from __future__ import annotations

import io
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from local_aws.door.guard import LABEL, SIGNED
from local_aws.ecs.tasks import LocalTask

CALLS_KEPT = 20_000
# As CloudTrail does: a secret's value is no part of who may store it.
HIDDEN = ("Value", "SecretString")


class AccessLog:
    """The last calls of tasks, and the different ones of others: Terraform's, an operator's, a test's."""

    def __init__(self, find: Callable[[str], LocalTask | None]) -> None:
        self.calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self._others: dict[str, dict[str, Any]] = {}
        self._find = find

    @property
    def others(self) -> list[dict[str, Any]]:
        """The calls of clients that are no task; a repeated call is here once."""
        return list(self._others.values())

    def note(self, environ: dict[str, Any]) -> None:
        """Keep this request, if it is signed; its body can still be read."""
        signed = SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
        if signed is None:
            return
        label = environ[LABEL]
        task = self._find(label)
        operation, parameters = _asked(environ)
        call = {"service": signed[2], "operation": operation, "parameters": parameters}
        if task is not None:
            role = vars(task.definition).get("task_role_arn") or ""  # moto sets it only where it was given
            self.calls.append({"family": task.definition.family, "role": role.rpartition("/")[2], **call})
            return
        terraform = "Terraform/" in environ.get("HTTP_USER_AGENT", "")
        other = {"key": label, "terraform": terraform, **call, "parameters": _without_values(parameters)}
        self._others[json.dumps(other, sort_keys=True)] = other
        if len(self._others) > CALLS_KEPT:
            self._others.pop(next(iter(self._others)), None)  # another thread may be about it as well


def _without_values(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in HIDDEN}


def _asked(environ: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The operation and its parameters; of a REST API the method, with path and query."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rpartition(".")[2], json.loads(_body(environ) or b"{}")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(_body(environ).decode()))
        return form.pop("Action", environ["REQUEST_METHOD"]), form
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    path = unquote(environ["PATH_INFO"])
    parameters: dict[str, Any] = {"path": path, "query": query}
    if path.rstrip("/").endswith("/rrset"):  # Route53's: a policy can name the records that it changes
        parameters["names"] = sorted(set(re.findall(r"<Name>([^<]+)</Name>", _body(environ).decode())))
    return environ["REQUEST_METHOD"], parameters


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
