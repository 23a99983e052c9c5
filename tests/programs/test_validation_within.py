"""What a task asks the web server from within, over a socket."""

import http.server
import threading

from ops.dagster_api import one_off_script


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
        assert one_off_script.answer(f"{url}/server_info", None) == {"status": 200, "body": "said"}
        assert one_off_script.answer(f"{url}/graphql", "{}") == {"status": 400, "body": "said"}
        server.shutdown()
        thread.join()
    assert asked == ["GET /server_info", "POST /graphql {}"]


def test_a_web_task_that_does_not_answer_is_an_error() -> None:
    assert "Connection refused" in str(one_off_script.answer("http://127.0.0.1:1/graphql", "{}")["error"])
