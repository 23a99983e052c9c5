"""A pull request's comment on one environment: the first time a new one, then renewed in place."""

from __future__ import annotations

import json

from ops.ci.github import BODY_AT_MOST, gh
from ops.terraform.plan_summary import shortened


def renew(environment: str, number: int, comment: str) -> None:
    """Put it where ours is."""
    marker = f"<!-- asset-manager plan {environment} -->"  # which nobody sees
    body = shortened(f"{marker}\n{comment}", BODY_AT_MOST)
    comments = json.loads(gh("pr", "view", str(number), "--json", "comments"))["comments"]
    # Whoever comments can write that marker.
    ours = [one for one in comments if one["viewerDidAuthor"] and one["body"].startswith(marker)]
    if not ours:
        print(gh("pr", "comment", str(number), "--body-file", "-", stdin=body).strip())
        return
    url = ours[-1]["url"]  # .../pull/12#issuecomment-34
    place = f"repos/{{owner}}/{{repo}}/issues/comments/{url.rpartition('-')[2]}"
    gh("api", "--method", "PATCH", place, "--input", "-", stdin=json.dumps({"body": body}))
    print(url)
