"""A page of another site in a real Chromium: it runs a script, and reports what the script could read."""

from __future__ import annotations

import http.server
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tools import browser

SITE = "evil.example"  # a name that only this Chromium resolves, to this machine
SECONDS_TO_REPORT = 60


@contextmanager
def chromium(address: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Chromium with the address open."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        environ = {"HOME": home, "PATH": os.defpath, "LANG": "C.UTF-8"}
        command = [browser.find(), *browser.QUIET, f"--user-data-dir={home}/profile"]
        command += [f"--host-resolver-rules=MAP {SITE} 127.0.0.1", *more, address]
        with subprocess.Popen(command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as it:
            try:
                yield it
            finally:
                it.kill()


def shown(address: str) -> str:
    """The page at an address, as Chromium shows it."""
    with chromium(address, "--dump-dom") as it:
        assert it.stdout is not None
        return it.stdout.read()


def report_of(script: str) -> Any:
    """What a page of the other site reports: `script` is the body of an async function, its result is the report."""
    reports: queue.Queue[Any] = queue.Queue()
    then = "found => fetch('/report', {method: 'POST', body: JSON.stringify(found)})"
    page = f"<!doctype html><script>(async () => {{{script}}})().then({then})</script>"

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with chromium(f"http://{SITE}:{server.server_port}/"):
                return reports.get(timeout=SECONDS_TO_REPORT)
        finally:
            server.shutdown()
            thread.join()
