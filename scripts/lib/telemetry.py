"""What a server tells of itself, read by the programs that read it elsewhere."""

import base64
import contextlib
import http.server
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from gallery import Gallery, PAWL

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


def expect(holds, what):
    if not holds:
        raise SystemExit(f"telemetry: {what}")


def metrics(gallery, accept):
    request = urllib.request.Request(gallery.url + "/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def samples(families):
    """By name and labels."""
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families for sample in family.samples}


def check_metrics(gallery, promtool):
    kind, text = metrics(gallery, "*/*")
    expect(kind == PLAIN, f"the plain format is called {kind}")
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    expect(checked.returncode == 0 and not checked.stderr, f"promtool: {checked.stdout}{checked.stderr}")
    plain = samples(prometheus(text))
    kind, text = metrics(gallery, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    expect(kind == OPEN, f"OpenMetrics is called {kind}")
    families = list(open_metrics(text))
    told = samples(families)
    expect(set(plain) <= set(told), f"one format lacks {sorted(set(plain) - set(told))[:5]}")

    def value(name, **labels):
        found = told.get((name, tuple(sorted(labels.items()))))
        expect(found is not None, f"there is no {name} {labels}")
        return found

    # The gallery has something of everything.
    expect(value("pawl_adapter_breaker", adapter="cookies", state="open") == 1, "the cookies' breaker is open")
    expect(value("pawl_adapter_paused", adapter="archive") == 1, "the archive is held")
    expect(value("pawl_adapter_unready", adapter="vault") == 1, "the vault lacks its token")
    declined = gallery.get("/v1/incidents?cause=" + urllib.request.quote("bank.charge declined: charge was answered with 402"))
    expect(value("pawl_incidents_open", workflow="order", cause="bank.charge declined: charge was answered with 402")
           == len(declined["incidents"]), "incidents by cause are those that the API lists")
    stuck = gallery.get("/v1/instances?filter=" + urllib.request.quote("workflow:order health:stuck"))
    expect(value("pawl_stuck", workflow="order") == stuck["total"], "what is stuck is what the list counts")
    expect(value("pawl_flush_seconds_count") == value("pawl_batch_commits_count") > 0, "each flush is measured")
    expect(value("pawl_commits_total") == value("pawl_batch_commits_sum"), "each commit was in a batch")
    for name in ["pawl_timer_lag_seconds", "pawl_queue_length", "pawl_wal_bytes", "pawl_database_bytes",
                 "pawl_disk_free_bytes", "process_resident_memory_bytes", "process_cpu_seconds_total"]:
        value(name)
    calls = {labels: number for (name, labels), number in told.items() if name == "pawl_calls_total"}
    expect(sum(calls.values()) == sum(number for (name, _), number in told.items() if name == "pawl_call_seconds_count"),
           "each call that ended is counted and measured")
    print(f"metrics: {len(families)} families, {len(told)} samples: promtool and both parsers take them")


def check_log(gallery):
    """Lines of JSON, of which some tell what the gallery's seed does."""
    lines = [json.loads(line) for line in (gallery.folder / "log").read_text().splitlines() if line.startswith("{")]
    told = {line["message"] for line in lines}
    wanted = {"started", "a call failed", "nobody knows whether a call took effect", "incident opened",
              "breaker opened: calls wait", "an adapter cannot call: calls wait", "adapter paused", "workflow paused", "terminated"}
    expect(wanted <= told, f"the log does not tell {sorted(wanted - told)}")
    expect(all({"time", "level", "message"} <= set(line) for line in lines), "each line has time, level and message")
    print(f"log: {len(lines)} lines of JSON, {len(told)} kinds")


WORKFLOW = """
workflow: errand
version: 1
description: Something is fetched, whatever it takes.
start: {on: errand.wanted, key: event.data.id}
input: {type: object, required: [id], properties: {id: {type: string}}}
initial: fetching
states:
  fetching:
    invoke:
      task: depot.fetch
      input: {what: '${input.id}'}
      retry: {maximumAttempts: 20, initialInterval: 50ms, maximumInterval: 200ms}
      onDone: done
  done: {type: final}
"""

ADAPTER = """
adapter: depot
description: A remote that fetches.
transport: http
url: {env: DEPOT_URL}
limits: {concurrency: 4, timeout: 20s}
idempotency: {header: Idempotency-Key, keyRetention: 24h}
operations:
  fetch:
    description: Fetches something.
    kind: retriable
    input: {type: object, required: [what], properties: {what: {type: string}}}
    request: {method: POST, path: /fetch, body: {what: '${input.what}'}}
    output: {ok: '${response.status == 200}'}
    outputSchema: {type: object, properties: {ok: {type: boolean}}}
    errors:
      - {status: [503], name: unavailable, retry: yes}
    onUnknown: resend
"""

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"


class Listener:
    """Keeps what is posted; answers as it is told."""

    def __init__(self, answer):
        self.requests = queue.Queue()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                number = outer.requests.qsize()
                outer.requests.put((self.path, dict(self.headers), body))
                status = answer(number)
                # Who asked may have been killed.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.send_response(status)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def all(self):
        return list(self.requests.queue)


def spans(collector):
    """What the collector was sent, read as the protocol's own messages."""
    found = []
    for path, headers, body in collector.all():
        expect(path == "/v1/traces" and headers["Content-Type"] == "application/json", f"posted to {path}")
        expect(headers.get("X-Tenant") == "a b", "the headers of the environment are sent")
        document = json.loads(body)
        # Of JSON the protocol wants ids in hex, the library of messages in base64.
        for resource in document["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    for name in ["traceId", "spanId", "parentSpanId"]:
                        if name in span:
                            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
        message = json_format.ParseDict(document, trace_service_pb2.ExportTraceServiceRequest())
        for resource in message.resource_spans:
            names = {item.key: item.value.string_value for item in resource.resource.attributes}
            expect(names["service.name"] == "errands", f"the service is called {names}")
            for scope in resource.scope_spans:
                found += scope.spans
    return found


class Errands:
    """A server of a project with one workflow and one remote."""

    def __init__(self, folder, collector, depot):
        self.folder, self.collector, self.depot = folder, collector, depot
        for name, text in [("workflows/errand/workflow.yaml", WORKFLOW), ("adapters/depot/adapter.yaml", ADAPTER)]:
            path = folder / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
        self.open()

    def open(self):
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [PAWL, "serve", "--port", "0", "--ready-file", ready, "--otlp", self.collector.url + "/"],
                cwd=self.folder, stdout=log, stderr=log, env={
                    **os.environ, "DEPOT_URL": self.depot.url, "OTEL_SERVICE_NAME": "errands",
                    "OTEL_EXPORTER_OTLP_HEADERS": "X-Tenant=a%20b"})
        eventually(lambda: ready.exists() or self.process.poll() is not None, "the server answers")
        expect(self.process.poll() is None, f"the server ended:\n{(self.folder / 'log').read_text()}")
        self.url = ready.read_text().strip()

    def start(self, key, **headers):
        request = urllib.request.Request(
            f"{self.url}/v1/workflows/errand/instances/{key}", method="PUT", data=json.dumps({"id": key}).encode(),
            headers={"Content-Type": "application/json", **headers})
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()

    def is_done(self, key):
        with urllib.request.urlopen(f"{self.url}/v1/instances/errand%2F{key}", timeout=20) as answer:
            return json.load(answer)["status"] == "completed"


def eventually(holds, what, seconds=30):
    until = time.monotonic() + seconds
    while not holds():
        expect(time.monotonic() < until, f"{what}: not within {seconds} s")
        time.sleep(0.05)


def hexed(identifier):
    return identifier.hex()


def check_traces():
    """From a client that traces, over the server, two attempts and a kill, to the remote."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pawl-traces-"))
    collector = Listener(lambda _: 200)
    # Not at first; then a call that has no answer before the server is killed.
    may_answer = threading.Event()
    depot = Listener(lambda number: 503 if number == 0 else (may_answer.wait(20), 200)[1])
    errands = Errands(folder, collector, depot)
    try:
        errands.start("e-1", traceparent=f"00-{TRACE}-{CALLER}-01", tracestate="vendor=x")
        eventually(lambda: depot.requests.qsize() == 2, "the second attempt leaves")
        eventually(lambda: len(spans(collector)) >= 2, "spans arrive")
        errands.process.kill()
        errands.process.wait(20)
        errands.open()
        eventually(lambda: depot.requests.qsize() == 3, "the call is sent again by the next process")
        may_answer.set()
        eventually(lambda: errands.is_done("e-1"), "the errand is done")
        errands.start("e-2")
        eventually(lambda: errands.is_done("e-2"), "the second errand is done")
        errands.process.terminate()
        errands.process.wait(20)
    finally:
        errands.process.kill()
    told = spans(collector)
    mine = [span for span in told if hexed(span.trace_id) == TRACE]
    [server] = [span for span in mine if span.kind == 2]
    clients = [span for span in mine if span.kind == 3]
    expect(hexed(server.parent_span_id) == CALLER, "the request lies within the caller's span")
    expect(server.name == "PUT /v1/workflows/{workflow}/instances/{key}", f"it is called {server.name}")
    expect({hexed(span.parent_span_id) for span in clients} == {hexed(server.span_id)}, "calls lie within the request")
    expect({span.name for span in clients} == {"depot.fetch"}, "calls are called by what they call")
    expect(all(span.start_time_unix_nano <= span.end_time_unix_nano for span in told), "spans end after they began")
    expect({span.status.code for span in clients} == {0, 2}, "one failed, one did not")
    first = [headers for _, headers, body in depot.all() if b"e-1" in body]
    parents = [headers["traceparent"] for headers in first]
    expect(all(parent.startswith(f"00-{TRACE}-") and parent.endswith("-01") for parent in parents),
           f"the remote is told the trace: {parents}")
    expect(len(set(parents)) == len(parents) == 3, "each attempt within a span of its own")
    expect(all(headers["tracestate"] == "vendor=x" for headers in first), "what others want passed on is passed on")
    expect({hexed(span.span_id) for span in clients} <= {parent.split("-")[2] for parent in parents},
           "what the remote is told is what the collector has")
    own = [span for span in told if hexed(span.trace_id) != TRACE]
    expect(len({span.trace_id for span in own}) == 1 and len(own) == 2, "a request without a trace begins one")
    shutil.rmtree(folder, ignore_errors=True)
    print(f"traces: {len(told)} spans, one trace from a client over 3 attempts and a kill -9 to the remote")


def main():
    with Gallery("--log-format", "json", "--log-level", "info") as gallery:
        check_metrics(gallery, sys.argv[1])
        check_log(gallery)
    check_traces()


if __name__ == "__main__":
    main()
