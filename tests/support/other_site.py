"""A page of another site, which has a signed-in browser send to Dagster whatever a page can have a browser send.

Each attempt has a name of its own, and would leave a concurrency limit of that name: Dagster itself says what worked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.tls import Seen

SITE = "dg.leverslabs.com"
# What a request of each kind is to Dagster; `encoded` says the same by another path and key.
KINDS = {
    "link": "open(graphql(name))",
    "encoded-link": "open(encoded(name))",
    "form": "form(graphql(name))",
    "encoded-form": "form(encoded(name))",
    "image": "add('img', 'src', graphql(name))",
    "encoded-image": "add('img', 'src', encoded(name))",
    "script": "add('script', 'src', encoded(name))",
    "stylesheet": "add('link', 'href', encoded(name), {rel: 'stylesheet'})",
    "prefetch": "add('link', 'href', encoded(name), {rel: 'prefetch'})",
    "frame": "add('iframe', 'src', encoded(name))",
    "embed": "add('embed', 'src', encoded(name))",
    "object": "add('object', 'data', encoded(name))",
    "fetch": "fetch(encoded(name), {mode: 'no-cors', credentials: 'include'})",
    "post": "fetch(encoded(name), {method: 'POST', mode: 'no-cors', credentials: 'include'})",
    "beacon": "navigator.sendBeacon(encoded(name))",
    "json": """fetch(`${site}/graphql?from=${name}`, {method: 'POST', mode: 'no-cors', credentials: 'include',
        headers: {'Content-Type': 'text/plain;application/json'}, body: JSON.stringify({query: mutation(name)})})""",
    "event": """fetch(`${site}/report_asset_materialization/${name}?from=${name}`,
        {method: 'POST', mode: 'no-cors', credentials: 'include'})""",
    # What a websocket carries is not GraphQL's mutations but its subscriptions: it reads.
    "websocket": "new WebSocket(`${site.replace('https', 'wss')}/graphql?from=${name}`, 'graphql-ws')",
}
PAGE = """<!doctype html><meta charset="utf-8"><title>another site</title><body><script>
const site = "https://SITE"
const mutation = name => `mutation { setConcurrencyLimit(concurrencyKey: "${name}", limit: 1) }`
const graphql = name => `${site}/graphql?from=${name}&query=${encodeURIComponent(mutation(name))}`
const encoded = name => graphql(name).replace("/graphql", "/%67raphql").replace("&query=", "&%71uery=")
function add(kind, property, address, more) {
  document.body.append(Object.assign(document.createElement(kind), {[property]: address, ...more}))
}
function form(address) {
  const made = Object.assign(document.createElement("form"), {action: address, method: "post", target: "_blank"})
  document.body.append(made)
  made.submit()
}
open(site + "/")
fetch("/signed-in").then(() => { for (const [name, send] of Object.entries({KINDS})) { send(name) } })
</script>"""


@dataclass(frozen=True)
class OtherSite:
    """Its port; what it does waits until the browser has signed in, which the test says."""

    port: int
    signed_in: threading.Event


def attempted(seen: Seen) -> str | None:
    """Of a request that the page had sent: by which attempt."""
    return next(
        (pair.removeprefix("from=") for pair in seen.request.query.split("&") if pair.startswith("from=")), None
    )


@contextmanager
def other_site() -> Iterator[OtherSite]:
    """Serve the page on 127.0.0.1."""
    signed_in = threading.Event()
    kinds = ", ".join(f"'{name}': name => {{ {send} }}" for name, send in KINDS.items())
    page = PAGE.replace("SITE", SITE).replace("KINDS", kinds).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/signed-in":
                signed_in.wait()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield OtherSite(int(server.server_port), signed_in)
        finally:
            signed_in.set()
            server.shutdown()
            thread.join()
