"""Decides which requests the local servers answer. Requests of other sites' pages are refused.

A browser runs the scripts of every site that is open in it, and each script can send requests to 127.0.0.1. The
browser says so in the request: `Origin` and `Sec-Fetch-Site` name the page that sends it. A site that points its own
DNS name at 127.0.0.1 (DNS rebinding) is of the same origin as the server, so it sends neither; the `Host` header then
holds that name.

https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin
"""

from __future__ import annotations

from collections.abc import Mapping

LOOPBACK_NAMES = {"127.0.0.1", "localhost"}
OWN_SITES = {"none", "same-origin"}


def name_of(host: str) -> str:
    """The name in a Host header, in lower case and without its port: `LocalHost:3000` is `localhost`."""
    return host.rpartition(":")[0].lower() if host.rpartition(":")[2].isdigit() else host.lower()


def is_loopback(name: str) -> bool:
    """Whether a name means this machine to every browser: no DNS server has a say in it."""
    return name in LOOPBACK_NAMES or name.endswith(".localhost")


def refusal(headers: Mapping[str, str], *, serves_pages: bool = False) -> str | None:
    """The reason to answer 403, or None for a request that may pass. Header names are in lower case.

    A server with pages of its own accepts the `Origin` of those pages; the others accept none.
    """
    host = headers.get("host", "")
    if not is_loopback(name_of(host)):
        return f"this server answers to 127.0.0.1 and localhost, not to Host {host or '(none)'}"
    origin = headers.get("origin")
    if origin is not None and not (serves_pages and origin.lower() == f"http://{host.lower()}"):
        return f"a page of {origin} sent this request; requests of other sites' pages are refused"
    site = headers.get("sec-fetch-site", "none")
    if site not in OWN_SITES:
        return f"a page of another site sent this request (Sec-Fetch-Site {site}); copy the link into the address bar"
    return None
