"""W11: lists and pages of the shipped server over a database of a million instances.

A server takes one instance of each kind, whose rows are then copied with another id, key, client and price: what is
listed has the shape that the engine writes. Everything is asked over HTTP of a server that is started anew. Run alone:
`python3 scripts/lib/lists.py --ended 1000000 --open 100000`.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from statistics import median

from cold_start import BINARY, cpu_seconds, first_answer, resident_megabytes
from market import free_port

PROJECT = pathlib.Path("Benchmarks/Lists")
WORKFLOWS = ["parcel", "letter", "pallet", "crate"]
NOWHERE = "http://127.0.0.1:9"  # where nobody listens: every call fails at once
DAY = 86_400_000
# Of a hundred that have ended, and of a hundred that are open, how many are of which kind.
ENDED = {"delivered": 90, "returned": 6, "destroyed": 4}
OPEN = {"shelf": 20, "road": 63, "held": 2, "customs": 12, "lost": 3}
STAYS = {"held": "road"}  # where a kind is that is no state's
LATE = 10  # of a hundred on the road
STEPS = 20_000  # entries of the long history
TABS = 50

LIST_BAR, PAGE_BAR, HTML_BAR, SCRIPT_BAR = 150, 300, 60_000, 25_000  # milliseconds, bytes
FILTERS = [
    "", "health:stuck", "health:blocked", "health:overdue", "health:failing", "health:waiting", "health:ok",
    "status:running", "status:completed", "status:cancelled", "status:failed", "workflow:letter",
    "is:paused", "paused:ana", "is:paused workflow:letter", "paused:nobody", 'reason:"an outage"',
    "workflow:letter status:running", "workflow:letter version:1", "version:1", "version:2 status:running",
    "state:carried", "state:carried.first", "state:customs health:failing", "state:delivered",
    "workflow:crate state:lost health:blocked", "key:p-50*", "key:p-500", "price>50000", "price>99990",
    "price>50000 health:stuck", "client=c-1", "client=c-1 status:running", "client=c-1 price<100",
]  # fmt: skip
PAGES = {
    "Triage": "/", "instances": "/instances", "stuck instances": "/instances?filter=health%3Astuck",
    "an instance": "/instances/parcel/t-road", "a long history": "/instances/parcel/t-long",
    "the paused": "/paused", "paused instances": "/instances?filter=is%3Apaused",
    "an action on the paused": "/operations/new?action=resume&filter=is%3Apaused+workflow%3Aletter+version%3A1",
    "incidents": "/incidents", "tasks": "/tasks", "workflows": "/workflows", "a workflow": "/workflows/parcel",
    "adapters": "/adapters", "schedules": "/schedules", "operations": "/operations", "system": "/system",
}  # fmt: skip


def measure(scratch, ended, opened, times=40):
    """-> one line as of the other workloads, of the lists alone; prints every figure beside its bar."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lists-", dir=scratch))
    try:
        begun = time.monotonic()
        seed(folder)
        copy_rows(folder / "data" / "pawl.db", ended, opened)
        print(f"W11: filled in {time.monotonic() - begun:.0f} s", file=sys.stderr)
        with serving(folder) as server:
            return asked(server, times)
    finally:
        shutil.rmtree(folder)


def asked(server, times):
    cpu = cpu_seconds(server.pid)
    lists = {text: server.timed(listed(text), times) for text in FILTERS}
    spent = cpu_seconds(server.pid) - cpu
    pages = {name: server.timed(path, times) for name, path in PAGES.items()}
    with tabs(server, TABS) as began:
        crowded = {name: server.timed(PAGES[name], times) for name in ("Triage", "instances")}
    lines = [Line(f"list `{text}`", sample, LIST_BAR) for text, sample in lists.items()]
    lines += [Line(f"page: {name}", sample, PAGE_BAR) for name, sample in pages.items()]
    lines += [
        Line(f"page: {name}, {TABS} tabs open", sample, PAGE_BAR) for name, sample in crowded.items()
    ]
    show(lines)
    html = max(pages, key=lambda name: pages[name].size)
    print(f"W11: largest first HTML {pages[html].size:,} bytes ({html}; bar {HTML_BAR:,})")
    print(f"W11: scripts {server.scripts():,} bytes (bar {SCRIPT_BAR:,})")
    print(f"W11: with {TABS} tabs open the next one is live after {began:.1f} ms", flush=True)
    every = sorted(time for sample in lists.values() for time in sample.times)
    return {
        "perSecond": len(every) * 1000 / sum(every),
        "p50ms": median(every),
        "p99ms": part(every, 99),
        "cpuMs": spent * 1000 / len(every),
        "rssMB": resident_megabytes(server.pid),
        "lines": {line.name: [line.sample.p50, line.sample.p95] for line in lines},
        "htmlBytes": pages[html].size,
        "scriptBytes": server.scripts(),
    }


