"""How long things are kept. Time runs fast, so that a day is some seconds: instances end, go into the archive and out of the
database, while the server is killed between the two again and again; whatever was acknowledged must be in one of them, what is put
back must be as it was, and a reader of the stream must hear that it missed something.

With `--ended N` so many instances that ended long ago go while others are started and asked for: the API's p99 beside that of
the same server with nothing to remove, in turn, and the size of the file."""

import argparse
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from cold_start import first_answer
from market import free_port

ROOT = Path(__file__).resolve().parents[2]
PAWL = os.environ.get("PAWL", str(ROOT / ".build" / "debug" / "pawl"))
SCALE = 20_000  # a day is 4.3 s
DEATHS = 4
PATIENCE = 60  # seconds
LONGER = 6  # are the turns in which something goes

WORKFLOW = """workflow: visit
version: 1
retention: 1d
input:
  type: object
  properties:
    who: {type: string}
    street: {type: string, x-personal: true}
    photo: {format: attachment, x-personal: true}
search: {who: input.who}
persons: [who]
events: {go: {}, leave: {}}
initial: here
states:
  here: {on: {go: there}}
  there: {on: {leave: gone}}
  gone: {type: final, output: {who: '${input.who}'}}
"""


class Server:
    """`pawl serve` on a project of one workflow."""

    def __init__(self, folder, scale=SCALE):
        self.folder, self.scale, self.port, self.process = folder, scale, free_port(), None
        (folder / "workflows" / "visit").mkdir(parents=True, exist_ok=True)
        (folder / "adapters").mkdir(exist_ok=True)
        (folder / "workflows" / "visit" / "workflow.yaml").write_text(WORKFLOW)

    def start(self, **environment):
        self.process = subprocess.Popen(
            [PAWL, "serve", "--data", "data", "--port", str(self.port), "--time-scale", str(self.scale)],
            cwd=self.folder, env=os.environ | environment, stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "log", "a"),
        )  # fmt: skip
        if not environment:
            first_answer(self.port)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def kill(self):
        """Also one that is dying by itself."""
        if not self.died():
            self.stop(signal.SIGKILL)

    def died(self):
        return self.process.poll() is not None

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        text = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, text, {"Content-Type": "application/json", "Pawl-Actor": "admin/ana", **(headers or {})})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def get(self, path):
        status, content = self.ask("GET", path)
        return json.loads(content) if status == 200 else None

    def visit(self, key, **given):
        """One from its start to its end. -> False: the server died meanwhile."""
        try:
            place = f"/v1/workflows/visit/instances/{key}"
            status, content = self.ask("PUT", place, {"who": f"w-{key}", "street": f"Herrengasse {key}, Novak", **given})
            assert status in (200, 201), content
            for event in ("go", "leave"):
                status, content = self.ask("POST", f"{place}/events", {"event": event, "id": f"{event}-{key}"})
                assert status == 200, content
            return True
        except OSError:
            return False

    def pawl(self, *words):
        return subprocess.run([PAWL, *words], cwd=self.folder, capture_output=True, text=True, env=os.environ | {"PAWL_URL": f"http://127.0.0.1:{self.port}"})


def until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"after {PATIENCE} s still not so: {what}")
        time.sleep(0.05)
    return found


def removed(server):
    answer = server.get("/v1/retention")
    return next(row["removed"] for row in answer["workflows"] if row["workflow"] == "visit")


def has_removed(server):
    try:
        return removed(server) > 0
    except OSError:
        return False


def rows(folder, sql):
    database = sqlite3.connect(f"file:{folder}/data/pawl.db?mode=ro", uri=True)
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def archived(folder):
    names = []
    for file in sorted((folder / "data" / "pawl.db.archive" / "visit").glob("*.jsonl")):
        names += [json.loads(line)["name"] for line in file.read_text().splitlines()[1:]]
    return names


