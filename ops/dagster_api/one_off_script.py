"""Runs in a one-off task (`ops.aws.probe`): asks a web task what sign-in keeps from other machines."""

from __future__ import annotations

import urllib.error
import urllib.request

SECONDS = 60  # as for a direct request: the web server asks the code location


def answer(url: str, body: str | None = None) -> dict[str, object]:
    """Status and body, whatever they are, or `error`; with a body the request is a POST."""
    data, headers = (body.encode(), {"Content-Type": "application/json"}) if body else (None, {})
    request = urllib.request.Request(url, data, headers)  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=SECONDS) as found:
            return {"status": found.status, "body": found.read().decode(errors="replace")}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": error.read().decode(errors="replace")}
    except OSError as error:
        return {"error": str(getattr(error, "reason", None) or error)}
