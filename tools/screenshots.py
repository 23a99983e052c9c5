"""`make screenshots`: the README's pictures, by headless Chromium from the Dagster that `make local` left running.

It needs no browser library: each page has its own address, and Chromium prints the page's text with the picture. If the
text shows that the page was not ready, the picture is taken again.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.console.errors import OperatorError
from ops.dagster_api.transport import NoAnswerError
from ops.dagster_api.web import Web
from ops.local.environment import ports
from ops.terraform.project import ROOT
from tools import browser

PICTURES = ROOT / "docs" / "pictures"
WIDTH = 1400
TRIES = 4
PATIENCE_SECONDS = 120
VIRTUAL_TIME = "--virtual-time-budget=20000"  # the page gets the time that it asks for, without a wait
RUNS = """{ runsOrError(filter: { statuses: [SUCCESS] }, limit: 50) {
    ... on Runs { results { runId tags { key value } } } } }"""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A page of the UI, and words that it shows once it is ready."""

    name: str
    path: str
    height: int
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    id: str
    task_arn: str


def pictures(run: Run) -> tuple[Picture, ...]:
    return (
        Picture(
            name="asset-graph",
            path="/locations/__repository__@asset_manager.definitions/asset-groups/metrics",
            height=620,
            words=("metric_semantic_values", "snowflake_metric_cache", "Passed", "filled"),
        ),
        Picture(
            name="run-on-ecs",
            path=f"/runs/{run.id}?logs=type:ENGINE_EVENT",
            height=900,
            words=("Success", "[FargateRunLauncher] Launching run in ECS task", run.task_arn, "Process for run exited"),
        ),
        Picture(
            name="schedules",
            path="/automation",
            height=560,
            words=("daily_snowflake_cache_schedule", "At 03:00 AM UTC", "partition_sync_sensor"),
        ),
    )


def latest_on_ecs(runs: Iterable[dict[str, Any]]) -> Run:
    """The first of Dagster's runs, which come newest first, that an ECS task executed."""
    for run in runs:
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        if "ecs/task_arn" in tags:
            return Run(id=run["runId"], task_arn=tags["ecs/task_arn"])
    raise OperatorError("no run has succeeded on ECS yet. Materialize a partition: asset-manager validate --run")


def text(page: str) -> str:
    shown = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def take(chromium: str, url: str, picture: Picture, folder: Path) -> None:
    """Take a picture into the folder. Raises OperatorError, and keeps the old one, if the words do not appear."""
    missing = list(picture.words)
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            shot = Path(home, "shot.png")
            said = text(_page(chromium, url + picture.path, picture.height, shot))
            missing = [word for word in picture.words if word not in said]
            if shot.is_file() and not missing:
                shutil.copyfile(shot, folder / f"{picture.name}.png")
                return
    raise OperatorError(
        f"{picture.name}.png was not taken: {url}{picture.path} does not show {', '.join(map(repr, missing))}. "
        "Open it in a browser to see why."
    )


def _page(chromium: str, address: str, height: int, shot: Path) -> str:
    """The page's HTML at the time of the picture; empty if Chromium hangs."""
    options = [f"--window-size={WIDTH},{height}", f"--user-data-dir={shot.parent}/profile", f"--screenshot={shot}"]
    environ = {"HOME": str(shot.parent), "PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"}
    command = [chromium, *browser.QUIET, VIRTUAL_TIME, *options, "--dump-dom", address]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def main() -> None:
    url = f"http://127.0.0.1:{ports().web}"
    web = Web.at(url)
    try:
        chromium = browser.find()
        run = latest_on_ecs(web.query(RUNS)["runsOrError"]["results"])
        # As "Skip" in the dialog that Dagster shows to its first user.
        web.query("mutation { setNuxSeen }")
        PICTURES.mkdir(parents=True, exist_ok=True)
        for picture in pictures(run):
            take(chromium, url, picture, PICTURES)
            print(f"docs/pictures/{picture.name}.png")
    except NoAnswerError as error:
        raise OperatorError(f"{error}. The pictures show a running Dagster: make local") from error
