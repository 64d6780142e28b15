"""Measures the workloads in turn, several rounds of each, and prints one table of medians.

Ratios are made within a round, where both sides met the same machine, and their median is shown.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from statistics import median

import cold_start
import lists
import recovery

BINARY = "Benchmarks/.build/release/Benchmarks"
PEER = "Benchmarks/.venv/bin/python"
CLIENTS = (1, 32, 256)
STEPS = 5


def line_of(command):
    """-> what the command printed: one line of JSON."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


class Bench:
    def __init__(self, options, scratch):
        self.options = options
        self.scratch = scratch
        self.has_peer = os.path.exists(PEER)

    def ours(self, *arguments, scratch=True):
        command = [BINARY, *map(str, arguments)]
        return line_of(command + (["--scratch", self.scratch] if scratch else []))

    def peer(self, kind, clients, *further):
        if not self.has_peer:
            return None
        folder = tempfile.mkdtemp(dir=self.scratch)
        try:
            script = [PEER, "scripts/lib/dbos_bench.py", kind, clients, self.options.seconds, folder]
            return line_of([*map(str, script), *map(str, further)])
        finally:
            shutil.rmtree(folder)

    @contextlib.contextmanager
    def child(self, *arguments):
        """A process that prints its port in its first line; ends with the block."""
        process = subprocess.Popen([BINARY, *arguments], stdout=subprocess.PIPE, text=True)
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()

    def served(self, kind, clients, *further, serving=()):
        """A server of its own, and its client."""
        with self.child("serve", "--scratch", self.scratch, *serving) as address:
            server = ["--port", address["port"], "--pid", address["pid"]]
            server += ["--token", address["token"]] if "token" in address else []
            return self.ours("load", kind, *server, "--clients", clients, *further, scratch=False)

    def timing(self):
        return ["--seconds", self.options.seconds]

    # Each measures one round: ours, the limit's figure and the peer's line, where there are such.

    def w1a(self, clients):
        ours = self.ours("null-order", "--clients", clients, "--limit", *self.timing())
        return ours, ours["limitPerSecond"] / ours["commitsPerOrder"], self.peer("null", clients)

    def w1a_http(self, clients):
        return self.served("order", clients, *self.timing()), None, None

    # Counted and traced, against the same without, which stands where the limit does.

    def w1a_told(self, clients):
        alone = self.ours("null-order", "--clients", clients, *self.timing())
        return self.ours("null-order", "--told", "--clients", clients, *self.timing()), alone["perSecond"], None

    def w1a_http_told(self, clients):
        alone = self.served("order", clients, *self.timing())
        return self.served("order", clients, *self.timing(), serving=["--told"]), alone["perSecond"], None

    def w1a_http_controlled(self, clients):
        alone = self.served("order", clients, *self.timing())
        return self.served("order", clients, *self.timing(), serving=["--controlled"]), alone["perSecond"], None

    def w1b(self, clients):
        return self.ours("null-order", "--local", "--clients", clients, *self.timing()), None, None

    def w2(self, clients):
        with self.child("echo") as address:
            port = address["port"]
            loop = ["--port", port, "--clients", clients, *self.timing()]
            ours = self.ours("adapter-order", *loop)
            alone = self.ours("curl-alone", *loop, scratch=False)["perSecond"] / STEPS
            return ours, alone, self.peer("http", clients, port)

    def w3(self, sleepers):
        return self.ours("timers", "--count", sleepers), None, None

    def w4(self, orders):
        return recovery.measure(BINARY, self.scratch, orders), None, None

    def w5(self, clients):
        return self.ours("events", "--clients", clients), None, None

    def w5_http(self, clients):
        return self.served("events", clients), None, None

    def idle(self, _):
        return cold_start.measure(tempfile.mkdtemp(dir=self.scratch)), None, None

    def w9(self, workers):
        return self.ours("matching", "--workers", workers), None, None

    def w10(self, tasks):
        return self.ours("task-lists", "--tasks", tasks), None, None

    def w11(self, opened):
        return lists.measure(self.scratch, opened * 10, opened), None, None

    def w7(self, _):
        return self.ours("kernel", *self.timing(), scratch=False), None, None

    def w8a(self, _):
        return self.ours("decide", *self.timing(), scratch=False), None, None

    def w8b(self, _):
        return self.ours("decide", "--local", *self.timing(), scratch=False), None, None


