"""The marketplace's people, for the demo and the crash test: clients, workers and clerks who use the API as
anybody would, and keep a log of what was acknowledged to them."""

import datetime
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAWL = Path(os.environ.get("PAWL_BINARY", ROOT / ".build" / "release" / "pawl"))
UTC = datetime.timezone.utc

os.umask(0o077)  # what a run leaves behind is the user's alone


def free_port():
    """One that stays free over a server's deaths: below those that the system hands out to whoever runs beside this."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def rfc3339(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text):
    whole = re.sub(r"\.(\d{1,6})\d*Z$", r".\1Z", text)
    layout = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in whole else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.datetime.strptime(whole, layout).replace(tzinfo=UTC)


class Unavailable(Exception):
    """No answer, or a 5xx, then with what it said: it may or may not have happened."""

    def __init__(self, reason, status=None, headers=None, body=b""):
        super().__init__(reason)
        self.status, self.headers, self.body = status, headers, body


class Endpoint:
    """One HTTP address; a connection a thread."""

    def __init__(self, port, base=""):
        self.port = port
        self.base = base
        self.local = threading.local()

    def call(self, method, path, body=None, actor=None, timeout=20, headers=None):
        headers = {"Content-Type": "application/json", **(headers or {})}
        if actor:
            headers["Pawl-Actor"] = actor
        payload = None if body is None else json.dumps(body)
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
            self.local.connection = connection
        try:
            connection.request(method, self.base + path, payload, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.local.connection = None
            raise Unavailable(str(error)) from error
        if response.status >= 500 or response.status == 429:
            raise Unavailable(f"{response.status} {text[:200]!r}", response.status, response.headers, text)
        try:
            return response.status, json.loads(text) if text else None
        except ValueError:
            return response.status, text.decode("utf-8", "replace")


class System:
    """A sandbox and a server, each a process of its own, on free ports and one scaled clock."""

    def __init__(self, folder, scale, config=None, binary=PAWL, project=ROOT, public=None):
        self.binary = binary
        self.project = project
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.scale = scale
        self.config = config
        self.public = public
        self.port, self.http, self.smtp = free_port(), free_port(), free_port()
        self.api = Endpoint(self.port)
        self.outside = Endpoint(self.http)
        self.environment = dict(
            os.environ,
            BANK_URL=f"http://127.0.0.1:{self.http}/bank",
            BANK_TOKEN="demo-token",
            COOKIES_URL=f"http://127.0.0.1:{self.http}/cookies",
            IAM_URL=f"http://127.0.0.1:{self.http}/iam/v2",
            IAM_TOKEN="demo-token",
            SMTP_URL=f"smtp://127.0.0.1:{self.smtp}",
            SMTP_USER="pawl",
            SMTP_PASSWORD="demo-password",
            PAWL_URL=f"http://127.0.0.1:{self.port}",
        )
        self.sandbox = self.server = None

    def start(self):
        self.start_sandbox()
        self.start_server()

    def start_sandbox(self):
        self.sandbox = self._spawn(
            "sandbox", "--http-port", str(self.http), "--smtp-port", str(self.smtp),
            "--data", str(self.folder / "sandbox"), "--pawl-url", f"http://127.0.0.1:{self.port}",
            "--time-scale", str(self.scale), log="sandbox.log")
        self.await_answer(self.outside, "/livez", self.sandbox)

    def start_server(self):
        self.launch_server()
        self.await_answer(self.api, "/readyz", self.server)

    def launch_server(self, **environment):
        """Without waiting for an answer: it may be told to die before there is one."""
        arguments = [
            "serve", "--port", str(self.port), "--data", str(self.data),
            "--workflows", str(self.project / "workflows"),
            "--adapters", str(self.project / "adapters"),
            "--workers", str(ROOT / "samples" / "workers.csv"), "--time-scale", str(self.scale),
            "--log-level", "warning",
        ]
        if self.public:
            arguments += ["--public", str(self.public)]
        if self.config:
            arguments += ["--config", str(self.config)]
        self.server = self._spawn(*arguments, log="server.log", **environment)

    def kill_server(self):
        """kill -9: nothing is flushed, nobody is asked."""
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def stop(self):
        for process in (self.server, self.sandbox):
            if process and process.poll() is None:
                process.terminate()
        for process in (self.server, self.sandbox):
            if process:
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _spawn(self, *arguments, log, **environment):
        with open(self.folder / log, "ab") as output:
            return subprocess.Popen(
                [str(self.binary), *arguments], env=dict(self.environment, **environment),
                stdout=output, stderr=output)

    def await_answer(self, endpoint, path, process):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise SystemExit(f"a process ended with {process.returncode}; see {self.folder}/*.log")
            try:
                if endpoint.call("GET", path)[0] == 200:
                    return
            except Unavailable:
                pass
            time.sleep(0.05)
        raise SystemExit(f"no answer from port {endpoint.port}; see {self.folder}/*.log")

    def now(self):
        return parse_time(self.insist("GET", "/readyz")[1]["now"])

    def insist(self, method, path, body=None, actor=None, headers=None):
        """Asks until there is an answer: the same request, so that a repeat changes nothing."""
        while True:
            try:
                return self.api.call(method, path, body, actor, headers=headers)
            except Unavailable:
                time.sleep(0.1)

    def attach(self, content, name, kind, actor):
        """Puts a file until that is acknowledged; what refers to it."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request(
                    "PUT", "/v1/attachments", content, {"Content-Type": kind, "Pawl-Actor": actor})
                answer = connection.getresponse()
                body = json.loads(answer.read())
                if answer.status == 201:
                    return dict(body, name=name)
                if answer.status < 500 and answer.status != 429:
                    raise SystemExit(f"{name} was refused: {body}")
            except (OSError, http.client.HTTPException, ValueError):
                pass
            finally:
                connection.close()
            time.sleep(0.1)

    def content(self, digest, actor=None):
        """None: it is not there."""
        headers = {"Pawl-Actor": actor} if actor else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", f"/v1/attachments/{digest}", headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            return content if answer.status == 200 else None
        finally:
            connection.close()

    def fault(self, **fault):
        self.outside.call("POST", "/faults", fault)

    def instances(self, terms):
        """All instances of a filter."""
        found, cursor = [], None
        while True:
            query = {"filter": terms, "count": "200"}
            if cursor:
                query["cursor"] = cursor
            status, page = self.insist("GET", "/v1/instances?" + urllib.parse.urlencode(query))
            if status != 200:
                raise SystemExit(f"the list failed: {page}")
            found += page["instances"]
            cursor = page.get("cursor")
            if not cursor:
                return found

    def count(self, terms):
        query = urllib.parse.urlencode({"filter": terms, "count": "1", "total": "exact"})
        return self.insist("GET", "/v1/instances?" + query)[1]["total"]