def lives(folder):
    """The story."""
    server = Server(folder)
    server.start()
    picture = b"\xff\xd8\xff\xe0" + b"a picture" * 100
    status, content = server.ask("PUT", "/v1/attachments", picture, {"Content-Type": "image/jpeg"})
    assert status in (200, 201), content
    photo = json.loads(content) | {"name": "p.jpg"}
    assert server.visit("0", photo=photo)
    before = server.get("/v1/workflows/visit/instances/0/history")["entries"]
    position = first_position(server)
    done = ["0"]
    for number in range(1, 20):
        assert server.visit(str(number))
        done.append(str(number))
    for death in range(DEATHS):
        until("something is in the archive, or the server is dead", lambda: server.died() or has_removed(server))
        server.kill()
        # It dies at the first or the second batch, at once where something is due.
        server.start(PAWL_FAILPOINT=f"archive.appended:{1 + death % 2}")
        until("it has died", server.died)
        server.start()
        for number in range(100 * (death + 1), 100 * (death + 1) + 20):
            assert server.visit(str(number))
            done.append(str(number))
    for key in ("last", "newest"):
        assert server.visit(key)
    done.append("last")
    until("all but the newest are gone", lambda: [name for (name,) in rows(folder, "SELECT key FROM instances")] == ["newest"])
    names = archived(folder)
    missing = {f"visit/{key}" for key in done} - set(names)
    assert not missing, f"acknowledged, and nowhere: {missing}"
    print(f"{len(done)} instances went over {DEATHS} deaths, none lost; {len(names) - len(set(names))} are in the archive twice")
    for table in ("history", "receipts", "search_attributes"):
        left = rows(folder, f"SELECT count(*) FROM {table}")[0][0]
        assert left <= 12, f"{left} rows of {table} are left"
    back(server, before, photo, picture)
    told = stream(server, position)
    assert told and told[0] == "gap", told
    print("a reader that was behind is told of a gap")
    forgotten(server, folder, photo)
    server.stop()
    doctor = server.pawl("doctor", "--data", "data", "--deep")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    print("doctor: " + doctor.stdout.strip().splitlines()[-1])
    changed(server, folder)


def back(server, before, photo, picture):
    """Out of the archive, as it was, and again after a kill."""
    assert server.get("/v1/workflows/visit/instances/0") is None
    shown = server.pawl("archive", "show", "visit/0")
    assert shown.returncode == 0 and "completed, in the archive" in shown.stdout, shown.stdout + shown.stderr
    restored = server.pawl("archive", "restore", "visit/0", "--for", "400d", "--reason", "a complaint")
    assert restored.returncode == 0, restored.stderr
    twice = server.pawl("archive", "restore", "visit/0", "--reason", "again")
    assert twice.returncode == 5, twice.stdout + twice.stderr
    server.stop(signal.SIGKILL)
    server.start()
    assert server.get("/v1/workflows/visit/instances/0/history")["entries"] == before
    assert server.get("/v1/instances?filter=who%3Dw-0")["total"] == 1
    status, content = server.ask("GET", f"/v1/attachments/{photo['sha256']}")
    assert (status, content) == (200, picture), status
    print("put back as it was: its history, its attributes, its content; also after a kill")


def forgotten(server, folder, photo):
    """A person of whom something is in the database again, and in the archive; the server dies behind the archive."""
    server.kill()
    server.start(PAWL_FAILPOINT="archive.erased:1")
    first_answer(server.port)
    erased = server.pawl("erase", "who=w-0", "--reason", "asked for it")
    assert erased.returncode == 0, erased.stdout + erased.stderr
    until("it has died", server.died)
    server.start()
    text, picture = b"Herrengasse 0, Novak", photo["sha256"]
    until("nothing of the person is left", lambda: not [file for file in files_of(folder) if text in file.read_bytes()])
    until("the picture is gone", lambda: not [file for file in files_of(folder) if file.name == picture])
    assert any(b"Herrengasse 1, Novak" in file.read_bytes() for file in files_of(folder)), "somebody else's is gone"
    shown = server.pawl("archive", "show", "visit/0")
    assert "[erased]" in shown.stdout and "Novak" not in shown.stdout, shown.stdout + shown.stderr
    print("a person is erased from the database and the archive, over a death; the chain holds")