# What is asked.


class Sample:
    def __init__(self, times, size):
        self.times, self.size = sorted(times), size
        self.p50, self.p95 = median(times), part(self.times, 95)


class Line:
    def __init__(self, name, sample, bar):
        self.name, self.sample, self.bar = name, sample, bar

    @property
    def cells(self):
        verdict = "" if self.sample.p95 <= self.bar else "missed"
        return [self.name, f"{self.sample.p50:.1f}", f"{self.sample.p95:.1f}", f"{self.bar}", verdict]


def part(ascending, percent):
    return ascending[min(len(ascending) - 1, len(ascending) * percent // 100)]


def show(lines):
    rows = [["W11", "p50 ms", "p95 ms", "bar", ""], ["---"] * 5, *(line.cells for line in lines)]
    for row in rows:
        print("| " + " | ".join(row) + " |")


def listed(text):
    return "/v1/instances?count=50&filter=" + urllib.parse.quote(text)


class Server:
    """One client over keep-alive."""

    def __init__(self, port, pid):
        self.port, self.pid = port, pid
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, path, method="GET", body=None, headers=()):
        headers = dict(headers) | ({"Content-Type": "application/json"} if body is not None else {})
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {content[:400].decode()}")
        return content

    def timed(self, path, times):
        """The first time is nobody's: what it reads comes from the disk."""
        size = len(self.ask(path))
        spans = []
        for _ in range(times):
            begun = time.perf_counter()
            self.ask(path)
            spans.append((time.perf_counter() - begun) * 1000)
        return Sample(spans, size)

    def scripts(self):
        paths = re.findall(r'<script[^>]*src="([^"]+)"', self.ask("/").decode())
        return sum(len(self.ask(path)) for path in paths)


@contextlib.contextmanager
def tabs(server, count):
    """So many pages that are live; gives the milliseconds until one more is."""
    opened = []
    try:
        for _ in range(count + 1):
            begun = time.perf_counter()
            stream = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            opened.append(stream)
            stream.sendall(b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            seen = b""
            while b"event: ready" not in seen:
                more = stream.recv(4096)
                if not more:
                    raise SystemExit(f"a live page was refused: {seen[:200].decode()}")
                seen += more
        yield (time.perf_counter() - begun) * 1000
    finally:
        for stream in opened:
            stream.close()


# Where it comes from.


@contextlib.contextmanager
def serving(folder):
    port = free_port()
    command = [BINARY, "serve", "--data", folder / "data", "--port", str(port), "--log-level", "error"]
    command += ["--workflows", folder / "workflows", "--adapters", PROJECT / "adapters"]
    with open(folder / "log", "a") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "ROAD_URL": NOWHERE})
    try:
        first_answer(port)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def seed(folder):
    """One instance of each kind on each version of each workflow, and one with a long history."""
    source = (PROJECT / "workflows" / "parcel" / "workflow.yaml").read_text()
    for version in (1, 2):
        for name in WORKFLOWS:
            place = folder / "workflows" / name
            place.mkdir(parents=True, exist_ok=True)
            text = source.replace("workflow: parcel", f"workflow: {name}")
            (place / "workflow.yaml").write_text(text.replace("version: 1", f"version: {version}"))
        with serving(folder) as server:
            for name in WORKFLOWS:
                for kind in [*ENDED, *OPEN]:
                    start(server, name, kind if version == 1 else f"{kind}-2", kind)
            if version == 1:
                lengthen(server)
            settle(server)


