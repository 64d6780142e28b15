"""A server of HTTP between somebody and a remote that answers honestly: anything can become of a request, before or behind
its effect."""

import http.client
import http.server
import socket
import threading

from market import free_port

HOPS = ("host", "content-length", "connection", "transfer-encoding", "expect", "accept-encoding")


class Relay:
    """Listens on `port`; `take` says what becomes of a request, in a thread of its own."""

    def __init__(self, inner):
        self.inner, self.port = inner, free_port()
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                relay.take(self, self.rfile.read(length))

            do_GET = do_PATCH = do_PUT = do_DELETE = do_POST

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, handler, body):
        raise NotImplementedError

    def forward(self, handler, path, body):
        """-> status, headers, body of the remote's own answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.inner, timeout=20)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOPS}
        connection.request(handler.command, path, body or None, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, dict(response.getheaders()), text

    def reply(self, handler, status, headers, text, length=None):
        """`length`: what is said of it, where that is not so."""
        handler.send_response(status)
        for name, value in headers.items():
            if name.lower() in ("content-type", "retry-after", "location"):
                handler.send_header(name, value)
        if status != 204:
            handler.send_header("Content-Length", str(len(text) if length is None else length))
        handler.end_headers()
        handler.wfile.write(text)

    def cut(self, handler):
        handler.close_connection = True
        try:
            handler.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
