"""The README's pictures: of which run, and never of a page that was not ready."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ops.console.errors import OperatorError
from tools.screenshots import PICTURES, WIDTH, Picture, Run, latest_on_ecs, pictures, take, text

TASK = "arn:aws:ecs:us-west-1:111122223333:task/asset-manager/0a1b"
URL = "http://127.0.0.1:3000"
READY = Picture(name="ready", path="/ready", height=100, words=("shown", "7 < 8"))


def run(run_id: str, **tags: str) -> dict[str, object]:
    return {"runId": run_id, "tags": [{"key": key, "value": value} for key, value in tags.items()]}


def browser_that_says(folder: Path, *pages: str) -> str:
    """It behaves as Chromium does: each start takes a picture and prints the next page, in the end the last one."""
    for number, page in enumerate(pages):
        (folder / f"page{number}").write_text(page)
    program = folder / "chromium"
    program.write_text(
        f"""#!/bin/sh
cd {folder}
started=$(ls | grep -c started)
touch started$started
for given; do case $given in --screenshot=*) echo "picture $started" > "${{given#--screenshot=}}";; esac; done
cat page$started 2>/dev/null || cat page{len(pages) - 1}
"""
    )
    program.chmod(0o755)
    return str(program)


def test_the_run_shown_is_the_newest_that_an_ecs_task_executed() -> None:
    runs = [
        run("of-the-laptop", other="x"),
        run("newest", **{"ecs/task_arn": TASK}),
        run("older", **{"ecs/task_arn": "y"}),
    ]
    assert latest_on_ecs(runs) == Run(id="newest", task_arn=TASK)


def test_without_such_a_run_it_says_how_to_get_one() -> None:
    with pytest.raises(OperatorError) as refused:
        latest_on_ecs([run("of-the-laptop")])
    assert str(refused.value) == (
        "no run has succeeded on ECS yet. Materialize a partition: asset-manager validate --run"
    )


def test_a_pages_text_is_without_markup_scripts_and_styles() -> None:
    page = "<html><style>a{}</style><script>var x = '<b>'</script><p>7 &lt;\n <b>8</b></p></html>"
    assert text(page) == "7 < 8"


def test_a_page_that_is_not_ready_is_taken_again(tmp_path: Path) -> None:
    chromium = browser_that_says(tmp_path, "<p>loading</p>", "<p>shown</p> 7 &lt; 8")
    take(chromium, URL, READY, tmp_path)
    assert (tmp_path / "ready.png").read_text() == "picture 1\n"


def test_a_page_that_never_becomes_ready_keeps_the_old_picture_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "ready.png").write_text("old")
    with pytest.raises(OperatorError) as refused:
        take(browser_that_says(tmp_path, "<p>shown</p>"), URL, READY, tmp_path)
    assert str(refused.value) == (
        "ready.png was not taken: http://127.0.0.1:3000/ready does not show '7 < 8'. Open it in a browser to see why."
    )
    assert (tmp_path / "ready.png").read_text() == "old"


@pytest.mark.parametrize("picture", pictures(Run(id="0", task_arn=TASK)), ids=lambda picture: picture.name)
def test_each_picture_is_in_the_repository_at_its_size(picture: Picture) -> None:
    content = (PICTURES / f"{picture.name}.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (WIDTH, picture.height)
    assert len(content) < 300_000