def files_of(folder):
    return [file for file in (folder / "data").rglob("*") if file.is_file()]


def changed(server, folder):
    """An archive that somebody has changed."""
    files = (folder / "data" / "pawl.db.archive" / "visit").glob("*.jsonl")
    file, text = next((file, file.read_text()) for file in files if '"w-0"' in file.read_text())
    file.write_text(text.replace('"w-0"', '"w-1"', 1))
    doctor = server.pawl("doctor", "--data", "data", "--deep")
    assert doctor.returncode == 1 and "is not as it was" in doctor.stdout, doctor.stdout
    file.write_text(text)


def first_position(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/v1/events/stream?after=0", headers={"Pawl-Actor": "admin/ana"})
    answer = connection.getresponse()
    while True:
        line = answer.readline().decode().strip()
        if line.startswith("id: ") and "." in line:
            connection.close()
            return line[4:]


def stream(server, position):
    """-> the kinds of the first events behind a position."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/v1/events/stream", headers={"Pawl-Actor": "admin/ana", "Last-Event-ID": position})
    answer = connection.getresponse()
    kinds = []
    while not kinds:
        line = answer.readline().decode().strip()
        if line.startswith("event: "):
            kinds.append(line[7:])
    connection.close()
    return kinds


# A million of them.

COPIES = "WITH RECURSIVE copies(new) AS (SELECT :first UNION ALL SELECT new + 1 FROM copies WHERE new + 1 < :end)"
COLUMNS = ("version, status, revision, states, started_at, updated_at, ended_at, overdue_at, incidents, is_retrying, search, body, "
           "paused_by, pause_reason, paused_at")


def fill(path, count):
    """Copies of an instance that has ended, each with its history, receipts and attributes; they ended two years ago."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -1000000")
    with database:
        template, first = database.execute("SELECT min(id), max(id) + 1 FROM instances").fetchone()
        place = {"first": first, "end": first + count, "id": template}
        database.execute("UPDATE instances SET ended_at = ended_at - 63072000000 WHERE id = :id", {"id": template})
        database.execute(
            f"INSERT INTO instances (id, workflow, key, {COLUMNS}) {COPIES} SELECT new, workflow, 'c-' || new, {COLUMNS} "
            "FROM copies CROSS JOIN instances WHERE id = :id", place)  # fmt: skip
        database.execute(
            f"INSERT INTO history (instance, last, entries) {COPIES} SELECT new, last, entries FROM copies "
            "CROSS JOIN history WHERE instance = :id", place)  # fmt: skip
        database.execute(
            f"INSERT INTO search_attributes (instance, name, value) {COPIES} SELECT new, name, value || '-' || new FROM copies "
            "CROSS JOIN search_attributes WHERE instance = :id", place)  # fmt: skip
        database.execute(
            f"INSERT INTO receipts (workflow, key, event_id, at, fingerprint, data) {COPIES} "
            "SELECT r.workflow, 'c-' || new, event_id, at, fingerprint, data FROM copies CROSS JOIN receipts r "
            "JOIN instances i ON i.workflow = r.workflow AND i.key = r.key WHERE i.id = :id", place)  # fmt: skip
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


