"""What a task asks the web server from within, over a socket."""

import http.server
import threading

import pytest

from ops.dagster_api import within_probe
from ops.dagster_api.web import NoAnswerError
from ops.dagster_api.within import parse


def test_it_sends_a_get_and_with_a_body_a_post() -> None:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked.append(f"{self.command} {self.path} {body}".strip())
            self.send_response(200 if self.command == "GET" else 400)
            self.end_headers()
            self.wfile.write(b"said")

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert within_probe.ask(f"{url}/server_info", None) == {"status": 200, "body": "said"}
        assert within_probe.ask(f"{url}/graphql", b"{}") == {"status": 400, "body": "said"}
        server.shutdown()
        thread.join()
    assert asked == ["GET /server_info", "POST /graphql {}"]


def test_a_web_task_that_does_not_answer_is_reported_with_its_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://127.0.0.1:1/graphql"
    monkeypatch.setattr("sys.argv", ["-c", url, "{}"])
    within_probe.main()
    printed = capsys.readouterr().out.splitlines()
    with pytest.raises(NoAnswerError, match=rf"^{url} does not answer from within: .*Connection refused"):
        parse(url, printed)
