"""A GitHub issue for each state that somebody has to correct: opened, updated, closed once the state is right."""

from __future__ import annotations

import json

from ops.ci.github import BODY_AT_MOST, gh
from ops.terraform.plan_summary import shortened

LABELS = {"drift": "a deployment differs from main", "nightly": "the nightly tests failed"}


def open_or_update(label: str, title: str, body: str) -> None:
    """Write `body` into the open issue with this label and title, or into a new one; print its address."""
    body = shortened(body, BODY_AT_MOST)
    if found := _open(label, title):
        number, url = found[0]
        gh("issue", "edit", number, "--body-file", "-", stdin=body)
        print(url)
        return
    gh("label", "create", label, "--force", "--description", LABELS[label])
    print(gh("issue", "create", "--title", title, "--label", label, "--body-file", "-", stdin=body).strip())


def close(label: str, title: str, comment: str) -> None:
    """Close every open issue with this label and title."""
    for number, _ in _open(label, title):
        gh("issue", "close", number, "--comment", comment)


def _open(label: str, title: str) -> list[tuple[str, str]]:
    """Numbers and addresses of the open issues with this label and title."""
    listed = json.loads(
        gh("issue", "list", "--label", label, "--state", "open", "--limit", "100", "--json", "number,title,url")
    )
    return [(str(one["number"]), one["url"]) for one in listed if one["title"] == title]
