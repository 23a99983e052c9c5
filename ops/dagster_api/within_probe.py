"""Run as a task of the daemon's: asks a web task what sign-in keeps from outside, and prints its answer in pieces.

Its source is the task's command, so it imports nothing but Python's own. A container's log breaks a line at 16 KB.
"""

from __future__ import annotations

import base64
import json
import sys
import urllib.error
import urllib.request
import zlib

MARK = "within-probe:"
SECONDS = 60  # as from outside: the web server asks the code location
PIECE = 8000


def ask(url: str, body: bytes | None) -> dict[str, object]:
    """Status and text, whatever they are."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return {"status": answer.status, "body": answer.read().decode(errors="replace")}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": error.read().decode(errors="replace")}
    except OSError as error:
        return {"error": str(getattr(error, "reason", None) or error)}


def main() -> None:
    """`url [body]`."""
    url, *body = sys.argv[1:]
    packed = zlib.compress(json.dumps(ask(url, body[0].encode() if body else None)).encode())
    text = base64.b64encode(packed).decode()
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    for number, piece in enumerate(pieces, 1):
        sys.stdout.write(f"{MARK}{number}/{len(pieces)}:{piece}\n")


if __name__ == "__main__":
    main()
