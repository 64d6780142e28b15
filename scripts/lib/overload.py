"""Too much at once for the shipped binary: timers that are all due at one instant, and ten times the usual arrivals.
The API goes on answering, memory and the write-ahead log stay bounded, everything acknowledged ends."""

import argparse
import datetime
import os
import tempfile
import threading
import time
from pathlib import Path

from market import Endpoint, System, Unavailable, rfc3339

SLEEPER = """workflow: sleeper
version: 1
input: {type: object, required: [until], properties: {until: {type: string, format: date-time}}}
initial: asleep
states:
  asleep: {after: {'${timestamp(input.until)}': awake}}
  awake: {type: final}
"""
MEGABYTE = 1 << 20
MEMORY_LIMIT = 800 * MEGABYTE
LOG_LIMIT = 160 * MEGABYTE


class Watch:
    """The largest memory and write-ahead log, and what an onlooker who asks all the time gets to see."""

    def __init__(self, system):
        self.system = system
        self.memory = self.log = 0
        self.waits, self.failures = [], []
        self.ends = False
        self.threads = [threading.Thread(target=act, daemon=True) for act in (self.measure, self.look)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        for thread in self.threads:
            thread.join()

    def measure(self):
        log = self.system.folder / "data" / "pawl.db-wal"
        while not self.ends:
            pages = int(Path(f"/proc/{self.system.server.pid}/statm").read_text().split()[1])
            self.memory = max(self.memory, pages * os.sysconf("SC_PAGE_SIZE"))
            self.log = max(self.log, log.stat().st_size if log.exists() else 0)
            time.sleep(0.05)

    def look(self):
        """A start that is repeated, and a read: a change and a look, each with an answer."""
        endpoint = Endpoint(self.system.port)
        body = {"until": "2020-01-01T00:00:00Z"}
        while not self.ends:
            begin = time.monotonic()
            for method, path, content in (
                    ("PUT", "/v1/workflows/sleeper/instances/onlooker", body),
                    ("GET", "/v1/workflows/sleeper/instances/onlooker", None)):
                try:
                    status, answer = endpoint.call(method, path, content, "operator/test")
                    if status not in (200, 201):
                        self.failures.append(f"{method}: {status} {answer}")
                except Unavailable as error:
                    self.failures.append(f"{method}: {error}")
            self.waits.append(time.monotonic() - begin)

    def report(self, name):
        waits = sorted(self.waits)
        print(f"  {name}: an onlooker got {len(waits)} answers (p50 {waits[len(waits) // 2] * 1e3:.0f} ms, "
              f"p99 {waits[len(waits) * 99 // 100] * 1e3:.0f} ms), memory {self.memory // MEGABYTE} MiB, "
              f"write-ahead log {self.log // MEGABYTE} MiB", flush=True)
        found = [f"{name}: the onlooker got {failure}" for failure in self.failures[:5]]
        if self.memory > MEMORY_LIMIT:
            found.append(f"{name}: {self.memory // MEGABYTE} MiB of memory")
        if self.log > LOG_LIMIT:
            found.append(f"{name}: a write-ahead log of {self.log // MEGABYTE} MiB")
        return found


def start_all(system, prefix, count, until, rate=None, threads=8):
    """Starts instances, at a rate or as fast as it goes; returns the keys that were acknowledged, and refusals."""
    acknowledged, refusals = [], []
    begin = time.monotonic()

    def work(offset):
        endpoint = Endpoint(system.port)
        for number in range(offset, count, threads):
            if rate:
                time.sleep(max(0, begin + number / rate - time.monotonic()))
            key = f"{prefix}-{number}"
            try:
                status, answer = endpoint.call(
                    "PUT", f"/v1/workflows/sleeper/instances/{key}", {"until": until()}, "operator/test")
                if status in (200, 201):
                    acknowledged.append(key)
                else:
                    refusals.append(f"{status} {answer}")
            except Unavailable as error:
                refusals.append(str(error))

    workers = [threading.Thread(target=work, args=(offset,)) for offset in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return acknowledged, refusals


def drain(system, patience=300):
    """Waits until nothing runs; returns how many still do."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        running = system.count("workflow:sleeper status:running")
        if running == 0:
            return 0
        time.sleep(0.1)
    return running


def check_ended(system, name, acknowledged):
    ended = system.count("workflow:sleeper status:completed")
    # The onlooker's own is one more.
    missing = len(acknowledged) + 1 - ended
    return [f"{name}: {missing} of {len(acknowledged)} acknowledged starts did not end"] if missing > 0 else []


def timers(system, count):
    """All due at one instant, which is far enough for all of them to be asleep by then."""
    due = system.now() + datetime.timedelta(seconds=10 + count / 400)
    begin = time.monotonic()
    acknowledged, refusals = start_all(system, "t", count, lambda: rfc3339(due))
    seconds = time.monotonic() - begin
    asleep = system.count("workflow:sleeper status:running")
    time.sleep(max(0, (due - system.now()).total_seconds() - 0.5))
    with Watch(system) as watch:
        time.sleep(0.5)
        begin = time.monotonic()
        left = drain(system)
        drained = time.monotonic() - begin
    print(f"  timers: {len(acknowledged)} started in {seconds:.1f} s, {asleep} asleep, "
          f"all awake {drained:.1f} s after the instant", flush=True)
    found = [f"timers: {left} are still asleep"] if left else []
    found += [f"timers: a start was refused: {refusal}" for refusal in refusals[:3]]
    return found + watch.report("timers") + check_ended(system, "timers", acknowledged), acknowledged


def arrivals(system, rate, seconds, before):
    """The usual rate for a while, ten times it, the usual again."""
    until = lambda: rfc3339(system_time() + datetime.timedelta(seconds=2))
    system_time = lambda: datetime.datetime.now(datetime.timezone.utc)
    acknowledged, refused = list(before), 0
    with Watch(system) as watch:
        for name, factor, length in (("calm", 1, 5), ("crowd", 10, seconds), ("after", 1, 5)):
            keys, refusals = start_all(
                system, name, int(rate * factor * length), until, rate * factor, threads=32)
            acknowledged += keys
            refused += len(refusals)
            print(f"  arrivals: {name}, {rate * factor}/s for {length} s: {len(keys)} acknowledged, "
                  f"{len(refusals)} refused", flush=True)
        left = drain(system)
    found = [f"arrivals: {left} did not end"] if left else []
    return found + watch.report("arrivals") + check_ended(system, "arrivals", acknowledged)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timers", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=100, help="usual arrivals a second")
    parser.add_argument("--seconds", type=int, default=10, help="of ten times as many")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pawl-overload-") as folder:
        workflow = Path(folder) / "workflows" / "sleeper"
        workflow.mkdir(parents=True)
        (workflow / "workflow.yaml").write_text(SLEEPER)
        (Path(folder) / "adapters").mkdir()
        system = System(folder, 1, project=Path(folder))
        system.start_server()
        try:
            violations, started = timers(system, options.timers)
            violations += arrivals(system, options.rate, options.seconds, started)
        finally:
            system.stop()
    if violations:
        print("\n".join(violations))
        raise SystemExit(f"overload: {len(violations)} violations")
    print("overload: passed", flush=True)


if __name__ == "__main__":
    main()
