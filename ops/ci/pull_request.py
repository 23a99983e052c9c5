"""The comment on a pull request for one environment: created once, then updated in place."""

from __future__ import annotations

import json

from ops.ci.github import BODY_AT_MOST, gh
from ops.terraform.plan_summary import shortened


def renew(environment: str, number: int, comment: str) -> None:
    """Create the environment's comment, or replace its text."""
    marker = f"<!-- asset-manager plan {environment} -->"  # invisible on the page
    body = shortened(f"{marker}\n{comment}", BODY_AT_MOST)
    comments = json.loads(gh("pr", "view", str(number), "--json", "comments"))["comments"]
    # Others can write that marker into their comments.
    own = [one for one in comments if one["viewerDidAuthor"] and one["body"].startswith(marker)]
    if not own:
        print(gh("pr", "comment", str(number), "--body-file", "-", stdin=body).strip())
        return
    url = own[-1]["url"]  # .../pull/12#issuecomment-34
    place = f"repos/{{owner}}/{{repo}}/issues/comments/{url.rpartition('-')[2]}"
    gh("api", "--method", "PATCH", place, "--input", "-", stdin=json.dumps({"body": body}))
    print(url)
