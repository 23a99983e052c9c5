"""The load balancer's front as users come to it, by the name that they open: a door of the test's own to it."""

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager


@contextmanager
def door(host: str, front: int) -> Iterator[str]:
    """Its address; whoever asks there has asked port `front` for `host`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with closing(http.client.HTTPConnection("127.0.0.1", front, timeout=60)) as connection:
                connection.request(self.command, self.path, body, {**dict(self.headers), "Host": host})
                answer = connection.getresponse()
                said = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(said)))
            if location := answer.getheader("Location"):
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
