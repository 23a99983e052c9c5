"""What another site's page makes a signed-in browser send changes nothing in Dagster: in Chromium, signed in.

Two sites try: a stranger's, and one of the company's own domain, to which SameSite means nothing. Dagster's own web
server, alone, does what the same page asks of it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.dagster_api.transport import NoAnswerError
from ops.dagster_api.web import Web
from tests.support.browser import open_page
from tests.support.deployed import CANARIES, Deployed
from tests.support.identity_provider import Application, identity_provider
from tests.support.other_site import KINDS, SITE, attempted, other_site
from tests.support.ports import free_port
from tests.support.signing_in import refusing_rules
from tests.support.tls import Seen, tls

IDENTITY_PROVIDER = "example.us.auth0.com"
STRANGER, NEIGHBOUR = "other-site.example", "wiki.leverslabs.com"
# A page that is opened, framed or prefetched asks for text/html, to which Dagster answers with an editor; a websocket
# only reads, and the event is no limit.
DONE_BY_DAGSTER = set(KINDS) - {
    *("link", "encoded-link", "prefetch", "frame", "embed", "object", "websocket", "event"),
}
CHANGED = """{ instance { concurrencyLimits { concurrencyKey } }
    assetsOrError { ... on AssetConnection { nodes { key { path } } } } }"""


def until(look: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def changed(web: Web) -> tuple[set[str], bool]:
    """Which attempts left their concurrency limit, and whether the event was recorded."""
    found: Any = web.query(CHANGED)
    limits = {limit["concurrencyKey"] for limit in found["instance"]["concurrencyLimits"]}
    assets = [node["key"]["path"] for node in found["assetsOrError"]["nodes"]]
    return limits & set(KINDS), ["event"] in assets


def is_of_the_ui(seen: Seen, method: str, status: int) -> bool:
    request = seen.request
    return (request.host, request.path, request.method, seen.status) == (SITE, "/graphql", method, status)


def attempts(page_of: str, dagster: int, provider: int, home: Path, *, signs_in: bool) -> dict[str, Seen]:
    """Open the page in a browser; every attempt with its answer, once all have one."""
    seen: list[Seen] = []
    with ExitStack() as stack:
        site = stack.enter_context(other_site())
        ports = {SITE: dagster, page_of: site.port, IDENTITY_PROVIDER: provider}
        port = stack.enter_context(tls(ports, home / "tls.pem", seen))
        stack.enter_context(open_page(f"https://{page_of}/", port, home))
        # The UI, which the page has opened, has asked and has subscribed.
        until(lambda: any(is_of_the_ui(each, "POST", 200) for each in seen))
        until(lambda: any(is_of_the_ui(each, "GET", 101) for each in seen))
        assert any(each.request.path == "/oauth2/idpresponse" for each in seen) is signs_in
        site.signed_in.set()
        until(lambda: {attempted(each) for each in seen} >= set(KINDS))
    return {name: each for each in seen if (name := attempted(each))}


@contextmanager
def dagster_alone(home: Path) -> Iterator[int]:
    """Dagster's own web server, without definitions; its port."""
    port = free_port()
    home.mkdir()
    command = [str(Path(sys.executable).with_name("dagster-webserver")), "--empty-workspace", "--port", str(port)]
    environ = {"DAGSTER_HOME": str(home), "HOME": str(home), "PATH": os.defpath, "DAGSTER_DISABLE_TELEMETRY": "1"}
    with (home / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environ, stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


def answers(web: Web) -> bool:
    try:
        return bool(web.query("{ version }"))
    except NoAnswerError:
        return False


@pytest.fixture
def provider(deployed: Deployed) -> Iterator[int]:
    application = Application(
        client_id="example-auth0-client-id",
        client_secret=CANARIES["AUTH0_CLIENT_SECRET"],
        callback=f"https://{SITE}/oauth2/idpresponse",
    )
    with identity_provider(application, deployed.tree.identity_provider_port) as port:
        yield port


@pytest.fixture
def web(deployed: Deployed) -> Iterator[Web]:
    """The deployed Dagster, which afterwards is as it was, whatever got through."""
    asked = Web.at(f"http://127.0.0.1:{deployed.tree.web_port}")
    yield asked
    for name in changed(asked)[0]:
        asked.query(f'mutation {{ deleteConcurrencyLimit(concurrencyKey: "{name}") }}')


def test_dagster_by_itself_does_what_the_page_has_a_browser_send(tmp_path: Path) -> None:
    with dagster_alone(tmp_path / "dagster") as port:
        web = Web.at(f"http://127.0.0.1:{port}")
        until(lambda: answers(web))
        tried = attempts(STRANGER, port, port, tmp_path, signs_in=False)
        assert {name: each.status for name, each in tried.items() if each.status != 200} == {"websocket": 101}
        assert changed(web) == (DONE_BY_DAGSTER, True)


@pytest.mark.parametrize("page_of", [STRANGER, NEIGHBOUR])
def test_nothing_that_another_sites_page_sends_changes_anything(
    deployed: Deployed, provider: int, web: Web, tmp_path: Path, page_of: str
) -> None:
    tried = attempts(page_of, deployed.tree.web_port, provider, tmp_path, signs_in=True)
    assert {name: each.status for name, each in tried.items()} == dict.fromkeys(KINDS, 403)
    assert {name for name, each in tried.items() if not each.is_signed_in} == set()  # SameSite keeps none back
    assert changed(web) == (set(), False)


def test_the_web_server_refuses_by_itself_what_the_listener_would_let_by(
    deployed: Deployed, provider: int, web: Web, tmp_path: Path, restore: ExitStack
) -> None:
    modify: Any = deployed.elbv2.modify_rule
    elsewhere = {"Field": "host-header", "HostHeaderConfig": {"Values": ["elsewhere.example"]}}
    for rule in refusing_rules(deployed):
        conditions = [{name: one[name] for name in one if name != "Values"} for one in rule["Conditions"]]
        restore.callback(modify, RuleArn=rule["RuleArn"], Conditions=conditions)
        modify(RuleArn=rule["RuleArn"], Conditions=[elsewhere])
    tried = attempts(NEIGHBOUR, deployed.tree.web_port, provider, tmp_path, signs_in=True)
    assert {name: each.status for name, each in tried.items()} == dict.fromkeys(KINDS, 403)
    assert changed(web) == (set(), False)