class Log:
    """What was acknowledged, one JSON object a line, written before anything else happens."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1)
        self.lock = threading.Lock()
        self.entries = []

    def note(self, **entry):
        with self.lock:
            self.entries.append(entry)
            self.file.write(json.dumps(entry) + "\n")


class Order:
    """One client's order and the people around it, from a seed."""

    def __init__(self, number, system, log, randomness, clients):
        self.key = f"o-{number:04d}"
        self.client = randomness.choice(clients)
        self.system = system
        self.log = log
        self.random = randomness
        self.said = None  # the id of the last event
        self.plan = randomness.choices(
            ["visit", "cancel", "noShow", "noReport"], weights=[70, 12, 12, 6])[0]

    def path(self, workflow="order"):
        return f"/v1/workflows/{workflow}/instances/{urllib.parse.quote(self.key, safe='')}"

    def input(self):
        return {"orderId": self.key, "clientId": self.client, "service": "standard",
                "visitAt": rfc3339(self.visit)}

    def place(self, visit_in):
        self.visit = self.system.now() + visit_in
        status, answer = self.system.insist("PUT", self.path(), self.input(), "shop/web")
        if status not in (200, 201):
            raise SystemExit(f"order {self.key} was refused: {answer}")
        self.log.note(kind="start", key=self.key, client=self.client, plan=self.plan)

    def photo(self, of):
        """Small, and another one each time."""
        return b"\xff\xd8\xff\xe0" + f"{self.key} {of}".encode() * 40

    def send(self, event, actor, workflow="order", photo=None, identity=None, **members):
        """Returns the receipt's outcome; asks under the same id until there is one. A photo is put before that, and
        again should it have waited for longer than a day."""
        identity = identity or f"{event}-{self.key}-{self.random.randrange(1 << 32):08x}"
        while True:
            data = members if photo is None else {
                photo: self.system.attach(self.photo(photo), f"{photo}.jpg", "image/jpeg", actor)}
            body = {"event": event, "id": identity, "data": data}
            status, answer = self.system.insist("POST", self.path(workflow) + "/events", body, actor)
            if status != 422 or answer.get("code") != "unknown-attachment":
                break
        outcome, self.said = self._outcome(status, answer), identity
        self.log.note(kind="event", key=self.key, workflow=workflow, event=event, id=identity,
                      outcome=outcome)
        return outcome

    @staticmethod
    def _outcome(status, answer):
        if status == 200:
            receipts = answer.get("receipts") or [answer]
            receipt = receipts[0]
            # The first answer was lost with the process; the repeat says what it was.
            return receipt.get("code") if receipt["outcome"] == "duplicate" else receipt["outcome"]
        return "rejected"

    def until(self, moment):
        rest = (moment - self.system.now()).total_seconds() / self.system.scale
        if rest > 0:
            time.sleep(rest)

    # What is acknowledged to them in each story.
    STEPS = {
        "visit": ("start", "kit.collected", "kit.issued", "worker.checkedIn", "report.uploaded"),
        "cancel": ("start", "kit.collected", "order.cancel"),
        "noShow": ("start", "kit.collected", "kit.issued"),
        "noReport": ("start", "kit.collected", "kit.issued", "worker.checkedIn"),
    }

    def live(self, visit_in):
        """The whole story, in a thread of its own."""
        self.place(visit_in)
        self.go_on(visit_in)

    def go_on(self, visit_in):
        """What comes after it was placed."""
        hours = lambda n: datetime.timedelta(hours=n)
        start = self.visit - visit_in
        self.until(start + visit_in / 4)
        self.send("kit.collected", "clerk/k-1", workflow="inventory")
        if self.plan == "cancel":
            self.until(start + visit_in / 2)
            self.send("order.cancel", f"client/{self.client}")
            return
        self.until(start + visit_in * 2 / 3)
        if self.send("kit.issued", "clerk/k-1", workflow="inventory") == "rejected":
            self.until(self.visit - hours(0.5))
            self.send("kit.issued", "clerk/k-1", workflow="inventory")
        if self.plan == "noShow":
            return
        self.until(self.visit)
        worker = self.system.insist("GET", self.path())[1]["context"]["worker"]
        self.send("worker.checkedIn", f"worker/{worker}", photo="photo")
        if self.plan == "noReport":
            return
        self.until(self.visit + hours(1))
        self.send("report.uploaded", f"worker/{worker}", photo="report")


def run_all(stories, parallel=64):
    """Runs callables on threads; the first failure stops the program."""
    failures = []
    gate = threading.Semaphore(parallel)

    def guarded(story):
        try:
            story()
        except BaseException as error:  # noqa: BLE001: reported below
            failures.append(error)
        finally:
            gate.release()

    threads = []
    for story in stories:
        gate.acquire()
        thread = threading.Thread(target=guarded, args=(story,), daemon=True)
        thread.start()
        threads.append(thread)
    return threads, failures


def seeded(seed):
    return random.Random(seed)
