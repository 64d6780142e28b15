"""Kills the server at every point of an erasure, and in the middle of many commits of one. Judged by the API and by the
files: what was acknowledged is done, nothing of the person is left in any file, and everybody else's is as it was."""

import http.client
import json
import signal
import subprocess
import time
from pathlib import Path

from market import System

LOAN = """workflow: loan
version: 1
search: {reader: input.reader}
persons: [reader]
input: {type: object, properties: {reader: {type: string}, name: {type: string, x-personal: true}}}
events: {returned: {early: reject, data: {type: object, properties: {note: {type: string}}}}}
initial: out
states: {out: {on: {returned: back}}, back: {type: final}}
"""
LOANS = 60
NAME, OTHER = "Maria Musterfrau", "Erika Beispiel"
# The commits of the erasure itself are the first of their server.
POINTS = ["erasure.logged", "commit.begun", "commit.half-written", "commit.written", "commit.flushed"]
PATIENCE = 60


class Library:
    def __init__(self, folder, binary):
        self.folder = Path(folder)
        workflow = self.folder / "workflows" / "loan"
        workflow.mkdir(parents=True)
        (workflow / "workflow.yaml").write_text(LOAN)
        (self.folder / "adapters").mkdir()
        self.system = System(folder, 1, binary=binary, project=self.folder)
        self.violations, self.crashes = [], 0

    def check(self, holds, otherwise):
        if not holds:
            self.violations.append(f"erasures: {otherwise}")

    def lend(self):
        """Half of them to each; all but two of each come back."""
        for number in range(LOANS):
            reader, name = (("r-1", NAME), ("r-2", OTHER))[number % 2]
            path = f"/v1/workflows/loan/instances/{number}"
            self.system.insist("PUT", path, {"reader": reader, "name": name}, "operator/desk")
            if number >= 4:
                body = {"event": "returned", "id": f"e-{number}", "data": {"note": f"by {name} herself"}}
                self.system.insist("POST", path + "/events", body, "operator/desk")

    def erase(self):
        """None: the server died over it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.system.port, timeout=20)
        body = {"person": "reader", "id": "r-1", "reason": "she asked for it"}
        try:
            connection.request(
                "POST", "/v1/erasures", json.dumps(body),
                {"Content-Type": "application/json", "Pawl-Actor": "operator/desk"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def await_death(self, point):
        try:
            status = self.system.server.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.system.kill_server()
            return self.violations.append(f"erasures: never reached: {point}")
        self.check(status == -signal.SIGKILL, f"{point}: the server ended with {status}")
        self.crashes += 1

    def crash(self, point, hit):
        """The server dies there, and dies there again when it goes on."""
        self.system.launch_server(PAWL_FAILPOINT=f"{point}:{hit}")
        # What an earlier death has left may take it down before it answers.
        while self.system.server.poll() is None and self.erase() is None:
            time.sleep(0.05)
        self.await_death(f"{point}:{hit}")

    def listed(self):
        return self.system.api.call("GET", "/v1/erasures?count=100")[1]["erasures"]

    def settle(self):
        deadline = time.monotonic() + PATIENCE
        while any(each["status"] == "erasing" for each in self.listed()):
            if time.monotonic() > deadline:
                return self.violations.append("erasures: one is not through")
            time.sleep(0.1)

    def left(self, text):
        return sum(
            file.read_bytes().count(text.encode())
            for file in self.system.data.rglob("*") if file.is_file())

    def judge(self):
        self.system.start_server()
        self.settle()
        self.check(self.listed(), "none is kept")
        for each in self.listed():
            self.check(each["waiting"] == 2, f"erasure {each['number']} waits for {each['waiting']}")
        for number in (0, 2):
            path = f"/v1/workflows/loan/instances/{number}/events"
            self.system.insist(
                "POST", path, {"event": "returned", "id": f"l-{number}", "data": {"note": f"by {NAME}"}}, "operator/desk")
        deadline = time.monotonic() + PATIENCE
        while any(each["status"] != "done" for each in self.listed()) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.check(
            sum(each["erased"] for each in self.listed()) == LOANS // 2,
            f"{[each['erased'] for each in self.listed()]} of {LOANS // 2} are erased")
        for number in range(LOANS):
            path = f"/v1/workflows/loan/instances/{number}"
            text = json.dumps([self.system.api.call("GET", path + part)[1] for part in ("", "/history", "/why")])
            self.check(NAME not in text, f"loan {number} has her name")
            if number % 2:
                self.check(OTHER in text, f"loan {number} has lost another's name")
        self.check(self.left(NAME) == 0, f"her name is {self.left(NAME)} times in {self.system.data}")
        self.check(self.left(OTHER) > 0, "another's name is nowhere")
        self.system.kill_server()
        done = self.pawl("doctor", "-o", "json", "--data", self.system.data)
        report = json.loads(done.stdout)
        self.check(report["findings"] == [] and report["remarks"] == [], f"the doctor says {report}")


    def pawl(self, *words):
        return subprocess.run(
            [str(self.system.binary), *map(str, words)], capture_output=True, text=True,
            env=self.system.environment)

    def restore(self, backup):
        """An older backup brings her name back, and the file beside the database takes it away again."""
        old, self.system.data = self.system.data, self.folder / "again"
        done = self.pawl("restore", backup, "--data", self.system.data, "--erasures", old / "pawl.erasures")
        self.check("reader=r-1" in done.stdout + done.stderr, f"the restore says {done.stdout} {done.stderr}")
        self.check(self.left(NAME) > 0, "the backup was made too late")
        self.judge()


def run(folder, binary):
    """Violations, and how often the server was killed."""
    library = Library(folder, binary)
    try:
        library.system.start_server()
        library.lend()
        backup = library.folder / "before.db"
        done = library.pawl("backup", backup, "--data", library.system.data)
        library.check(done.returncode == 0, f"the backup says {done.stderr}")
        library.system.kill_server()
        for point in POINTS:
            for hit in (1, 2, 3) if point != "erasure.logged" else (1,):
                library.crash(point, hit)
        library.judge()
        library.restore(backup)
    finally:
        library.system.stop()
    return library.violations, library.crashes


if __name__ == "__main__":
    import tempfile

    from market import ROOT

    with tempfile.TemporaryDirectory(prefix="pawl-erasures-") as place:
        violations, kills = run(place, ROOT / ".build" / "debug" / "pawl")
        print(f"erasures: {kills} crashes")
        for violation in violations:
            print(violation)
        raise SystemExit(1 if violations else 0)
