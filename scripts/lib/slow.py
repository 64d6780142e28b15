"""Two thousand slow sockets against the shipped binary over TLS: heads that come byte by byte, bodies that do, handshakes that
stand still, connections that say nothing. Whichever the server cuts off is opened again. Meanwhile honest clients look and
start over connections of their own, from another process. Prints how long they waited; fails when the median of the rounds'
p99 is above the bar, or when the server cut nobody off."""

import argparse
import collections
import http.client
import json
import resource
import selectors
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from market import PAWL, free_port

WORKFLOW = """workflow: note
version: 1
description: Something that was noted.
input: {type: object, properties: {text: {type: string}}}
initial: kept
states:
  kept: {type: final}
"""
BAR = 500  # milliseconds
KINDS = ["head", "body", "handshake", "idle"]
HEAD = b"GET /v1/workflows HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = (b"PUT /v1/workflows/note/instances/slow HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 60000\r\n\r\n")


def certificate(folder):
    """Of an authority that is gone afterwards."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-addext", "extendedKeyUsage=serverAuth",
         "-keyout", str(folder / "server.key"), "-out", str(folder / "server.pem")],
        check=True, capture_output=True)
    (folder / "server.key").chmod(0o600)


class Server:
    def __init__(self, folder, limits):
        self.folder, self.port = folder, free_port()
        certificate(folder)
        (folder / "workflows" / "note").mkdir(parents=True)
        (folder / "workflows" / "note" / "workflow.yaml").write_text(WORKFLOW)
        (folder / "adapters").mkdir()
        (folder / "pawl.yaml").write_text(json.dumps({"server": {
            "tls": {"certificate": str(folder / "server.pem"), "key": str(folder / "server.key")}, "limits": limits}}))
        self.log = open(folder / "server.log", "w")
        self.process = subprocess.Popen(
            [PAWL, "serve", "--port", str(self.port), "--data", folder / "data", "--workflows", folder / "workflows",
             "--adapters", folder / "adapters", "--config", folder / "pawl.yaml", "--log-level", "warning",
             "--ready-file", folder / "ready"], stdout=self.log, stderr=self.log)
        for _ in range(300):
            if (folder / "ready").exists():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit("the server did not begin:\n" + (folder / "server.log").read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


class Slow:
    """All the slow sockets, in one thread. None of them ever comes to an end by itself."""

    def __init__(self, port, count, context):
        self.port, self.count, self.context = port, count, context
        self.cut, self.told = collections.Counter(), collections.Counter()
        self.open = 0
        self.selector = selectors.DefaultSelector()
        self.waiting = collections.deque(KINDS[number % len(KINDS)] for number in range(count))
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def begin(self, kind):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        if kind == "handshake":
            plain.setblocking(False)
            return plain
        secure = self.context.wrap_socket(plain, server_hostname="localhost")
        if kind != "idle":
            secure.sendall(HEAD if kind == "head" else BODY)
        secure.setblocking(False)
        return secure

    def run(self):
        sockets = {}
        due = collections.deque()  # (when, socket)
        while not self.ends.is_set():
            now = time.monotonic()
            # A few at a time: who attacks has a processor of their own, and ours is the server's as well.
            for _ in range(min(20, len(self.waiting))):
                kind = self.waiting.popleft()
                try:
                    made = self.begin(kind)
                except OSError:
                    self.waiting.append(kind)
                    break
                sockets[made] = kind
                self.selector.register(made, selectors.EVENT_READ)
                due.append((now + 1, made))
            self.open = len(sockets)
            for key, _ in self.selector.select(timeout=0.01):
                self.hear(key.fileobj, sockets)
            while due and due[0][0] <= now:
                _, made = due.popleft()
                kind = sockets.get(made)
                if kind is None:
                    continue
                if kind in ("head", "body") or (kind == "handshake" and now % 4 < 1):
                    self.say(made, kind, sockets)
                if made in sockets:
                    due.append((now + 1, made))
        for made in sockets:
            made.close()

    def say(self, made, kind, sockets):
        try:
            made.send(b"\x16" if kind == "handshake" else b"x")
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.end(made, sockets)

    def hear(self, made, sockets):
        try:
            text = made.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            text = b""
        if text.startswith(b"HTTP/1.1 "):
            self.told[f"{sockets[made]} {text[9:12].decode()}"] += 1
        elif not text:
            self.end(made, sockets)

    def end(self, made, sockets):
        kind = sockets.pop(made)
        self.selector.unregister(made)
        made.close()
        self.cut[kind] += 1
        self.waiting.append(kind)


def honest(port, authority, seconds, name):
    """Four clients; prints what each request took, in milliseconds."""
    context = ssl.create_default_context(cafile=authority)
    waits, faults, lock = [], [], threading.Lock()

    def act(number):
        try:
            ask(number)
        except Exception as fault:
            faults.append(fault)

    def ask(number):
        connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
        own, end, turn = [], time.monotonic() + seconds, 0
        while time.monotonic() < end:
            begin = time.monotonic()
            if turn % 2:
                connection.request("GET", f"/v1/workflows/note/instances/{name}-{number}-{turn - 1}")
                expected = 200
            else:
                connection.request(
                    "PUT", f"/v1/workflows/note/instances/{name}-{number}-{turn}", '{"text": "honest"}',
                    {"Content-Type": "application/json"})
                expected = 201
            answer = connection.getresponse()
            answer.read()
            own.append((time.monotonic() - begin) * 1e3)
            if answer.status != expected:
                raise ValueError(f"an honest client was answered {answer.status}")
            if turn % 50 == 49:
                # Some are new: they need a handshake.
                connection.close()
            turn += 1
            time.sleep(0.02)
        with lock:
            waits.extend(own)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"an honest client failed: {faults[0]!r}")
    print(json.dumps(waits))


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def measure(server, seconds, name):
    run = subprocess.run(
        [sys.executable, __file__, "--honest", str(server.port), "--authority", str(server.folder / "server.pem"),
         "--seconds", str(seconds), "--name", name], capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"honest clients failed: {run.stdout}{run.stderr}")
    waits = json.loads(run.stdout)
    return len(waits), percentile(waits, 0.5), percentile(waits, 0.99), max(waits)


def memory(server):
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=12, help="of each round")
    parser.add_argument("--honest", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--authority", help=argparse.SUPPRESS)
    parser.add_argument("--name", default="n", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.honest:
        return honest(options.honest, options.authority, options.seconds, options.name)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    with tempfile.TemporaryDirectory(prefix="pawl-slow-") as name:
        server = Server(Path(name), {"idle": "13s"})
        try:
            count, p50, p99, most = measure(server, 4, "calm")
            print(f"calm     {count:5} requests  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  max {most:6.1f} ms  "
                  f"{memory(server)} MB")
            context = ssl.create_default_context(cafile=str(server.folder / "server.pem"))
            slow = Slow(server.port, options.sockets, context)
            slow.thread.start()
            for _ in range(300):
                if slow.open >= options.sockets * 0.9:
                    break
                time.sleep(0.1)
            p99s = []
            for number in range(options.rounds):
                count, p50, p99, most = measure(server, options.seconds, f"slow-{number}")
                p99s.append(p99)
                print(f"round {number + 1}  {count:5} requests  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  max {most:6.1f} ms  "
                      f"{memory(server)} MB  {slow.open} slow sockets open")
            slow.ends.set()
            slow.thread.join()
        finally:
            server.stop()
    median = statistics.median(p99s)
    print("cut off: " + ", ".join(f"{kind} {slow.cut[kind]}" for kind in KINDS)
          + "; told: " + (", ".join(f"{what} {count}" for what, count in sorted(slow.told.items())) or "nothing"))
    print(f"slow: p99 of honest clients, median of {options.rounds} rounds: {median:.1f} ms (the bar: {BAR} ms)")
    missing = [kind for kind in KINDS if not slow.cut[kind]]
    if missing:
        raise SystemExit(f"nobody was cut off of: {', '.join(missing)}")
    if median > BAR:
        raise SystemExit("honest clients waited too long")


if __name__ == "__main__":
    main()