class Load:
    """So many clients, each starting an instance, moving it and looking at it, at a steady pace."""

    def __init__(self, port, clients, rate):
        self.port, self.pause, self.times, self.stopped = port, clients / rate, [], threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(f"{os.getpid()}-{time.monotonic_ns()}-{n}",)) for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        times, number = [], 0
        while not self.stopped.is_set():
            number += 1
            place = f"/v1/workflows/visit/instances/{name}-{number}"
            for method, path, body in (
                ("PUT", place, '{"who": "l"}'),
                ("POST", f"{place}/events", '{"event": "go", "id": "e1"}'),
                ("GET", place, None),
            ):
                begun = time.monotonic()
                connection.request(method, path, body, {"Content-Type": "application/json", "Pawl-Actor": "admin/ana"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status in (200, 201), answer.status
                times.append(time.monotonic() - begun)
                self.stopped.wait(max(0, self.pause - (time.monotonic() - begun)))
        with self.lock:
            self.times += times

    def stop(self):
        """-> the percentiles in milliseconds."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        ascending = sorted(self.times)
        return {part: ascending[int(len(ascending) * part / 100)] * 1000 for part in (50, 95, 99)}


def many(folder, count, seconds, rate):
    server = Server(folder, scale=1)
    server.start()
    assert server.visit("template")
    server.stop()
    begun = time.monotonic()
    fill(folder / "data" / "pawl.db", count)
    size = (folder / "data" / "pawl.db").stat().st_size
    print(f"{count:,} ended instances, {size / 1e6:,.0f} MB, filled in {time.monotonic() - begun:.0f} s", flush=True)
    pairs, gone, spent = [], 0, 0.0
    while True:
        pair = []
        for kept in (True, False):
            (folder / "pawl.yaml").write_text(f"retention: {{workflows: {{visit: {'36500d' if kept else '1d'}}}}}\n")
            server.start()
            time.sleep(1)
            load = Load(server.port, 8, rate)
            begun, before = time.monotonic(), removed(server)
            while time.monotonic() - begun < (seconds if kept else LONGER * seconds):
                time.sleep(0.2)
            went = removed(server) - before
            pair.append(load.stop())
            if not kept:
                gone, spent = gone + went, spent + time.monotonic() - begun
            server.stop()
        pairs.append(pair)
        print(
            f"kept: p50 {pair[0][50]:.2f} p99 {pair[0][99]:.2f} ms; going: p50 {pair[1][50]:.2f} p99 {pair[1][99]:.2f} ms, "
            f"{went:,} went", flush=True)  # fmt: skip
        if removed_in(folder) >= count or len(pairs) >= 60:
            break
    ratio = median(pair[1][99] / pair[0][99] for pair in pairs)
    after = (folder / "data" / "pawl.db").stat().st_size
    print(f"{gone:,} went in {spent:.0f} s ({gone / spent:,.0f}/s); p99 going ÷ kept, median of {len(pairs)}: {ratio:.2f}")
    print(f"the file: {size / 1e6:,.0f} MB before, {after / 1e6:,.0f} MB after")
    grow(server, folder, after)


def removed_in(folder):
    found = rows(folder, "SELECT json_extract(body, '$.removed') FROM records WHERE collection = 'pawl.retention'")
    return found[0][0] if found else 0


def grow(server, folder, before):
    """As many again as fit into the room that is free: the file does not grow for them."""
    free = rows(folder, "PRAGMA freelist_count")[0][0]
    fill(folder / "data" / "pawl.db", 100_000)
    after = (folder / "data" / "pawl.db").stat().st_size
    print(f"{free:,} pages were free; 100,000 instances more: {before / 1e6:,.0f} MB before, {after / 1e6:,.0f} MB after")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ended", type=int, default=0, help="go while others ask")
    parser.add_argument("--seconds", type=int, default=20, help="of each turn")
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pawl-retention-") as scratch:
        if options.ended:
            many(Path(scratch), options.ended, options.seconds, options.rate)
        else:
            try:
                lives(Path(scratch))
            except BaseException:
                log = Path(scratch) / "log"
                print(log.read_text()[-40000:] if log.exists() else "", file=sys.stderr)
                raise


if __name__ == "__main__":
    sys.exit(main())
