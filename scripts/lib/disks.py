"""The shipped binary on real disks: full, read-only, damaged; with a second server; in a storm of restarts. Judged by
the client's own log and the public API: nothing acknowledged is lost, nothing is answered that is not so, and a server
that cannot start says why in a line or two and leaves the disk as it was."""

import argparse
import collections
import contextlib
import datetime
import http.client
import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from market import Log, System, Unavailable, rfc3339, seeded

PARCEL = """workflow: parcel
version: 1
input:
  type: object
  required: [note, until]
  properties: {note: {type: string}, until: {type: string, format: date-time}}
context: {places: {type: integer, default: 0}}
search: {note: input.note}
events: {parcel.seen: {early: reject, from: {role: clerk}}}
initial: onTheWay
states:
  onTheWay:
    on: {parcel.seen: {actions: {assign: {places: '${context.places + 1}'}}}}
    after: {'${timestamp(input.until)}': delivered}
  delivered: {type: final}
"""
NEVER = "2099-01-01T00:00:00Z"
PAGE = 4096
MEGABYTE = 1 << 20
LOG_LIMIT = 40 * MEGABYTE  # the log is moved into the database from 8,000 pages on
WHOLE_RUN = 900  # seconds after which something hangs
ROUNDS = 20
KILLS = 100
OWN_FILES = {"pawl.db", "pawl.db-wal", "pawl.db-shm", "pawl.lock", "pawl.claims", "pawl.state", "pawl.db.files"}
UNTRUSTED = 70  # exit status of a server that does not know what is on its disk


class Violation(Exception):
    """Something that must not happen did."""


def expect(holds, otherwise):
    if not holds:
        raise Violation(otherwise)


def wait_for(condition, seconds, what):
    """The first true answer of `condition`; how long it took."""
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        found = condition()
        if found:
            return found, time.monotonic() - begin
        time.sleep(0.01)
    raise Violation(f"{what}: not within {seconds} s")


def path(key):
    return f"/v1/workflows/parcel/instances/{key}"


