"""Chromium, for the README's pictures and for the tests that try what a page of another site can do.

`python -m tools.browser` installs Debian's package where the machine has no Chromium and the caller is root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from ops.console.errors import OperatorError, ToolMissingError

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# No look-ups of its own, no window, no first-run page, no proxy of the caller's.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)


def find() -> str:
    """The path of Chromium or Chrome. Raises ToolMissingError where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise ToolMissingError(
            "there is no Chromium and no Google Chrome on PATH. On Debian and Ubuntu: sudo apt-get install chromium"
        )
    return found


def install() -> None:
    """Install Debian's Chromium if there is none, apt-get is there, and this is root. Raises ToolMissingError."""
    try:
        find()
    except ToolMissingError:
        apt = shutil.which("apt-get")
        if apt is None or os.geteuid() != 0:
            raise
        print("==> installing chromium by apt-get", file=sys.stderr, flush=True)
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            done = subprocess.run(  # noqa: S603
                [apt, "--quiet", *command], env=environ, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise ToolMissingError(
                    f"apt-get {' '.join(command)} failed:\n{done.stderr.strip()}\nInstall Chromium, and run it again."
                ) from None
        find()


if __name__ == "__main__":
    try:
        install()
    except OperatorError as error:
        print(f"asset-manager: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
