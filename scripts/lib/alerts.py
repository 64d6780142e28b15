"""Who is woken: five hundred instances of one cause, and a server that is killed at each point between an incident and the word of
it. A receiver of Standard Webhooks and CloudEvents, a mailbox and a reader of the stream of events say what arrived; each message must have come
within five seconds of the incident (or of the restart that its server needed), once by its id, with a signature that holds."""

import email
import email.policy
import http.client
import http.server
import json
import os
import re
import signal
import socketserver
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from market import ROOT, free_port
from standardwebhooks import Webhook

PAWL = os.environ.get("PAWL", str(ROOT / ".build" / "debug" / "pawl"))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROMISED = 5  # seconds
MANY, FEW = 500, 3
MAILBOXES = ["ana@ops.example", "bo@ops.example"]
# Where the server dies; a number: so many seconds after the first incident.
DEATHS = [None, "alert.found", "alert.kept", "alert.sent", "alert.sent:2", "alert.ended", "alert.ended:3", 0.3, 1.2]

WORKFLOW = """workflow: {name}
version: 1
context: {{zero: {{type: integer, default: 0}}, price: {{type: integer, default: 0}}}}
events: {{pay: {{}}}}
initial: open
states:
  open: {{on: {{pay: {{target: paid, actions: {{assign: {{price: '${{1 / context.zero}}'}}}}}}}}}}
  paid: {{type: final}}
"""
ADAPTER = """adapter: mail
transport: smtp
url: {env: SMTP_URL}
limits: {concurrency: 4, timeout: 10s}
idempotency: {keyRetention: 7d}
operations:
  send:
    kind: retriable
    input: {type: object, required: [to, subject, text], properties: {to: {type: string}, subject: {type: string}, text: {type: string}}}
    mail: {from: pawl@ops.example, to: '${input.to}', subject: '${input.subject}', text: '${input.text}'}
    outputSchema: {type: object}
    onUnknown: resend
"""
CONFIGURATION = """alerts:
  receivers:
    hook: {{webhook: 'http://127.0.0.1:{port}/hook?token=1', secret: {{env: ALERT_SECRET}}}}
    desk: {{mail: [{mailboxes}]}}
  keepFiring: 1s
"""


