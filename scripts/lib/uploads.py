"""Kills the server at every point of an upload and of a sweep. Judged by the program's own doctor and by the API: never a
reference without its content, never an acknowledged upload that is lost, at worst a file that no row names."""

import hashlib
import http.client
import json
import signal
import subprocess
import time
from pathlib import Path

from market import System, Unavailable

ALBUM = """workflow: album
version: 1
events: {page.added: {data: {type: object, required: [page], properties: {page: {format: attachment}}}}}
initial: open
states: {open: {on: {page.added: open}}}
"""
SWEEPING = ["content.condemned", "content.removed"]
DAYS_A_SECOND = 1_000_000
PATIENCE = 30
ACTOR = "worker/ana"


class Album:
    def __init__(self, folder, binary):
        self.folder = Path(folder)
        workflow = self.folder / "workflows" / "album"
        workflow.mkdir(parents=True)
        (workflow / "workflow.yaml").write_text(ALBUM)
        (self.folder / "adapters").mkdir()
        self.system = System(folder, 1, binary=binary, project=self.folder)
        self.violations, self.crashes, self.kept = [], 0, []

    def check(self, holds, otherwise):
        if not holds:
            self.violations.append(f"uploads: {otherwise}")

    def put(self, text):
        """None: the server died over it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.system.port, timeout=20)
        try:
            connection.request(
                "PUT", "/v1/attachments", text, {"Content-Type": "text/plain", "Pawl-Actor": ACTOR})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def refer(self, text, number):
        page = {"sha256": digest(text), "name": "page.txt", "type": "text/plain", "size": len(text)}
        body = {"event": "page.added", "id": f"e-{number}", "data": {"page": page}}
        return self.system.insist("POST", "/v1/workflows/album/instances/a/events", body, ACTOR)[0]

    def read(self, text):
        connection = http.client.HTTPConnection("127.0.0.1", self.system.port, timeout=20)
        connection.request("GET", f"/v1/attachments/{digest(text)}", headers={"Pawl-Actor": ACTOR})
        answer = connection.getresponse()
        try:
            return answer.status, answer.read()
        finally:
            connection.close()

    def pawl(self, *words):
        return subprocess.run(
            [str(self.system.binary), *map(str, words)], capture_output=True, text=True,
            env=self.system.environment)

    def doctor(self, data=None):
        done = self.pawl("doctor", "--deep", "-o", "json", "--data", data or self.system.data)
        report = json.loads(done.stdout)
        self.check(report["findings"] == [], f"the doctor finds {report['findings']}")
        return report

    def await_death(self, point):
        try:
            status = self.system.server.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.system.kill_server()
            return self.violations.append(f"never reached: {point}")
        self.check(status == -signal.SIGKILL, f"{point}: the server ended with {status}")
        self.crashes += 1

    def launch(self, point):
        self.system.launch_server(PAWL_FAILPOINT=f"{point}:1")
        self.system.await_answer(self.system.api, "/readyz", self.system.server)

    # The parts

    def upload(self, point, number):
        text = f"page {number}, up to {point}\n".encode() * 400
        self.launch(point)
        answer = self.put(text)
        self.check(answer is None, f"{point}: answered with {answer}")
        self.await_death(point)
        report = self.doctor()
        self.check(len(report["unnamed"]) <= (point == "content.named"), f"{point}: left {report['unnamed']}")
        self.system.start_server()
        status = self.refer(text, f"{number}-early")
        self.check(status == (200 if point == "content.put" else 422), f"{point}: a reference got {status}")
        answer = self.put(text)
        self.check(answer is not None and answer[0] == 201, f"{point}: again: {answer}")
        self.check(self.refer(text, number) == 200, f"{point}: no reference after the second try")
        self.check(self.read(text) == (200, text), f"{point}: what is read is not what was put")
        self.kept.append(text)
        self.system.kill_server()
        self.doctor()

    def sweep(self, point):
        text = f"what nobody speaks of, up to {point}\n".encode()
        self.system.scale = 1
        self.system.start_server()
        self.check(self.put(text)[0] == 201, f"{point}: not put")
        self.system.kill_server()
        self.system.scale = DAYS_A_SECOND
        self.system.launch_server(PAWL_FAILPOINT=f"{point}:1")
        self.await_death(point)
        self.doctor_of_those_kept(point, least=len(self.kept))
        self.system.start_server()
        deadline = time.monotonic() + PATIENCE
        while self.doctor()["attachments"] != len(self.kept):
            if time.monotonic() > deadline:
                return self.violations.append(f"uploads: {point}: what nobody speaks of stays")
            time.sleep(0.2)
        for kept in self.kept:
            self.check(self.read(kept) == (200, kept), f"{point}: what is spoken of has gone")
        self.system.kill_server()

    def doctor_of_those_kept(self, point, least):
        self.check(self.doctor()["attachments"] >= least, f"{point}: the doctor misses some")

    def copies(self):
        copy, again = self.folder / "copy.db", self.folder / "again"
        done = self.pawl("backup", copy, "--data", self.system.data)
        self.check(done.returncode == 0, f"the backup says {done.stderr}")
        summed = subprocess.run(
            ["sha256sum", "--check", "--quiet", "manifest"], cwd=f"{copy}.files", capture_output=True, text=True)
        self.check(summed.returncode == 0, f"sha256sum says {summed.stdout}")
        done = self.pawl("restore", copy, "--data", again)
        self.check(done.returncode == 0, f"the restore says {done.stderr}")
        self.check(self.doctor(again)["attachments"] == len(self.kept), "the restore misses some")


def digest(text):
    return hashlib.sha256(text).hexdigest()


def run(folder, binary):
    """Violations, and how often the server was killed."""
    album = Album(folder, binary)
    lines = subprocess.run(
        [str(binary), "sabotage"], check=True, capture_output=True, text=True).stdout.splitlines()
    points = [words[1] for words in map(str.split, lines) if words[0] == "failpoint" and words[2] == "content"]
    try:
        album.system.start_server()
        album.system.insist("PUT", "/v1/workflows/album/instances/a", {}, ACTOR)
        album.system.kill_server()
        for number, point in enumerate(point for point in points if point not in SWEEPING):
            album.upload(point, number)
        for point in SWEEPING:
            album.sweep(point)
        album.copies()
    except (Unavailable, SystemExit) as violation:
        album.violations.append(f"uploads: {violation}")
    finally:
        album.system.stop()
    return album.violations, album.crashes
