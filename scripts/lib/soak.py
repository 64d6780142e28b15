"""A long run of the shipped binary under steady load: half of it with kills, half in one life. Memory, write-ahead
log and file handles must stay flat; what happened is judged as in the crash test."""

import argparse
import datetime
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

from crash import collect, judge, settle
from market import ROOT, Log, Order, System, seeded

SCALE = 600
VISIT = datetime.timedelta(hours=3)
MEGABYTE = 1 << 20
LOG_LIMIT = 160 * MEGABYTE
KILL_EVERY = 20  # seconds


class Load:
    """Orders at a steady rate, each lived through in a thread of its own."""

    def __init__(self, system, rate, clients, seed):
        self.system, self.rate, self.clients, self.seed = system, rate, clients, seed
        self.log = Log(system.folder / "client.jsonl")
        self.stories, self.lives, self.failures = [], [], []
        self.ends = False
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        begin = time.monotonic()
        while not self.ends:
            number = len(self.stories)
            time.sleep(max(0, begin + number / self.rate - time.monotonic()))
            story = Order(number, self.system, self.log, seeded(self.seed * 1_000_000 + number), self.clients)
            self.stories.append(story)
            life = threading.Thread(target=self.live, args=(story,), daemon=True)
            life.start()
            self.lives.append(life)

    def live(self, story):
        try:
            story.live(VISIT)
        except BaseException as error:  # noqa: BLE001: reported by the judge
            self.failures.append(f"{story.key}: {error}")

    def stop(self):
        self.ends = True
        self.thread.join()
        for life in self.lives:
            life.join(timeout=120)
        return self.failures + [f"{life.name} never ended" for life in self.lives if life.is_alive()][:3]


def sample(system):
    process = Path(f"/proc/{system.server.pid}")
    pages = int((process / "statm").read_text().split()[1])
    log = system.folder / "data" / "pawl.db-wal"
    return {"memory": pages * os.sysconf("SC_PAGE_SIZE"), "handles": len(os.listdir(process / "fd")),
            "log": log.stat().st_size if log.exists() else 0}


def flat(name, early, late, slack):
    """The later samples may lie above the earlier ones by a part and a little."""
    first, last = statistics.median(early), statistics.median(late)
    return [] if last <= first * 1.25 + slack else [f"{name} grew from {first:.0f} to {last:.0f}"]


def run(system, minutes, rate, seed):
    clients = [f"c-{n}" for n in range(40)]
    load = Load(system, rate, clients, seed)
    load.thread.start()
    begin, lives, kills = time.monotonic(), [], 0
    while time.monotonic() - begin < minutes * 30:
        time.sleep(KILL_EVERY)
        lives.append(sample(system))
        system.kill_server()
        system.start_server()
        kills += 1
    samples = []
    while time.monotonic() - begin < minutes * 60:
        time.sleep(2)
        samples.append(sample(system))
        if len(samples) % 30 == 0:
            print(f"  {(time.monotonic() - begin) / 60:.1f} min, {len(load.stories)} orders, {kills} kills, "
                  f"memory {samples[-1]['memory'] // MEGABYTE} MiB, {samples[-1]['handles']} handles, "
                  f"log {samples[-1]['log'] // MEGABYTE} MiB", flush=True)
    violations = load.stop()
    third = max(1, len(samples) // 3)
    early, late = samples[third:2 * third] or samples, samples[-third:]
    violations += flat("memory", [s["memory"] for s in early], [s["memory"] for s in late], 16 * MEGABYTE)
    violations += flat("handles", [s["handles"] for s in early], [s["handles"] for s in late], 16)
    if lives:
        half = max(1, len(lives) // 2)
        violations += flat("memory of a short life", [s["memory"] for s in lives[:half]],
                           [s["memory"] for s in lives[-half:]], 32 * MEGABYTE)
    largest = max(s["log"] for s in lives + samples)
    if largest > LOG_LIMIT:
        violations.append(f"the write-ahead log reached {largest // MEGABYTE} MiB")
    collect(system, clients, kills=0, randomness=seeded(seed))
    settle(system)
    violations += judge(system, load.log, load.stories, clients)
    print(f"  {len(load.stories)} orders, {kills} kills; one life of {len(samples) * 2} s: memory "
          f"{statistics.median(s['memory'] for s in early) / MEGABYTE:.0f} then "
          f"{statistics.median(s['memory'] for s in late) / MEGABYTE:.0f} MiB, largest log {largest // MEGABYTE} MiB",
          flush=True)
    return violations


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=10)
    parser.add_argument("--rate", type=float, default=4, help="orders a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pawl-soak-") as folder:
        system = System(folder, SCALE, ROOT / "samples" / "demo" / "pawl.yaml")
        system.start()
        try:
            violations = run(system, options.minutes, options.rate, options.seed)
        finally:
            system.stop()
        if violations:
            print("\n".join(violations[:40]))
            print((system.folder / "server.log").read_text()[-4000:])
            raise SystemExit(f"soak: {len(violations)} violations")
    print("soak: passed", flush=True)


if __name__ == "__main__":
    main()
