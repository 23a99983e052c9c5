"""Headless Chromium with a page open, to which every host is one TLS port of 127.0.0.1."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import browser

OPTIONS = (
    *browser.QUIET,
    *("--disable-popup-blocking", "--ignore-certificate-errors"),
    "--remote-debugging-port=0",  # without it, or a page to print, headless Chromium ends at once
)

# Third-party cookies too, as in a browser with its defaults; Debian's Chromium blocks them.
EVERY_COOKIE_TRAVELS = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}


@contextmanager
def open_page(address: str, tls_port: int, home: Path) -> Iterator[None]:
    """The page is open for as long as the context lasts."""
    to_here = f"--host-resolver-rules=MAP *:443 127.0.0.1:{tls_port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    command = [browser.find(), *OPTIONS, to_here, f"--user-data-dir={home}/profile", address]
    environ = {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8"}
    preferences = home / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(json.dumps(EVERY_COOKIE_TRAVELS))
    with (home / "chromium.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
