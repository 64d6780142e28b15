"""The gallery of `pawl dev --demo` as a server of its own on free ports, and what a test asks of it."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAWL = pathlib.Path(os.environ.get("PAWL", ROOT / ".build" / "release" / "pawl"))
PROJECT = ROOT / "samples" / "gallery"
PATIENCE = 60  # seconds for the seed to be played


class Gallery:
    """`with Gallery() as gallery:` runs it; `url` is the console's. Options are the server's, and win over those here."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pawl-gallery-"))
        self.log = open(self.folder / "log", "w")
        self.open()
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    def open(self, port="0"):
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [PAWL, "dev", PROJECT, "--demo", "--port", port, "--sandbox-http-port", "0", "--sandbox-smtp-port", "0",
             "--log-level", "warning", "--ready-file", ready, *self.options], stdout=self.log, stderr=self.log)
        until = time.monotonic() + PATIENCE
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                said = (self.folder / "log").read_text()
                self.__exit__()
                raise SystemExit(f"the gallery did not open:\n{said}")
            time.sleep(0.1)
        self.url = ready.read_text().strip()

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What it says.

    def ask(self, method, path, body=None, who="operator/olga"):
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Pawl-Actor": who})
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()[:400]}")

    def attempt(self, method, path, body=None, who="operator/olga"):
        """What may be refused."""
        try:
            return self.ask(method, path, body, who)
        except SystemExit:
            return None

    def get(self, path):
        return self.ask("GET", path)

    def of(self, name, part=""):
        return self.get(resource(name) + part)

    def start(self, name, **data):
        return self.ask("PUT", resource(name), data)

    def send(self, name, event, who, **data):
        return self.ask("POST", resource(name) + "/events", {"event": event, "data": data}, who)

    def history(self, name):
        return self.of(name, "/history?last=100")["entries"]

    def until(self, what, holds):
        """What is asked for comes true by itself, soon."""
        end = time.monotonic() + 20
        while not (found := holds()):
            if time.monotonic() > end:
                raise SystemExit(f"{what} does not come true")
            time.sleep(0.05)
        return found

    def until_kind(self, name, kind):
        return self.until(f"{name}: {kind}", lambda: kind in [it["kind"] for it in self.of(name, "/why")["blockers"]])

    def pawl(self, *words):
        done = subprocess.run([PAWL, *words], env={**os.environ, "PAWL_URL": self.url, "NO_COLOR": "1"},
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"pawl {' '.join(words)}: {done.stderr}")
        return done.stdout


def quoted(text):
    return urllib.parse.quote(text, safe="")


def resource(name):
    workflow, key = name.split("/", 1)
    return f"/v1/workflows/{quoted(workflow)}/instances/{quoted(key)}"


def page_of(name):
    workflow, key = name.split("/", 1)
    return f"/instances/{quoted(workflow)}/{quoted(key)}"
