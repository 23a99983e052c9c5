"""The one issue of an environment that is not what main says."""

from __future__ import annotations

import json

from ops.ci.github import BODY_AT_MOST, gh
from ops.plan_summary import shortened

LABEL = "drift"


def tell(environment: str, difference: str | None) -> None:
    """In the one issue of this environment, which is found by label and title."""
    title = f"{environment} is not what main says"
    listed = json.loads(
        gh("issue", "list", "--label", LABEL, "--state", "open", "--limit", "100", "--json", "number,title,url")
    )
    found = [one for one in listed if one["title"] == title]
    if difference is None:
        for one in found:
            gh("issue", "close", str(one["number"]), "--comment", "It is again: a plan changes nothing.")
        print(f"{environment} is what main says")
        return
    body = shortened(
        f"{difference}\n`make deploy` makes it what main says; what was changed on purpose belongs into a file.\n",
        BODY_AT_MOST,
    )
    if found:
        gh("issue", "edit", str(found[0]["number"]), "--body-file", "-", stdin=body)
        print(found[0]["url"])
        return
    gh("label", "create", LABEL, "--force", "--description", "what is deployed is not what main says")
    print(gh("issue", "create", "--title", title, "--label", LABEL, "--body-file", "-", stdin=body).strip())
