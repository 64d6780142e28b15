"""What stands between Pawl and its remotes when they are not to be relied on: a request or a mail gets lost before or behind
its effect, waits, is done twice, or is answered with something else. The remotes behind it stay honest, and their own files
say what they did."""

import collections
import hashlib
import json
import random
import socket
import threading
import time

from market import free_port
from relay import Relay

LONG = 24 << 20  # bytes of an answer that nobody reads to its end


class Lies:
    """What becomes of the next ones that come, in order; then all is well."""

    def __init__(self, remote, journal):
        self.remote, self.journal = remote, journal
        self.waiting, self.told = collections.deque(), collections.Counter()
        self.lock = threading.Lock()
        self.down = threading.Event()

    def plan(self, lie, times):
        with self.lock:
            self.waiting.extend([lie] * times)

    def next(self, **request):
        with self.lock:
            lie = self.waiting.popleft() if self.waiting else "honest"
            self.told[lie] += 1
        self.journal.note(remote=self.remote, lie=lie, **request)
        return lie

    def honest(self):
        with self.lock:
            self.waiting.clear()
        self.down.clear()


class HTTPLiar(Relay):
    def __init__(self, remote, inner, journal, seed):
        self.lies = Lies(remote, journal)
        self.earlier = {}
        self.random = random.Random(seed)
        super().__init__(inner)

    def take(self, handler, body):
        if self.lies.down.is_set():
            return self.cut(handler)
        lie = self.lies.next(
            method=handler.command, path=handler.path, key=handler.headers.get("Idempotency-Key"),
            body=hashlib.sha256(body).hexdigest()[:16])
        getattr(self, f"tell_{lie}")(handler, lambda: self.done(handler, body))

    def done(self, handler, body):
        """The effect, and the honest answer to it, which is remembered for others."""
        answer = self.forward(handler, handler.path, body)
        if answer[0] < 300:
            self.earlier[self.kind(handler)] = answer
        return answer

    @staticmethod
    def kind(handler):
        return handler.command, handler.path.split("?")[0]

    def tell_honest(self, handler, done):
        self.reply(handler, *done())

    def tell_late(self, handler, done):
        time.sleep(self.random.uniform(0.3, 4))
        self.reply(handler, *done())

    def tell_lateAnswer(self, handler, done):
        answer = done()
        time.sleep(self.random.uniform(0.3, 4))
        self.reply(handler, *answer)

    def tell_lost(self, handler, done):
        self.cut(handler)

    def tell_lostAnswer(self, handler, done):
        done()
        self.cut(handler)

    def tell_cutAnswer(self, handler, done):
        """The connection ends in the middle of the body."""
        status, headers, text = done()
        self.reply(handler, status, headers, text[:len(text) // 2], length=len(text))
        self.cut(handler)

    def tell_shortAnswer(self, handler, done):
        """Half of it, as if it were the whole."""
        status, headers, text = done()
        self.reply(handler, status, headers, text[:len(text) // 2])

    def tell_twice(self, handler, done):
        done()
        self.reply(handler, *done())

    def tell_anothers(self, handler, done):
        """What somebody else was answered before; the effect is the right one."""
        another = self.earlier.get(self.kind(handler))
        answer = done()
        self.reply(handler, *(another or answer))

    def tell_page(self, handler, done):
        status, _, _ = done()
        self.reply(handler, status, {"Content-Type": "text/html"}, b"<html><body>Welcome!</body></html>")

    def tell_charset(self, handler, done):
        """It says that it is in a charset that it is not in."""
        status, _, text = done()
        self.reply(handler, status, {"Content-Type": "application/json; charset=utf-16"}, text)

    def tell_endless(self, handler, done):
        status, headers, text = done()
        self.reply(handler, status, headers, b'{"padding": "' + b"x" * LONG + b'"}')

    def tell_nothing(self, handler, done):
        done()
        self.reply(handler, 204, {}, b"")

    def tell_error(self, handler, done):
        self.reply(handler, 500, {"Content-Type": "application/json"}, b'{"error": "before"}')

    def tell_errorAfter(self, handler, done):
        done()
        self.reply(handler, 500, {"Content-Type": "text/plain"}, b"behind")

    def tell_gateway(self, handler, done):
        done()
        self.reply(handler, 502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>")

    def tell_busy(self, handler, done):
        self.reply(handler, 429, {"Retry-After": str(self.random.randint(1, 3))}, b"")

    def tell_closed(self, handler, done):
        later = time.time() + self.random.randint(1, 3)
        moment = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(later))
        self.reply(handler, 503, {"Retry-After": moment, "Content-Type": "text/plain"}, b"closed")


class MailLiar:
    """The same for mails: a relay of SMTP's lines."""

    def __init__(self, inner, journal, seed):
        self.lies = Lies("smtp", journal)
        self.inner, self.port = inner, free_port()
        self.random = random.Random(seed)
        self.socket = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.session, args=(connection,), daemon=True).start()

    def session(self, client):
        try:
            with client:
                if self.lies.down.is_set():
                    return
                with socket.create_connection(("127.0.0.1", self.inner), timeout=20) as server:
                    self.relay(client, client.makefile("rb"), server, server.makefile("rb"))
        except OSError:
            pass

    def relay(self, client, asked, server, answers):
        client.sendall(self.answer(answers))
        while line := asked.readline():
            server.sendall(line)
            reply = self.answer(answers)
            client.sendall(reply)
            if line.upper().startswith(b"DATA") and reply.startswith(b"354"):
                if not self.mail(client, asked, server, answers):
                    return

    @staticmethod
    def answer(answers):
        """One reply, which may be of several lines."""
        reply = b""
        while line := answers.readline():
            reply += line
            if line[3:4] != b"-":
                return reply
        raise OSError("the mail server is gone")

    def mail(self, client, asked, server, answers):
        """False: the connection ends with it."""
        text = b""
        while not text.endswith(b"\r\n.\r\n"):
            line = asked.readline()
            if not line:
                return False
            text += line
        lie = self.lies.next(body=hashlib.sha256(text).hexdigest()[:16])
        if lie == "late":
            time.sleep(self.random.uniform(0.3, 4))
        if lie == "lost":
            return False
        if lie in ("busy", "error"):
            # It is not handed on: the mail server forgets it with the connection.
            client.sendall(b"451 4.3.0 come again later\r\n" if lie == "busy" else b"554 5.3.0 not today\r\n")
            return False
        server.sendall(text)
        reply = self.answer(answers)
        if lie == "lostAnswer":
            return False
        if lie == "errorAfter":
            reply = b"451 4.3.0 it may be done\r\n"
        if lie == "nonsense":
            reply = b"hello there\r\n"
        client.sendall(reply)
        return True


HTTP_LIES = sorted(name.removeprefix("tell_") for name in vars(HTTPLiar) if name.startswith("tell_"))
HTTP_LIES.remove("honest")
MAIL_LIES = ["busy", "error", "errorAfter", "late", "lost", "lostAnswer", "nonsense"]
