"""The web server itself refuses what another site's page makes a browser send, however it is spelled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster_webserver.webserver import DagsterWebserver
from starlette.applications import Starlette

from asset_manager.webserver import GuardedWebserver

MUTATION = "mutation{setConcurrencyLimit(concurrencyKey:%22a%22,limit:1)}"
QUERY = {"query": "{ version }"}
HOST = "dg.leverslabs.com"
OTHER = {"Origin": "https://other-site.example"}
OWN = {"Origin": f"https://{HOST}"}

Messages = list[dict[str, Any]]


@dataclass
class Client:
    """Asks the application as uvicorn does: with the path decoded, and the query string as it came."""

    app: Starlette

    def messages(self, kind: str, target: str, headers: dict[str, str], incoming: Messages, **more: Any) -> Messages:
        path, _, query = target.partition("?")
        scope = {
            "type": kind,
            "path": unquote(path),
            "query_string": query.encode(),
            **more,
            "headers": [(name.lower().encode(), value.encode()) for name, value in {"Host": HOST, **headers}.items()],
        }
        sent: Messages = []

        async def receive() -> dict[str, Any]:
            return incoming.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        return sent

    def ask(self, method: str, target: str, headers: dict[str, str], body: object = None) -> tuple[int, str]:
        """Status and body of the answer."""
        sent = b"" if body is None else json.dumps(body).encode()
        incoming: Messages = [{"type": "http.request", "body": sent}, {"type": "http.disconnect"}]
        start, *rest = self.messages("http", target, headers, incoming, method=method, root_path="")
        return int(start["status"]), b"".join(message.get("body", b"") for message in rest).decode()

    def websocket(self, headers: dict[str, str]) -> list[str]:
        """The types of what a websocket that begins GraphQL's protocol is sent."""
        begin = {"type": "websocket.receive", "text": json.dumps({"type": "connection_init"})}
        incoming: Messages = [{"type": "websocket.connect"}, begin, {"type": "websocket.disconnect", "code": 1000}]
        sent = self.messages("websocket", "/graphql", headers, incoming, subprotocols=["graphql-ws"])
        return [str(message["type"]) for message in sent]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkspaceProcessContext]:
    folder = str(tmp_path_factory.mktemp("dagster"))
    with (
        DagsterInstance.local_temp(folder) as instance,
        WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as made,
    ):
        yield made


@pytest.fixture(autouse=True)
def deployed_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_HOST", f"https://{HOST}")


@pytest.fixture(scope="module")
def client(context: WorkspaceProcessContext) -> Client:
    return Client(GuardedWebserver(context).create_asgi_app())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("target", ["/graphql?query=", "/%67raphql?%71uery="])
def test_dagster_by_itself_executes_a_link(context: WorkspaceProcessContext, method: str, target: str) -> None:
    alone = Client(DagsterWebserver(context).create_asgi_app())
    status, said = alone.ask(method, target + MUTATION, OTHER)
    assert (status, "setConcurrencyLimit" in said) == (200, True)


@pytest.mark.parametrize("headers", [{}, OWN, OTHER])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "target", ["/graphql?query=", "/%67raphql?%71uery=", "/graphql?a=1&query=", "/pre/graphql?query="]
)
def test_a_query_in_a_link_is_refused(client: Client, method: str, target: str, headers: dict[str, str]) -> None:
    assert client.ask(method, target + MUTATION, headers)[0] == 403


@pytest.mark.parametrize(
    "headers",
    [OTHER, {"Origin": "null"}, {"Origin": f"https://{HOST}:444"}, {"Sec-Fetch-Site": "same-site"}],
)
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/graphql", "application/json"),
        ("/graphql", "text/plain;application/json"),
        ("/report_asset_materialization/a", "application/json"),
        ("/report_asset_check/a", "application/json"),
        ("/report_asset_observation/a", "application/json"),
    ],
)
def test_another_sites_post_is_refused(client: Client, path: str, kind: str, headers: dict[str, str]) -> None:
    status, said = client.ask("POST", path, {**headers, "Content-Type": kind}, QUERY)
    assert (status, "another site" in said) == (403, True)


@pytest.mark.parametrize("headers", [{}, OWN, {**OWN, "Sec-Fetch-Site": "same-origin"}])
def test_the_uis_own_post_and_a_commands_are_served(client: Client, headers: dict[str, str]) -> None:
    status, said = client.ask("POST", "/graphql?op=Version", {**headers, "Content-Type": "application/json"}, QUERY)
    assert (status, list(json.loads(said)["data"])) == (200, ["version"])


@pytest.mark.parametrize("headers", [{}, OTHER, {"Sec-Fetch-Site": "cross-site"}])
def test_a_link_to_a_page_is_served(client: Client, headers: dict[str, str]) -> None:
    assert client.ask("GET", "/runs?q=query", headers)[0] == 200


@pytest.mark.parametrize("headers", [{}, OWN])
def test_a_websocket_of_the_ui_is_served(client: Client, headers: dict[str, str]) -> None:
    assert client.websocket(headers) == ["websocket.accept", "websocket.send"]


@pytest.mark.parametrize("headers", [OTHER, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_websocket_is_refused(client: Client, headers: dict[str, str]) -> None:
    assert client.websocket(headers) == ["websocket.close"]


@pytest.mark.parametrize(
    "host",
    [
        HOST,
        f"{HOST.upper()}:443",
        "new.leverslabs.com",
        "10.0.10.7:3000",
        "[::1]:3000",
        "localhost",
        "pr-7.localhost:3000",
    ],
)
def test_it_answers_to_addresses_names_of_this_machine_and_its_own_domain(client: Client, host: str) -> None:
    assert client.ask("GET", "/server_info", {"Host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example:3000", "leverslabs.com.evil.example", "evilleverslabs.com", "localhost.evil.example", "", "[::"],
)
def test_it_answers_to_no_name_that_another_site_can_point_at_it(client: Client, host: str) -> None:
    assert client.ask("GET", "/server_info", {"Host": host})[0] == 403
    assert client.websocket({"Host": host, "Origin": f"http://{host}"}) == ["websocket.close"]


def test_without_a_deployed_host_it_answers_on_this_machine_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVER_HOST")
    assert client.ask("GET", "/server_info", {"Host": "127.0.0.1:3000"})[0] == 200
    assert client.ask("GET", "/server_info", {"Host": HOST})[0] == 403
