"""W4: a thousand orders are accepted, the process is killed in the middle of them, another one goes on."""

import collections
import json
import os
import signal
import subprocess
import tempfile
import time

STEPS = 5


def measure(binary, scratch, orders):
    """-> one line as of the other workloads; a latency is the time until all are done."""
    undisturbed = run(binary, tempfile.mkdtemp(dir=scratch), orders)
    folder = tempfile.mkdtemp(dir=scratch)
    begun = begin(binary, folder, orders, accept=orders)
    begun.stdout.readline()
    while executed(folder) < orders * STEPS // 2:
        time.sleep(0.002)
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    rest = orders * STEPS - executed(folder)
    resumed = begin(binary, folder, orders, accept=0)
    seconds = json.loads(resumed.stdout.readline())["seconds"]
    resumed.wait()
    counts = collections.Counter(open(os.path.join(folder, "steps.log")))
    twice = sum(count - 1 for count in counts.values())
    # As long as the rest of the steps takes undisturbed.
    ratio = seconds / (undisturbed * rest / (orders * STEPS))
    print(
        f"W4: killed with {rest:,} of {orders * STEPS:,} steps to do; all done {seconds:.2f} s after the restart, "
        f"{ratio:.2f} times as long as undisturbed; {twice} steps executed twice under their key, "
        f"{orders * STEPS - len(counts)} lost",
        flush=True,
    )
    return {
        "perSecond": rest / STEPS / seconds,
        "p50ms": seconds * 1000,
        "p99ms": seconds * 1000,
        "cpuMs": 0.0,
        "rssMB": 0.0,
        "twice": twice,
        "lost": orders * STEPS - len(counts),
        "ratio": ratio,
    }


def begin(binary, folder, orders, accept):
    command = [binary, "recovery", "--folder", folder, "--accept", accept, "--total", orders]
    return subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True)


def run(binary, folder, orders):
    process = begin(binary, folder, orders, accept=orders)
    lines = [json.loads(line) for line in process.stdout]
    process.wait()
    return lines[-1]["seconds"]


def executed(folder):
    try:
        with open(os.path.join(folder, "steps.log"), "rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0
