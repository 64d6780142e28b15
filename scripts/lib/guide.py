"""Runs the guides as they stand: each writes the files that it shows, types the commands that it shows, and gets what it
shows. `…` stands for anything."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from market import ROOT, free_port

DEBUG = ROOT / ".build" / "debug"


def blocks(text):
    """(language, first line, content) of each fenced block."""
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield match.group(1), text[: match.start()].count("\n") + 2, match.group(2)


def steps(content):
    """(command, expected lines) of a console block."""
    found = []
    for line in content.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"a console block begins with a command, not with {line!r}")
    return found


def matches(expected, printed):
    """Line by line, without blanks at the ends; `…` is anything."""
    if len(expected) != len(printed):
        return False
    for want, line in zip(expected, printed):
        parts = [re.escape(part) for part in want.rstrip().split("…")]
        if not re.fullmatch(".*".join(parts), line.rstrip()):
            return False
    return True


class Guide:
    def __init__(self, path, folder):
        self.path, self.folder = path, Path(folder)
        self.port = free_port()
        self.servers = []
        self.environment = {
            **os.environ,
            "PATH": f"{DEBUG}:{os.environ['PATH']}",
            "PAWL_URL": f"http://127.0.0.1:{self.port}",
        }

    def run(self):
        failures = 0
        try:
            for language, line, content in blocks(self.path.read_text()):
                if language == "yaml":
                    self.write(content)
                elif language == "console":
                    failures += sum(not self.type(line, *step) for step in steps(content))
        finally:
            for server in self.servers:
                server.send_signal(signal.SIGTERM)
                server.wait(20)
        return failures

    def write(self, content):
        name, rest = content.split("\n", 1)
        if not name.startswith("# "):
            return  # a part of a file, to be read
        file = self.folder / name[2:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(rest)

    def type(self, line, command, expected):
        if command.endswith("&"):
            return self.serve(command[:-1], expected)
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        printed = done.stdout.splitlines()
        if matches(expected, printed):
            return True
        print(f"{self.path.relative_to(ROOT)}:{line}: {command}")
        print("".join(f"  expected: {text}\n" for text in expected), end="")
        print("".join(f"  printed:  {text}\n" for text in printed), end="")
        return False

    def serve(self, command, expected):
        command = command.replace("pawl serve", f"exec pawl serve --port {self.port}")
        server = subprocess.Popen(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.servers.append(server)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and server.poll() is None:
            try:
                urllib.request.urlopen(f"{self.environment['PAWL_URL']}/readyz", timeout=5)
                return True
            except OSError:
                time.sleep(0.05)
        print(f"{command}: it does not answer")
        return False


def main():
    guides = sorted((ROOT / "docs" / "guides").glob("*.md"))
    failures = 0
    for path in guides:
        with tempfile.TemporaryDirectory() as folder:
            failures += Guide(path, folder).run()
    print(f"{len(guides)} guides, {failures} commands that printed something else")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
