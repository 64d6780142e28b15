"""Builds pawl in release and shows how far it is; does nothing when the product is up to date (stamp.py)."""

import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import stamp
from progress import Progress, bar, seconds_text

ROOT = Path(__file__).resolve().parents[2]
# The same code without what only whoever debugs needs; see suite.py.
LEAN = ["-debug-info-format", "none"] if os.environ.get("LEAN") else []
STEP = re.compile(r"\[(\d+)/(\d+)\] (\w+) (\S+)( \S+)?")
# Lines that say why nothing is compiled yet.
BEFORE = re.compile(r"(Fetching|Updating|Cloning|Computing|Creating|Downloading|Another instance)\b")


def main(arguments, root=ROOT, stream=None):
    stream = stream or sys.stderr
    # With arguments for SwiftPM it is another product, which nobody has stamped.
    if not arguments and stamp.is_current(root):
        print(f"{stamp.PRODUCT} is up to date", file=stream)
        return 0
    stamp.remove(root)
    began, before = time.time(), stamp.resolution(root)
    status, output = compile(root, arguments, stream)
    if status != 0:
        stream.write("".join(line for line in output if not STEP.match(line)))
        return status
    print(f"built in {seconds_text(time.time() - began)}", file=stream)
    if not arguments and (root / stamp.PRODUCT).exists():
        stamp.write(root, began, before)
    return 0


def compile(root, arguments, stream):
    """The status and all that was said; shows meanwhile how far it is."""
    lines = queue.Queue()
    progress, count, output = Progress(stream), Count(root), []
    with subprocess.Popen(
            ["swift", "build", "-c", "release", "--product", "pawl", *LEAN, *arguments],
            cwd=root, env=stamp.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace") as process:
        threading.Thread(target=pump, args=(process.stdout, lines), daemon=True).start()
        while True:
            progress.show(count.text(progress.is_live))
            try:
                line = lines.get(timeout=1)
            except queue.Empty:
                continue
            if line is None:
                break
            output.append(line)
            count.take(line)
    progress.clear()
    return process.returncode, output


def pump(source, lines):
    for line in source:
        lines.put(line)
    lines.put(None)


class Count:
    """Files done of how many. SwiftPM counts steps, and in a release build a whole module is one of them."""

    def __init__(self, root, clock=time.monotonic):
        self.root, self.clock, self.began = root, clock, clock()
        self.plan, self.done, self.now = None, {}, "reading the manifests"

    def take(self, line):
        step = STEP.match(line)
        if not step:
            if BEFORE.match(line):
                self.now = line.strip()
            return
        verb, module, file = step[3], step[4], step[5] or ""
        if verb == "Planning":
            self.now = "planning"
            return
        if self.plan is None:
            try:
                self.plan = plan(self.root)
            except Exception:  # noqa: BLE001: it is not ours and may look otherwise; only the count is lost
                self.plan = {}
        if verb == "Compiling":
            # SwiftPM says so when it is done. A step of Swift is the whole module, one of C is a file, and of a file
            # in a folder below the module's it says the name alone.
            if not file:
                self.done[module] = 1
                return
            known = self.plan.get(module, 0)
            is_whole = file.endswith(".swift")
            self.done[module] = known if is_whole else min(known, self.done.get(module, 0) + 1)
            self.now = module
        elif verb == "Linking":
            self.now = "linking"

    def text(self, is_live):
        total = sum((self.plan or {}).values())
        done = min(total, sum(self.done.values()))
        files = f"{done} of {total} files, " if total else ""
        if not is_live:
            return f"building: {files}{self.now}"
        drawn = bar(done, total) + "  " if total else ""
        return f"building {drawn}{files}{self.now}, {seconds_text(self.clock() - self.began)}"


def plan(root):
    """How many files of each module SwiftPM is about to compile, by the dates and dependencies in its own plan."""
    text = (root / ".build" / "release.yaml").read_text()
    linked = re.search(r'"C\.pawl-\S+\.exe":\n.*\n    inputs: (\[.*\])', text)
    # Besides the objects there may be libraries.
    wanted = {name for name in json.loads(linked[1]) if name.endswith(".o")} if linked else set()
    makers = {}
    for inputs, outputs in re.findall(r"^    inputs: (\[.*\])\n    outputs: (\[.*\])$", text, re.MULTILINE):
        outputs = json.loads(outputs)
        if not wanted.isdisjoint(outputs):
            maker = (json.loads(inputs), outputs)
            makers.update((output, maker) for output in outputs)
    known, counts = {}, {}
    for name in wanted.intersection(makers):
        module = re.search(r".*/([^/]+)\.build/", name)
        if module and is_stale(name, makers, known):
            counts[module[1]] = counts.get(module[1], 0) + 1
    return counts


def is_stale(output, makers, known):
    """Whether what makes this file has an input that is newer than all it made, or is itself about to be made."""
    inputs, outputs = makers[output]
    if outputs[0] not in known:
        made = max(changed(path) for path in outputs)
        is_partial = any(changed(path) == 0 for path in outputs)
        known[outputs[0]] = is_partial or any(
            is_stale(path, makers, known) if path in makers
            else path.endswith((".swift", ".c")) and changed(path) > made
            for path in inputs)
    return known[outputs[0]]


def changed(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
