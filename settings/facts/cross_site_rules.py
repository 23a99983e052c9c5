"""The requests that another site's page can make a signed-in browser send, and that listener rules refuse.

Dagster's web server executes a GraphQL mutation that comes in a query string, by GET and by POST, and records asset
events that a POST names in its query string. It does not check Origin. So the listener refuses, before sign-in:

    10  a query-string key `query`, on every path: no page of Dagster has one, and its scripts send GraphQL by POST
    11  from another site: a POST
    12  from another site: the request of a script, an image or a WebSocket
    13  from another site: a frame, an object or an embed
    14  from another site: anything else of GraphQL

A link to a page, and the redirect from Auth0, are top-level GET navigations: they pass. Only the last rule matches a
path, which the load balancer compares undecoded: /%67raphql is /graphql to Dagster, and another path here.

The browser sets `Sec-Fetch-Site`; no page can set or remove it. https://www.w3.org/TR/fetch-metadata/
docs/decisions/0017 explains why the answer does not depend on the session cookie's SameSite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BY_LINK = "Refused: a GraphQL query in a link. Send it as the JSON body of a POST."
FROM_ANOTHER_SITE = "Refused: a request of another site's page."
ANOTHER_SITE = {"Sec-Fetch-Site": ("*-site",)}  # cross-site and same-site; not same-origin, and not none


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A rule's id and priority, and what a request has to match in addition to the host."""

    id: str
    priority: int
    message: str = FROM_ANOTHER_SITE
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    method: str | None = None
    paths: tuple[str, ...] = ()
    query_key: str | None = None


# AWS allows five values and five wildcards in a rule, including the host, and three values in a condition.
REFUSED = (
    Refused(id="query-by-link", priority=10, message=BY_LINK, query_key="query"),
    Refused(id="post", priority=11, headers=ANOTHER_SITE, method="POST"),
    Refused(
        id="subresource", priority=12, headers={**ANOTHER_SITE, "Sec-Fetch-Mode": ("cors", "no-cors", "websocket")}
    ),
    Refused(id="frame", priority=13, headers={**ANOTHER_SITE, "Sec-Fetch-Dest": ("*frame", "object", "embed")}),
    Refused(id="graphql", priority=14, headers=ANOTHER_SITE, paths=("/graphql", "/graphql/*")),
)
