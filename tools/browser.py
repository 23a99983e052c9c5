"""`make browser`: Chromium, for the README's pictures and for the tests of what a page of another site can do.

If the machine has none and you are root, the command installs Debian's package.
"""

from __future__ import annotations

import os
import shutil
import sys

from ops.console.errors import ToolMissingError
from tools._programs import run

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Chromium opens no window and no first-run page, makes no requests of its own, and uses no proxy.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)


def find() -> str:
    """The path of Chromium or Chrome. Raises ToolMissingError if there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise ToolMissingError(
            "there is no Chromium and no Google Chrome on PATH. On Debian and Ubuntu: sudo apt-get install chromium"
        )
    return found


def main() -> None:
    """Install Debian's Chromium if there is none, apt-get exists, and the user is root; else raise ToolMissingError."""
    try:
        find()
    except ToolMissingError:
        apt = shutil.which("apt-get")
        if apt is None or os.geteuid() != 0:
            raise
        print("==> installing chromium by apt-get", file=sys.stderr, flush=True)
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            failure = f"apt-get {command[0]} failed; its output is above. Install Chromium and run this again."
            run([apt, "--quiet", *command], failure, env=environ)
        find()