def start(server, workflow, key, kind):
    body = {"stay": STAYS.get(kind, kind), "price": 5, "client": "c-1"}
    path = f"/v1/workflows/{workflow}/instances/t-{key}"
    server.ask(path, "PUT", body)
    if kind == "held":
        server.ask(f"{path}/actions/pause", "POST", {"reason": "an outage"}, {"Pawl-Actor": "operator/ana"})


def settle(server):
    """Until whatever calls has failed."""
    until = time.monotonic() + 30
    while json.loads(server.ask(listed("state:customs health:waiting")))["total"] > 0 or (
        json.loads(server.ask(listed("state:lost health:waiting")))["total"] > 0
    ):
        if time.monotonic() > until:
            raise SystemExit("the calls of W11 do not fail")
        time.sleep(0.05)


def lengthen(server):
    start(server, "parcel", "long", "shelf")
    path = "/v1/workflows/parcel/instances/t-long"
    for number in range(STEPS):
        server.ask(f"{path}/events", "POST", {"event": "parcel.scanned", "id": f"e-{number}", "data": {}})


# The rows of one instance with another id, key, client and price. `n` counts the copies of all; the prime scatters their
# ids, so that old ones and new ones are of every kind.
COPIES = """
WITH RECURSIVE numbers (n) AS (SELECT :from UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :to),
copies (n, new) AS MATERIALIZED (SELECT n, :first + (n * 15485863) % :total FROM numbers ORDER BY 2)
"""
INSTANCES = """
INSERT INTO instances (id, workflow, key, version, status, revision, states, started_at, updated_at, ended_at,
    overdue_at, incidents, is_retrying, search, body, paused_by, pause_reason, paused_at)
""" + COPIES + """
SELECT new, workflow, 'p-' || new, version, status, revision, states, started_at,
    updated_at, ended_at, overdue_at - iif(n % 100 < :late, 40 * :day, (n % 20) * :day), incidents, is_retrying,
    json_object('price', (n * 7919) % 100000, 'client', 'c-' || (n % 1000)), body,
    paused_by, pause_reason, paused_at
FROM copies CROSS JOIN instances WHERE id = :id
"""  # fmt: skip
ATTRIBUTES = [
    "INSERT INTO search_attributes (instance, name, value) " + COPIES
    + f"SELECT new, '{name}', {value} FROM copies"
    for name, value in [("price", "(n * 7919) % 100000"), ("client", "'c-' || (n % 1000)")]
]  # fmt: skip
OTHERS = {
    "history": "last, entries", "timers": "kind, number, due",
    "incidents": "number, kind, message, opened_at, closed_at, data, cause",
}  # fmt: skip


def copy_rows(path, ended, opened):
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -1000000")
    counts = {
        (workflow, f"t-{kind}{version}"): round(all_of * rate / 100 * share / len(WORKFLOWS))
        for rates, all_of in ((ENDED, ended), (OPEN, opened))
        for kind, rate in rates.items()
        for version, share in (("", 0.3), ("-2", 0.7))
        for workflow in WORKFLOWS
    }
    place = {"total": sum(counts.values()), "to": 0, "late": LATE, "day": DAY}
    with database:
        place["first"] = database.execute("SELECT max(id) + 1 FROM instances").fetchone()[0]
        ids = {(workflow, key): id for id, workflow, key in database.execute("SELECT id, workflow, key FROM instances")}
        indexes = without_indexes(database)
        for name, count in counts.items():
            place["id"] = ids[name]
            place["from"], place["to"] = place["to"], place["to"] + count
            for statement in [INSTANCES, *ATTRIBUTES, *map(copied, OTHERS)]:
                database.execute(statement, place)
        for index in indexes:
            database.execute(index)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def without_indexes(database):
    """Made anew when all rows are there, which is quicker. -> what makes them."""
    found = database.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL "
        "AND tbl_name IN ('instances', 'search_attributes', 'timers', 'incidents') ORDER BY name"
    ).fetchall()
    for name, _ in found:
        database.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def copied(table):
    columns = OTHERS[table]
    return (
        f"INSERT INTO {table} (instance, {columns}) {COPIES} "
        f"SELECT new, {columns} FROM copies CROSS JOIN {table} WHERE instance = :id"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ended", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=40, help="each is asked so often")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pawl-lists-") as scratch:
        measure(scratch, options.ended, options.open, options.times)


if __name__ == "__main__":
    main()
