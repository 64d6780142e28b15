"""Shows that the suite is worth something: each deliberate bug (Sources/Sabotage/Mutant.swift) must fail it.
Prints the bug, the test that caught it and the seconds that took."""

import os
import re
import subprocess
import sys
import time

from market import ROOT

DEBUG = ROOT / ".build" / "debug"
LIMIT = 180  # seconds; a bug that makes the suite hang is caught as well, and said so

# Which tests are asked, the cheapest first.
SUITES = {
    "store": "SQLiteStoreTests",
    "engine": "EngineTests",
    "execution": "ExecutionTests",
    "simulation": "SimulationTests.SimulationTests",
    "powerloss": "PowerLossTests",
}

CAUGHT_BY = {
    "synchronous-off": "powerloss",
    "batch-in-pieces": "store",
    "commit-without-outbox": "store",
    "revision-checked-outside": "store",
    "record-revision-ignored": "store",
    "acknowledged-before-flush": "engine",
    "failed-flush-taken-as-written": "engine",
    "unflushed-receipts-unseen": "engine",
    "event-applied-twice": "engine",
    "event-dropped-while-busy": "simulation",
    "message-not-consumed": "simulation",
    "kept-events-forgotten": "engine",
    "calls-not-recovered": "simulation",
    "timer-early": "simulation",
    "timer-dropped-on-step-back": "engine",
    "overdue-timers-forgotten": "engine",
    "new-key-per-attempt": "simulation",
    "key-without-activation": "execution",
    "result-recorded-twice": "simulation",
    "stale-answer-taken": "execution",
    "late-reply-applied": "execution",
    "unknown-taken-as-failed": "execution",
    "retried-after-key-retention": "execution",
    "compensation-registered-at-completion": "execution",
    "compensated-in-forward-order": "execution",
    "compensated-before-settling": "execution",
    "failed-compensation-taken-as-done": "execution",
    "terminal-state-overwritten": "execution",
    "history-gap": "simulation",
}

# A cross-section for every run of CI: the disk, the engine, time, calls, undoing.
CHOSEN = [
    "synchronous-off", "batch-in-pieces", "acknowledged-before-flush", "event-applied-twice",
    "timer-early", "new-key-per-attempt", "retried-after-key-retention",
    "compensation-registered-at-completion", "compensated-in-forward-order",
    "terminal-state-overwritten", "history-gap",
]


def known():
    lines = subprocess.run([str(DEBUG / "pawl"), "sabotage"], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return [line.split()[1] for line in lines if line.startswith("mutant ")]


def tests(suite, mutant=None):
    """Returns the first failing test, None when all passed, and the seconds."""
    environment = dict(os.environ, SEED="1", SEEDS="40", IMAGES="400")
    if mutant:
        environment["PAWL_MUTANT"] = mutant
    begin = time.monotonic()
    command = ["swift", "test", "--skip-build", "--filter", SUITES[suite]]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return f"{SUITES[suite]} (it never ended)", time.monotonic() - begin
    seconds = time.monotonic() - begin
    if process.returncode == 0:
        if not re.search(r"Test run with [1-9]\d* test", output):
            raise SystemExit(f"error: {SUITES[suite]} ran no test\n{output[-2000:]}")
        return None, seconds
    failed = re.search(r"^. Test (.+?) (?:recorded an issue|failed|with \d+ test cases? failed)",
                       output, re.MULTILINE)
    return (failed.group(1) if failed else f"{SUITES[suite]} (it crashed)"), seconds


def main():
    mutants = known()
    unknown = set(CAUGHT_BY) ^ set(mutants)
    if unknown:
        raise SystemExit(f"error: say in scripts/lib/mutants.py what catches {', '.join(sorted(unknown))}")
    wanted = sys.argv[1:] or mutants
    if wanted == ["chosen"]:
        wanted = CHOSEN
    for suite in sorted({CAUGHT_BY[mutant] for mutant in wanted}):
        test, _ = tests(suite)
        if test:
            raise SystemExit(f"error: {test} fails without any mutant")
    survivors = []
    for mutant in wanted:
        test, seconds = tests(CAUGHT_BY[mutant], mutant)
        print(f"  {mutant:38} {test or 'SURVIVED':70} {seconds:6.1f} s", flush=True)
        if not test:
            survivors.append(mutant)
    if survivors:
        raise SystemExit(f"mutants: {len(survivors)} of {len(wanted)} survived: {', '.join(survivors)}")
    print(f"mutants: {len(wanted)} of {len(wanted)} caught", flush=True)


if __name__ == "__main__":
    main()