def table(bench):
    options = bench.options
    for name, measure, sizes, rounds in [
        ("W1a", bench.w1a, CLIENTS, options.rounds),
        ("W1a HTTP", bench.w1a_http, CLIENTS, options.rounds),
        ("W1told", bench.w1a_told, CLIENTS, options.rounds),
        ("W1told HTTP", bench.w1a_http_told, CLIENTS, options.rounds),
        ("W1access HTTP", bench.w1a_http_controlled, CLIENTS, options.rounds),
        ("W1b", bench.w1b, CLIENTS, options.rounds),
        ("W2", bench.w2, CLIENTS, options.rounds),
        ("W3", bench.w3, [options.sleepers], 1),
        ("W4", bench.w4, [1000], 1),
        ("W5", bench.w5, (32, 256), options.rounds),
        ("W5 HTTP", bench.w5_http, (32, 256), options.rounds),
        ("W7", bench.w7, [1], options.rounds),
        ("W8a", bench.w8a, [1], options.rounds),
        ("W8b", bench.w8b, [1], options.rounds),
        ("W9", bench.w9, (1_000, 100_000, 1_000_000), 1),
        ("W10", bench.w10, (1_000, 100_000), options.rounds),
        ("W11", bench.w11, [options.listed], 1),
        ("cold start", bench.idle, [1], options.rounds),
    ]:
        if options.only and name.split()[0] not in options.only:
            continue
        for size in sizes:
            print(f"{name}, {size} …", file=sys.stderr)
            yield row(name, size, [measure(size) for _ in range(rounds)])


def row(name, size, rounds):
    ours, limits, peers = ([part for part in parts if part] for parts in zip(*rounds))
    of = lambda key, lines: median(line[key] for line in lines)
    ratio = []
    if limits:
        ratio.append(f"{median(r[0]['perSecond'] / r[1] for r in rounds):.2f} of the limit")
    if peers:
        ratio.append(f"{median(r[0]['perSecond'] / r[2]['perSecond'] for r in rounds):.0f} × the peer")
    cells = [
        name,
        f"{size:,}",
        f"{of('perSecond', ours):,.0f}/s",
        f"{median(limits):,.0f}/s" if limits else "",
        f"{of('perSecond', peers):,.0f}/s" if peers else "",
        ", ".join(ratio),
        f"{of('p50ms', ours):.2f} / {of('p99ms', ours):.2f}",
        f"{of('p50ms', peers):.1f} / {of('p99ms', peers):.1f}" if peers else "",
        f"{of('cpuMs', ours):.3f}",
        f"{of('cpuMs', peers):.1f}" if peers else "",
        f"{of('rssMB', ours):.0f}",
    ]
    return cells, {name + " " + str(size): rounds}


HEAD = [
    "workload", "clients", "ours", "limit", "peer", "ratio", "p50 / p99 ms", "peer's p50 / p99",
    "CPU ms each", "peer's", "RSS MB",
]  # fmt: skip


def show(rows):
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    for line in lines:
        cells = [cell.ljust(width, "-" if cell == "---" else " ") for cell, width in zip(line, widths)]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each workload")
    parser.add_argument("--seconds", type=float, default=3, help="measured in each round")
    parser.add_argument("--only", type=lambda text: text.split(","), help="workloads, like W1a,W2")
    parser.add_argument("--sleepers", type=int, default=20_000, help="of W3, up to 1000000")
    parser.add_argument("--listed", type=int, default=100_000, help="open instances of W11; ten times as many have ended")
    parser.add_argument("--json", help="a file for everything that was measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pawl-bench-") as scratch:
        cells, measured = [], {}
        for row_cells, lines in table(Bench(options, scratch)):
            cells.append(row_cells)
            measured.update(lines)
        show(cells)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(measured, file, indent=1)


main()