class Shop:
    """Starts parcels and has them seen; knows of each what was acknowledged and what was asked for at all."""

    def __init__(self, system):
        self.system = system
        self.log = Log(system.folder / "client.jsonl")
        self.numbers = itertools.count()
        self.asked, self.started = {}, set()
        self.seen, self.doubtful = collections.Counter(), set()

    def begin(self, size=100, until=NEVER, call=None):
        """One start under a key of its own."""
        key = f"p-{next(self.numbers)}"
        self.asked[key] = {"note": (key + " ") * (size // len(key)), "until": until}
        status, answer = (call or self.system.api.call)("PUT", path(key), self.asked[key], "shop/web")
        expect(status in (200, 201), f"the start of {key} was answered with {status} {answer}")
        self.started.add(key)
        self.log.note(kind="start", key=key)
        return key

    def see(self, key):
        """One event; without an answer it may have happened."""
        body = {"event": "parcel.seen", "id": f"seen-{next(self.numbers)}", "data": {}}
        try:
            status, answer = self.system.api.call("POST", path(key) + "/events", body, "clerk/k-1")
        except Unavailable:
            self.doubtful.add(key)
            raise
        expect(status == 200, f"the event to {key} was answered with {status} {answer}")
        self.seen[key] += 1
        self.log.note(kind="event", key=key)

    def is_right(self, key, found):
        """Whether an instance holds what was acknowledged of it."""
        places = found["context"]["places"]
        return (found["key"] == key and found["input"] == self.asked[key]
                and found["states"] == ["onTheWay" if found["status"] == "running" else "delivered"]
                and (places == self.seen[key] or key in self.doubtful and places > self.seen[key]))

    def check(self, system=None):
        """All that was acknowledged is there, once, as it was, and nothing that nobody asked for."""
        system = system or self.system
        rows = collections.Counter(row["key"] for row in listing(system))
        expect(set(rows) <= set(self.asked), f"nobody asked for {sorted(set(rows) - set(self.asked))[:5]}")
        for key in sorted(self.started):
            expect(rows[key] == 1, f"the acknowledged {key} is there {rows[key]} times")
            status, found = system.api.call("GET", path(key))
            expect(status == 200 and self.is_right(key, found), f"{key} is not as it was: {status} {found}")
        return len(self.started)


# Starts that must fail

def log_size(system):
    log = system.folder / "server.log"
    return log.stat().st_size if log.exists() else 0


def said_since(system, position):
    with open(system.folder / "server.log", "rb") as log:
        log.seek(position)
        return log.read().decode("utf-8", "replace").strip()


def launch(system):
    """Starts a server that may refuse to. Returns its words when it ended, None when it answers."""
    position = log_size(system)
    system.launch_server()

    def has_ended_or_answers():
        if system.server.poll() is not None:
            return "ended"
        with contextlib.suppress(Unavailable):
            return system.api.call("GET", "/readyz")[0] == 200 and "answers"

    outcome, _ = wait_for(has_ended_or_answers, 20, "a start neither answers nor ends")
    return said_since(system, position) if outcome == "ended" else None


def check_refusal(system, words, *mentioned):
    """A status, an error and what to do about it, and no more than that."""
    expect(system.server.returncode == 1, f"a refusal ended with {system.server.returncode}: {words}")
    expect(words.startswith("error: ") and "fix: " in words, f"a refusal is not worded as one: {words}")
    expect(len(words.splitlines()) <= 3, f"a refusal is longer than three lines: {words}")
    for text in mentioned:
        expect(text in words, f"a refusal does not mention {text}: {words}")


def must_refuse(system, *mentioned):
    words = launch(system)
    expect(words is not None, f"a start was to be refused: {mentioned}")
    check_refusal(system, words, *mentioned)


# Mounts

def command(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    expect(done.returncode == 0, f"{arguments}: {done.stderr.strip()}")


def succeeds(*arguments):
    with contextlib.suppress(OSError):
        return subprocess.run([str(each) for each in arguments], capture_output=True).returncode == 0
    return False


def can_mount():
    with tempfile.TemporaryDirectory(prefix="pawl-disks-") as folder:
        if not succeeds("mount", "-t", "tmpfs", "none", folder):
            return False
        command("umount", folder)
        return True


def enter_namespace():
    """Without root: once more, as root of a namespace of its own, where mounts in memory are allowed."""
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if "PAWL_DISKS_ALONE" not in os.environ and succeeds(*alone, "true"):
        os.environ["PAWL_DISKS_ALONE"] = "1"
        os.execvp(alone[0], [*alone, sys.executable, *sys.argv])


@contextlib.contextmanager
def disk(system, *how):
    """A mount for the system's data; the server is stopped before it goes."""
    system.data.mkdir(exist_ok=True)
    command("mount", *how, system.data)
    try:
        yield
    finally:
        system.stop()
        if not succeeds("umount", system.data):
            command("umount", "--lazy", system.data)


def remount(system, options):
    # With a source, so that mount does not repeat options that a namespace may not give.
    command("mount", "-o", f"remount,{options}", "none", system.data)


# A full disk

def check_unavailable(error, what):
    """503 with a problem and when to come again."""
    expect(error.status == 503, f"{what} on a full disk: {error}")
    expect((error.headers["Retry-After"] or "").isdigit(), f"{what} on a full disk: no Retry-After")
    expect(json.loads(error.body)["code"] == "unavailable", f"{what} on a full disk: {error.body}")


def fill(shop, refusals=8):
    """Starts until so many in a row are refused."""
    row = total = 0
    while row < refusals:
        try:
            shop.begin()
            row = 0
        except Unavailable as error:
            check_unavailable(error, "a start")
            row += 1
            total += 1
    return total


def check_reads(shop):
    for where in ("/livez", "/readyz", path("p-0"), path("p-0") + "/history", "/v1/instances"):
        try:
            status, answer = shop.system.api.call("GET", where)
        except Unavailable as error:
            raise Violation(f"{where} cannot be read any more: {error}") from error
        expect(status == 200, f"{where} cannot be read any more: {status} {answer}")


def fill_and_read(shop, threads=4):
    """Several clients fill the disk while another one reads."""
    refusals, failures, reads = [], [], 0

    def work():
        try:
            refusals.append(fill(shop))
        except Exception as error:  # noqa: BLE001: raised below
            failures.append(error)

    clients = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        check_reads(shop)
        reads += 5
    if failures:
        raise failures[0]
    return sum(refusals), reads


def goes_on(shop):
    """Seconds until a start is acknowledged again."""
    def is_taken():
        with contextlib.suppress(Unavailable):
            return shop.begin()
    return wait_for(is_taken, 5, "starts after there is room again")[1]


def start_when_full(system, shop):
    """A process that comes up on a full disk reads what is there, or says that the disk is full."""
    used = sum(file.stat().st_blocks * 512 for file in system.data.iterdir())
    remount(system, f"size={used + 64 * PAGE}")
    fill(shop)
    system.kill_server()
    words = launch(system)
    if words is None:
        check_reads(shop)
        return "serves reads"
    check_refusal(system, words, "full")
    return "is refused as such"


def upload(system, text):
    """Status, headers and body of an attachment that is put."""
    connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=20)
    try:
        connection.request("PUT", "/v1/attachments", text, {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())
    finally:
        connection.close()


def check_uploads(system):
    """They leave the database its 64 MiB: refused before that, with nothing half; taken once there is room."""
    text = b"a line of a report\n" * 50_000
    status, headers, body = upload(system, text)
    expect(status == 503 and (headers["Retry-After"] or "").isdigit() and body["code"] == "unavailable",
           f"an upload without room was answered with {status} {body}")
    left = [file for file in (system.data / "pawl.db.files").rglob("*") if file.is_file()]
    expect(not left, f"an upload that was refused left {left}")
    remount(system, "size=160m")
    status, _, body = upload(system, text)
    expect(status == 201, f"an upload with room was answered with {status} {body}")


def full_disk(system):
    with disk(system, "-t", "tmpfs", "-o", "size=6m", "none"):
        system.start_server()
        shop = Shop(system)
        shop.begin()
        refused, reads = fill_and_read(shop)
        try:
            shop.see("p-0")
        except Unavailable as error:
            check_unavailable(error, "an event")
        expect(system.server.poll() is None, "the server ended on the full disk")
        acknowledged = len(shop.started)
        remount(system, "size=64m")
        rest = goes_on(shop)
        expect(system.server.poll() is None, "the server ended after there was room again")
        shop.check()
        system.kill_server()
        system.start_server()
        shop.check()
        outcome = start_when_full(system, shop)
        remount(system, "size=64m")
        if system.server.poll() is not None:
            system.start_server()
        goes_on(shop)
        kept = shop.check()
        check_uploads(system)
    return (f"{acknowledged} starts until 503, then {refused} refusals and {reads} reads; goes on {rest:.1f} s after "
            f"there is room; a start on the full disk {outcome}; {kept} acknowledged, all there; an upload waits for "
            f"64 MiB of room")


# A read-only disk

def read_only_start(system):
    """Refused, with and without a database; writable again, all is there."""
    with disk(system, "-t", "tmpfs", "-o", "size=64m", "none"):
        remount(system, "ro")
        must_refuse(system, str(system.data), "Read-only file system")
        remount(system, "rw")
        system.start_server()
        shop = Shop(system)
        for _ in range(20):
            shop.begin()
        # The kernel refuses to make a disk read-only while files on it are open for writing: not under a server.
        system.kill_server()
        remount(system, "ro")
        before = {file.name: file.read_bytes() for file in system.data.iterdir()}
        must_refuse(system, str(system.data), "Read-only file system")
        after = {file.name: file.read_bytes() for file in system.data.iterdir()}
        expect(before == after, "a refused start changed a read-only disk")
        remount(system, "rw")
        system.start_server()
        shop.check()


class Image:
    """An ext4 file system in a file: after an error the kernel makes it read-only under whoever uses it."""

    options = "loop,errors=remount-ro"

    def __init__(self, folder):
        self.file = folder / "disk.img"
        with open(self.file, "wb") as file:
            file.truncate(24 * MEGABYTE)

    def can_be_used(self):
        return (Path("/sys/fs/ext4").exists() and succeeds("mkfs.ext4", "-q", "-F", self.file)
                and self.can_be_mounted())

    def can_be_mounted(self):
        with tempfile.TemporaryDirectory(prefix="pawl-disks-") as folder:
            if not succeeds("mount", "-o", self.options, self.file, folder):
                return False
            command("umount", folder)
            return True

    @staticmethod
    def fail(system):
        """What a write error of the device comes to."""
        device = os.stat(system.data).st_dev
        name = Path(os.path.realpath(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")).name
        Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("scripts/disks")

    def repair(self):
        expect(subprocess.run(["e2fsck", "-fy", str(self.file)], capture_output=True).returncode < 4,
               "e2fsck cannot repair the file system")


def write_after_error(system, shop):
    """Refused, or the process ends because it does not know what is on the disk. Returns what it did."""
    check_reads(shop)
    position = log_size(system)
    for _ in range(3):
        try:
            raise Violation(f"a start on a read-only disk was acknowledged: {shop.begin()}")
        except Unavailable as error:
            expect(error.status in (503, None), f"a start on a read-only disk: {error}")
    try:
        system.server.wait(timeout=1)
    except subprocess.TimeoutExpired:
        check_reads(shop)
        return "writes are refused, reads go on"
    words = said_since(system, position)
    expect(system.server.returncode == UNTRUSTED, f"the server ended with {system.server.returncode}: {words}")
    expect(" CRITICAL " in words and len(words.splitlines()) == 1, f"the server ended and said: {words}")
    return f"the first write ends the process ({UNTRUSTED})"


def read_only_under_server(system):
    image = Image(system.folder)
    if not image.can_be_used():
        return "under a running server: skipped: no ext4 image can be mounted here"
    shop = Shop(system)
    with disk(system, "-o", Image.options, image.file):
        system.start_server()
        for _ in range(20):
            shop.begin()
        shop.see("p-0")
        image.fail(system)
        outcome = write_after_error(system, shop)
        if system.server.poll() is not None:
            must_refuse(system, str(system.data), "Read-only file system")
    image.repair()
    with disk(system, "-o", Image.options, image.file):
        system.start_server()
        kept = shop.check()
        shop.begin()
    return f"under a running server {outcome}, reads until then; repaired, all {kept} acknowledged are there"


def read_only_disk(system):
    read_only_start(system)
    return "a start is refused and changes nothing; " + read_only_under_server(system)


# A damaged page

def wal_size(system):
    log = system.data / "pawl.db-wal"
    return log.stat().st_size if log.exists() else 0


def settled(system):
    """The database file of a stopped server, with all that its log held."""
    system.stop()
    system.start_server()
    system.stop()
    expect(wal_size(system) == 0, "a start leaves the write-ahead log as it was")
    # With the database goes what says that it is the folder's last.
    (system.folder / "settled.state").write_bytes((system.data / "pawl.state").read_bytes())
    return (system.data / "pawl.db").read_bytes()


def page_kinds(system, pages):
    """What each page is, as far as this Python's SQLite can tell."""
    kinds = {number: ("free", "") for number in range(1, pages + 1)}
    database = sqlite3.connect(f"file:{system.data}/pawl.db?mode=ro&immutable=1", uri=True)
    try:
        for number, name, kind in database.execute("SELECT pageno, name, pagetype FROM dbstat"):
            kinds[number] = (name, kind)
    except sqlite3.OperationalError:  # built without dbstat
        return {number: ("page", "") for number in kinds}
    finally:
        database.close()
    return kinds


def put_database(system, content):
    for name in OWN_FILES - {"pawl.lock"}:
        (system.data / name).unlink(missing_ok=True)
    (system.data / "pawl.db").write_bytes(content)
    (system.data / "pawl.state").write_bytes((system.folder / "settled.state").read_bytes())


def damaged(content, page, noise, offset=0):
    start = (page - 1) * PAGE + offset
    return content[:start] + noise + content[start + len(noise):]


def check_damage_refusal(system, words, content, kind):
    check_refusal(system, re.sub(r"\*\*\* in database main \*\*\*\n", "", words), "pawl.db")
    # With the list of tables itself gone, nothing has a name any more.
    expect(kind[0] in ("sqlite_schema", "page") or re.search(r"page \d+|tree \d+|table \w+", words, re.I),
           f"damage in {kind} is refused without saying where: {words}")
    expect((system.data / "pawl.db").read_bytes() == content, f"a refused start changed pawl.db ({kind})")


def is_error_told(found):
    """The row is damaged and the answer says so."""
    return found["health"] == "blocked" and "damaged" in found["why"]


def check_error(system, error, key, what):
    """The answer says what is damaged, or there is none because the process has ended at the damage."""
    if error.status is None:
        wait_for(lambda: system.server.poll() is not None, 5, f"{what}: {error}")
        expect(system.server.returncode == UNTRUSTED, f"{what}: the server ended with {system.server.returncode}")
    else:
        expect(error.status == 500, f"{what} is answered with {error}")
        expect("pawl.db" in str(error) or key in str(error), f"{what}: unclear: {error}")


def is_right_or_error(shop, key, what):
    """Asks for one instance and its history. Returns whether both are as they were; else each says what is wrong."""
    is_right = True
    for where in (path(key), path(key) + "/history"):
        try:
            status, found = shop.system.api.call("GET", where)
        except Unavailable as error:
            check_error(shop.system, error, key, f"{what}: {where}")
            is_right = False
            continue
        expect(status == 200, f"{what}: {where} is answered with {status} {found}")
        if where == path(key) and is_error_told(found):
            is_right = False
        elif where == path(key):
            expect(shop.is_right(key, found), f"{what}: garbage for {key}: {found}")
    return is_right


def right_or_error(shop, keys, what):
    """Of each instance, and of the list, which shows the sound ones or is an error. Returns whether all is right."""
    sound = {key for key in keys if is_right_or_error(shop, key, what)}
    try:
        listed = {row["key"] for row in listing(shop.system)}
    except Unavailable as error:
        check_error(shop.system, error, "damaged", f"{what}: the list")
        return False
    expect(sound <= listed, f"{what}: the list hides {sorted(sound - listed)[:5]}")
    return len(sound) == len(keys)


def listing(system):
    rows, cursor = [], ""
    while cursor is not None:
        status, page = system.api.call("GET", f"/v1/instances?filter=workflow:parcel&count=500{cursor}")
        expect(status == 200, f"the list is answered with {status} {page}")
        rows += page["instances"]
        cursor = f"&cursor={page['cursor']}" if "cursor" in page else None
    return rows


def write_or_stop(shop, what):
    """A start is acknowledged, or the process ends at the damage with its own status. Returns whether it ended."""
    system = shop.system
    try:
        shop.started.discard(shop.begin())
        return False
    except Unavailable as error:
        expect(error.status in (503, None), f"{what}: a start is answered with {error}")
    wait_for(lambda: system.server.poll() is not None, 5, f"{what}: a start is refused and the server goes on")
    expect(system.server.returncode == UNTRUSTED, f"{what}: the server ended with {system.server.returncode}")
    return True


def try_damage(shop, content, kind, keys, figures):
    system = shop.system
    put_database(system, content)
    words = launch(system)
    if words is None:
        is_right = right_or_error(shop, keys, f"damage in {kind}")
        figures["stopped" if write_or_stop(shop, f"damage in {kind}") else "right" if is_right else "errors"] += 1
        if system.server.poll() is None:
            system.kill_server()
    elif system.server.returncode == UNTRUSTED:
        expect("pawl.db" in words, f"damage in {kind}: unclear: {words}")
        figures["stopped"] += 1
    else:
        check_damage_refusal(system, words, content, kind)
        figures["refused"] += 1


def small_database(shop):
    """Of every kind of page something: rows, overflow, receipts, timers; also pages that became free."""
    system = shop.system
    soon = rfc3339(system.now() + datetime.timedelta(seconds=1.5))
    keys = [shop.begin(until=soon if number % 2 else NEVER) for number in range(240)]
    keys += [shop.begin(size=9_000) for _ in range(4)]
    for key in keys[::8]:
        shop.see(key)
    wait_for(lambda: system.count("workflow:parcel status:running") == 124, 10, "120 timers that are due")
    return keys


def every_page(shop, randomness, figures):
    """Noise over each page in turn: SQLite sees it; then in the rows alone: only Pawl can."""
    keys = small_database(shop)
    content = settled(shop.system)
    kinds = page_kinds(shop.system, len(content) // PAGE)
    for page, kind in kinds.items():
        try_damage(shop, damaged(content, page, randomness.randbytes(PAGE)), kind, keys, figures)
    for page, kind in kinds.items():
        # Indexes too: a key that its index has lost must not be given out again.
        if kind[1] in ("leaf", "overflow"):
            noise = randomness.randbytes(64)
            try_damage(shop, damaged(content, page, noise, PAGE // 2), kind, keys[-4:] + keys[::10], figures)
    return len(set(kinds.values()))


def large_database(shop, randomness, figures):
    """Too large to be looked through at the start: one page of each kind that there are many of, and of the roots."""
    system = shop.system
    system.data = system.folder / "large"
    system.start_server()
    keys = [shop.begin(size=7_000) for _ in range(600)]
    content = settled(system)
    expect(len(content) > 17 * MEGABYTE, "the large database is not large")
    pages = collections.defaultdict(list)
    for page, kind in page_kinds(system, len(content) // PAGE).items():
        pages[kind].append(page)
    for kind, numbers in pages.items():
        if len(numbers) > 8 or kind[1] == "internal":
            noise = randomness.randbytes(PAGE)
            try_damage(shop, damaged(content, numbers[len(numbers) // 2], noise), kind, keys[::20], figures)


def damaged_page(system):
    randomness = seeded(7)
    small, large = collections.Counter(), collections.Counter()
    system.start_server()
    kinds = every_page(Shop(system), randomness, small)
    large_database(Shop(system), randomness, large)

    def told(figures):
        return (f"{sum(figures.values())} damages: {figures['refused']} refused at the start, {figures['right']} "
                f"without effect, {figures['errors']} answered as errors, {figures['stopped']} ended the process")

    return f"{kinds} kinds of page, {told(small)}; over 16 MiB {told(large)}; no wrong answer"


# A second server

def twin(system):
    """Another server for the same folder."""
    other = System(system.folder / "twin", system.scale, project=system.project)
    other.data = system.data
    return other


class Customers:
    """Clients who start one parcel after the other, insisting on an answer or (else) on not being disturbed."""

    def __init__(self, shop, call, count=4):
        self.ends, self.failures = False, []
        self.threads = [threading.Thread(target=self.live, args=(shop, call), daemon=True) for _ in range(count)]

    def live(self, shop, call):
        try:
            while not self.ends:
                shop.begin(call=call)
        except Exception as error:  # noqa: BLE001: raised by `leave`
            self.failures.append(error)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True

    def leave(self):
        self.ends = True
        for thread in self.threads:
            thread.join(timeout=30)
        expect(not any(thread.is_alive() for thread in self.threads), "a client still waits for an answer")
        if self.failures:
            raise Violation(f"a client was disturbed: {self.failures[0]}")


def refused_beside(system, other, shop):
    """While clients use the first. Returns how long the refusal took at most."""
    slowest = 0
    with Customers(shop, system.api.call, count=2) as customers:
        for _ in range(5):
            before, begin = len(shop.started), time.monotonic()
            must_refuse(other, str(system.data), f"process {system.server.pid} ")
            slowest = max(slowest, time.monotonic() - begin)
            wait_for(lambda: len(shop.started) > before, 5, "starts at the first server")
        customers.leave()
    expect(system.server.poll() is None, "the first server ended")
    return slowest


def race(one, two, before):
    """Both at the same moment. Returns the one that won, after it answers, and whether the loser named it; in the
    moment before the winner has written its number down it may name the holder before it."""
    positions = {system: log_size(system) for system in (one, two)}
    for system in (one, two):
        system.launch_server()
    lost, _ = wait_for(lambda: [system for system in (one, two) if system.server.poll() is not None], 10,
                       "two servers in one folder: neither gives up")
    expect(len(lost) == 1, "two servers at the same moment: both gave up")
    winner, loser = (two, one) if lost[0] is one else (one, two)
    words = said_since(loser, positions[loser])
    check_refusal(loser, words, str(one.data), "is in use")
    named = re.search(r"process (\d+)", words)
    expect(not named or int(named[1]) in (before, winner.server.pid),
           f"process {winner.server.pid} has it, but: {words}")
    winner.await_answer(winner.api, "/readyz", winner.server)
    return winner, bool(named) and int(named[1]) == winner.server.pid


def races(system, other, shop):
    """Returns how often each won and how often the loser named the winner."""
    wins, named, before = collections.Counter(), 0, other.server.pid
    for number in range(ROUNDS):
        winner, is_named = race(*((system, other) if number % 2 else (other, system)), before)
        wins[winner] += 1
        named += is_named
        before = winner.server.pid
        if number == ROUNDS - 1:
            shop.check(winner)
        winner.kill_server()
    return wins, named


def second_server(system):
    other, shop = twin(system), Shop(system)
    try:
        system.start_server()
        slowest = refused_beside(system, other, shop)
        shop.check()
        system.kill_server()
        begin = time.monotonic()
        other.start_server()
        took = time.monotonic() - begin
        shop.check(other)
        other.kill_server()
        wins, named = races(system, other, shop)
    finally:
        other.stop()
    return (f"refused in {slowest * 1e3:.0f} ms at most while the first took {len(shop.started)} starts; after kill -9 "
            f"the second answers in {took * 1e3:.0f} ms; {ROUNDS} races, {wins[system]} to {wins[other]}, the holder "
            f"named in {named}")


# A storm of restarts

def check_files(system):
    """Whole by SQLite's own check, and nothing beside it."""
    names = {file.name for file in system.data.iterdir()}
    expect(names <= OWN_FILES, f"left over: {sorted(names - OWN_FILES)}")
    database = sqlite3.connect(f"file:{system.data}/pawl.db?mode=ro", uri=True)
    try:
        answer = database.execute("PRAGMA integrity_check").fetchall()
    finally:
        database.close()
    expect(answer == [("ok",)], f"the database is damaged: {answer[:3]}")


def restart_storm(system):
    randomness, shop = seeded(11), Shop(system)
    longest = answered = 0
    with Customers(shop, system.insist) as customers:
        for number in range(KILLS):
            before = len(shop.started)
            system.launch_server()
            time.sleep(randomness.random() * 0.4)
            expect(system.server.poll() is None, f"start {number + 1} ended with {system.server.returncode}")
            system.kill_server()
            answered += len(shop.started) > before
            longest = max(longest, wal_size(system))
        system.start_server()
        customers.leave()
    expect(answered > KILLS // 10, f"only {answered} of {KILLS} lives were long enough to answer")
    expect(longest < LOG_LIMIT, f"a write-ahead log of {longest // MEGABYTE} MiB")
    kept = shop.check()
    system.stop()
    expect(system.server.returncode == 0, f"the server ended with {system.server.returncode} after the storm")
    check_files(system)
    return (f"{KILLS} kills, {answered} lives with answers, {kept} acknowledged, each there once; write-ahead log "
            f"{longest / MEGABYTE:.1f} MiB at most, nothing left over")


PARTS = {"full": full_disk, "read-only": read_only_disk, "damaged": damaged_page, "second": second_server,
         "storm": restart_storm}


def perform(name):
    with tempfile.TemporaryDirectory(prefix="pawl-disks-") as folder:
        workflow = Path(folder) / "workflows" / "parcel"
        workflow.mkdir(parents=True)
        (workflow / "workflow.yaml").write_text(PARCEL)
        (Path(folder) / "adapters").mkdir()
        system = System(folder, 1, project=Path(folder))
        begin = time.monotonic()
        try:
            figures = PARTS[name](system)
        except (Violation, Unavailable, SystemExit) as violation:
            for log in sorted(Path(folder).rglob("server.log")):
                print(f"--- the end of {log.relative_to(folder)}:\n{log.read_text(errors='replace')[-3000:]}")
            raise SystemExit(f"disks: {name}: {violation}") from None
        finally:
            system.stop()
    print(f"  {name}: {figures} ({time.monotonic() - begin:.0f} s)", flush=True)


def give_up(number, _):
    """Through every `finally`, so that nothing stays mounted."""
    raise SystemExit("something hangs" if number == signal.SIGALRM else "ended from outside")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be repeated")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, give_up)
    signal.signal(signal.SIGALRM, give_up)
    is_able = can_mount()
    if not is_able:
        enter_namespace()
    signal.alarm(WHOLE_RUN)
    for name in options.only or PARTS:
        if name in ("full", "read-only") and not is_able:
            print(f"  {name}: skipped: cannot mount here", flush=True)
        else:
            perform(name)
    print("disks: passed", flush=True)


if __name__ == "__main__":
    main()
