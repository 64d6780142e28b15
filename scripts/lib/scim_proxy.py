"""A SCIM server that nobody here wrote (scim2-server), behind something that loses, delays and refuses on demand."""

import collections
import http.client
import json
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

from market import free_port
from relay import Relay

TOKEN = "demo-token"
FILTER = re.compile(r'externalId eq ("(?:[^"\\]|\\.)*")')


class Provider(Relay):
    """`faults[(operation, externalId)]` is a list of what becomes of the next requests; then they go through."""

    def __init__(self, folder):
        self.inner = free_port()
        self.faults = collections.defaultdict(list)
        self.seen = collections.Counter()
        self.times = collections.defaultdict(list)
        self.lock = threading.Lock()
        self.down = threading.Event()
        with open(Path(folder) / "scim.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("scim2-server")), "--port", str(self.inner),
                 "--bearer-token", TOKEN], stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.accounts()
                break
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit("scim2-server does not start") from None
                time.sleep(0.1)
        super().__init__(self.inner)

    def stop(self):
        self.server.shutdown()
        self.process.terminate()
        self.process.wait(timeout=10)

    # As the server itself has it.

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.inner, timeout=20)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/scim+json"
        connection.request(method, "/v2" + path, body, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, text

    def accounts(self):
        status, text = self.ask("GET", "/Users?count=1000")
        if status != 200:
            raise SystemExit(f"scim2-server answers {status} {text[:300]!r}")
        return json.loads(text).get("Resources", [])

    def of(self, external):
        return [account for account in self.accounts() if account.get("externalId") == external]

    def make(self, external, name):
        status, text = self.ask("POST", "/Users", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name,
            **({"externalId": external} if external else {})})
        if status != 201:
            raise SystemExit(f"scim2-server answers {status} {text[:300]!r}")
        return json.loads(text)["id"]

    # What comes between.

    def operation(self, method, path, body):
        if method == "POST":
            return "create", json.loads(body).get("externalId")
        if method == "GET" and "?" in path:
            filter = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("filter", [""])[0]
            wanted = FILTER.search(filter)
            return "ask" if " or " in filter else "find", json.loads(wanted.group(1)) if wanted else None
        status, text = self.ask("GET", "/Users/" + path.rsplit("/", 1)[-1])
        external = json.loads(text).get("externalId") if status == 200 else None
        return {"GET": "look", "PATCH": "activate", "DELETE": "remove"}[method], external

    def take(self, handler, body):
        if self.down.is_set():
            return self.cut(handler)
        path = handler.path.removeprefix("/v2")
        operation = self.operation(handler.command, path, body)
        with self.lock:
            self.seen[operation] += 1
            self.times[operation].append(time.monotonic())
            waiting = self.faults[operation]
            fault = waiting.pop(0) if waiting else through
        fault(self, handler, lambda: self.forward(handler, "/v2" + path, body))


# What can become of a request.

def through(provider, handler, forward):
    provider.reply(handler, *forward())


def lost_applied(provider, handler, forward):
    forward()
    provider.cut(handler)


def lost(provider, handler, forward):
    provider.cut(handler)


def hang(provider, handler, forward):
    """Longer than anybody waits."""
    time.sleep(40)
    provider.cut(handler)


def late(seconds):
    def fault(provider, handler, forward):
        provider.cut(handler)
        time.sleep(seconds)
        forward()
    return fault


def status(code, body=b"", **headers):
    def fault(provider, handler, forward):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        provider.reply(handler, code, {"Content-Type": "application/scim+json", **named}, body)
    return fault


def nonsense(provider, handler, forward):
    """It is done, and the answer is of no use."""
    forward()
    provider.reply(handler, 201, {"Content-Type": "application/scim+json"}, b'{"welcome": true}')