class Receiver:
    """Of webhooks. It answers, and says later what came."""

    def __init__(self):
        self.came = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append((time.monotonic(), self.path, dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def messages(self):
        """What came, read as its specifications say."""
        found = []
        for at, path, headers, body in list(self.came):
            if path != "/hook?token=1":
                raise SystemExit(f"alerts: a webhook came to {path}")
            Webhook(SECRET).verify(body, headers)
            event = from_structured(HTTPMessage(headers=headers, body=body), JSONFormat())
            found.append((at, {name.lower(): value for name, value in headers.items()}["webhook-id"], event))
        return found


class Mailbox:
    """A server of mails that keeps them."""

    def __init__(self):
        self.came = []
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def handle(self):
                self.say("220 sink")
                to = None
                while line := self.rfile.readline():
                    word = line[:4].upper()
                    if word == b"RCPT":
                        to = re.search(rb"<(.*?)>", line).group(1).decode()
                    if word == b"DATA":
                        self.say("354 go on")
                        text = b""
                        while (part := self.rfile.readline()) not in (b".\r\n", b""):
                            text += part
                        mailbox.came.append((time.monotonic(), to, email.message_from_bytes(text, policy=email.policy.default)))
                    self.say("221 bye" if word == b"QUIT" else "250 ok")
                    if word == b"QUIT":
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = allow_reuse_address = True

            def handle_error(self, *_):
                pass  # whoever spoke was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class System:
    def __init__(self, folder, receiver, mailbox):
        self.folder = folder
        self.environment = dict(
            os.environ, ALERT_SECRET=SECRET, SMTP_URL=f"smtp://127.0.0.1:{mailbox.port}")
        self.port = free_port()
        for number in range(len(DEATHS)):
            self.write(f"workflows/round{number}/workflow.yaml", WORKFLOW.format(name=f"round{number}"))
        self.write("adapters/mail/adapter.yaml", ADAPTER)
        self.write("pawl.yaml", CONFIGURATION.format(port=receiver.port, mailboxes=", ".join(MAILBOXES)))
        self.log = open(folder / "server.log", "ab")
        self.server = None
        self.begun_at = None

    def write(self, path, text):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def launch(self, **settings):
        self.begun_at = time.monotonic()
        self.server = subprocess.Popen(
            [PAWL, "serve", "--data", "data", "--port", str(self.port)], cwd=self.folder,
            env=dict(self.environment, **settings), stdout=self.log, stderr=self.log)
        for _ in range(200):
            try:
                if self.ask("GET", "/livez")[0] == 200:
                    return
            except OSError:
                pass
            if self.server.poll() is not None:
                raise SystemExit(f"alerts: the server ended; see {self.folder}/server.log")
            time.sleep(0.05)
        raise SystemExit("alerts: the server does not answer")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, json.dumps(body or {}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def insist(self, method, path, body=None):
        """Until there is an answer: what was asked may have been done before."""
        while True:
            try:
                return self.ask(method, path, body)
            except OSError:
                if self.server.poll() is not None:
                    self.launch()

    def kill(self):
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def stop(self):
        if self.server and self.server.poll() is None:
            self.server.terminate()
            self.server.wait()


class Reader:
    """Reads the stream of events for as long as there is one, and comes back with the last id that it saw."""

    def __init__(self, system):
        self.system = system
        self.events, self.gaps, self.connections = [], [], 0
        self.last = "0"
        self.ends = False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while not self.ends:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.system.port, timeout=30)
                connection.request(
                    "GET", "/v1/events/stream?kind=incident.*,alert.*", headers={"Last-Event-ID": self.last})
                answer = connection.getresponse()
                if answer.status != 200:
                    raise SystemExit(f"alerts: the stream answers {answer.status} {answer.read()}")
                self.connections += 1
                self.take(answer)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def take(self, answer):
        block = {}
        while not self.ends and (line := answer.readline()):
            line = line.decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                block[name] = value
                continue
            self.last = block.get("id", self.last)
            if block.get("event") == "gap":
                self.gaps.append(block)
            elif "data" in block:
                self.events.append(from_structured(
                    HTTPMessage(headers={"Content-Type": "application/cloudevents+json"},
                                body=block["data"].encode()), JSONFormat()))
            block = {}


def fail(system, number, count, death):
    """Instances of one cause; the server dies meanwhile or soon after. Returns when the first of them was told of, as far as
    anybody could be: a server that is down tells nobody."""
    first = None
    killer = None
    for key in range(count):
        path = f"/v1/workflows/round{number}/instances/{key}"
        system.insist("PUT", path)
        status, answer = system.insist("POST", path + "/events", {"event": "pay", "id": "pay"})
        if status != 200:
            raise SystemExit(f"alerts: {path}: {status} {answer}")
        if first is None:
            first = time.monotonic()
            if isinstance(death, float):
                killer = threading.Timer(death, system.kill)
                killer.start()
    if death is None:
        return first
    if killer:
        killer.join()
    else:
        try:
            if system.server.wait(timeout=20) != -signal.SIGKILL:
                raise SystemExit(f"alerts: the server ended by itself; see {system.folder}/server.log")
        except subprocess.TimeoutExpired:
            raise SystemExit(f"alerts: {death} was never reached") from None
    system.launch()
    return max(first, system.begun_at)


def arrived(receiver, mailbox, number):
    """Moments by id: of webhooks, and of mails by mailbox."""
    hooks, mails = {}, {}
    for at, identity, event in receiver.messages():
        if f"round{number}" in event.get_data()["workflows"] and event.get_type() == "dev.pawl.alert.firing":
            hooks.setdefault(identity, []).append(at)
    for at, to, mail in list(mailbox.came):
        if f"round{number}/" in mail.get_payload(decode=True).decode() and "firing" in mail["Subject"]:
            mails.setdefault((to, mail["Message-ID"]), []).append(at)
    return hooks, mails


def judge(system, receiver, mailbox, number, since, death):
    end = time.monotonic() + PROMISED + 5
    while time.monotonic() < end:
        hooks, mails = arrived(receiver, mailbox, number)
        pending = system.insist("GET", "/v1/deliveries?status=pending")[1]["deliveries"]
        # What is left would be sent by the next round's server.
        if hooks and len({to for to, _ in mails}) == len(MAILBOXES) and not pending:
            break
        time.sleep(0.05)
    moments = [min(each) for each in list(hooks.values()) + list(mails.values())]
    faults = []
    if len(hooks) != 1:
        faults.append(f"{len(hooks)} webhooks")
    if sorted(to for to, _ in mails) != sorted(MAILBOXES):
        faults.append(f"mails to {sorted(to for to, _ in mails)}")
    latest = max(moments) - since if moments else None
    if latest is None or latest > PROMISED:
        faults.append(f"after {latest} s")
    again = sum(len(each) - 1 for each in list(hooks.values()) + list(mails.values()))
    # Before anything was sent nothing can come twice; after that, what was on its way when the server died.
    if again and death in (None, "alert.found", "alert.kept"):
        faults.append(f"{again} came again")
    print(f"  killed at {str(death):14} told of after {latest:.2f} s, repeated under the same id: {again}"
          if latest is not None else f"  killed at {death}: nothing", flush=True)
    return [f"killed at {death}: {', '.join(faults)}"] if faults else []


def over(system, receiver, number):
    """What is mended is said to be over."""
    for key in range(FEW):
        system.insist("POST", f"/v1/workflows/round{number}/instances/{key}/actions/terminate", {"reason": "gone"})
    end = time.monotonic() + PROMISED + 3
    while time.monotonic() < end:
        for _, _, event in receiver.messages():
            if event.get_type() == "dev.pawl.alert.resolved" and event.get_data()["workflows"] == [f"round{number}"]:
                return []
        time.sleep(0.05)
    return ["nobody was told that it is over"]


def read_all(system, reader, incidents):
    """Every incident once, in spite of the deaths."""
    end = time.monotonic() + 10
    opened = []
    while time.monotonic() < end and len(opened) < incidents:
        opened = [event.get_id() for event in list(reader.events) if event.get_type() == "dev.pawl.incident.opened"]
        time.sleep(0.05)
    reader.ends = True
    faults = []
    if len(opened) != incidents or len(set(opened)) != incidents:
        faults.append(f"the stream told of {len(opened)} incidents, {len(set(opened))} of them different; "
                      f"there were {incidents}")
    fired = [event for event in reader.events if event.get_type() == "dev.pawl.alert.firing"]
    if len(fired) != len(DEATHS):
        faults.append(f"the stream told of {len(fired)} alerts, there were {len(DEATHS)}")
    if reader.gaps:
        faults.append(f"the stream has gaps: {reader.gaps}")
    print(f"  stream: {len(opened)} incidents and {len(fired)} alerts over {reader.connections} connections", flush=True)
    return faults


def main():
    begin = time.monotonic()
    receiver, mailbox = Receiver(), Mailbox()
    faults = []
    with tempfile.TemporaryDirectory(prefix="pawl-alerts-") as folder:
        system = System(Path(folder), receiver, mailbox)
        try:
            incidents = 0
            reader = Reader(system)
            for number, death in enumerate(DEATHS):
                system.stop()
                armed = {"PAWL_FAILPOINT": death} if isinstance(death, str) else {}
                system.launch(**armed)
                count = MANY if death is None else FEW
                incidents += count
                since = fail(system, number, count, death)
                faults += judge(system, receiver, mailbox, number, since, death)
            faults += over(system, receiver, len(DEATHS) - 1)
            faults += read_all(system, reader, incidents)
            told = {identity for _, identity, event in receiver.messages() if event.get_type() == "dev.pawl.alert.firing"}
            if len(told) != len(DEATHS):
                faults.append(f"{len(told)} messages of {len(DEATHS)} causes")
        finally:
            system.stop()
    if faults:
        raise SystemExit("alerts: " + "; ".join(faults))
    print(f"alerts: {MANY} incidents of one cause are one message; {len(DEATHS) - 1} deaths, every message once by its id, "
          f"signed, within {PROMISED} s ({time.monotonic() - begin:.0f} s)")


if __name__ == "__main__":
    main()
