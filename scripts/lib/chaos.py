"""Clients, clerks, workers and managers use the server as anybody would while it is killed, stopped and has its clock set, and
while bank, contractor, identity provider and mail server cannot be relied on. One seed decides what is done to them and when.
What came of it is judged (chaos_judge.py) by what the clients were told, by the remotes' own files and by what anybody may read.

usage: chaos.py SEED MINUTES [FOLDER]"""

import argparse
import collections
import datetime
import json
import mmap
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import urllib.parse
from pathlib import Path

import chaos_judge
from candidates import Candidate, publish
from liars import HTTP_LIES, MAIL_LIES, HTTPLiar, MailLiar
from market import ROOT, Endpoint, Log, Order, System, Unavailable, rfc3339, run_all, seeded

SCALE = 240  # four minutes a second
VISIT = datetime.timedelta(hours=3)
SHIFTS = [-30, -12, -4, 4, 12, 30]  # seconds of the wall clock
CLIENTS = [f"c-{number}" for number in range(8)] + ["c-declines-2-1"]
# Each is an order of its own, or refused; none is taken for another one.
TWINS = [
    "Zo\u00e9-1", "Zoe\u0301-1", "zo\u00e9-1", "ZO\u00c9-1", "Zo\u00e9-1 ", " Zo\u00e9-1", "Zo%C3%A9-1", "Zo%c3%a9-1",
    "Z\u043e\u00e9-1", "\uff3ao\u00e9-1", "Zo\u00e9\u200b-1", "Zo\u00e9/1", "Zo\u00e9%2F1", "Zo\u00e9//1", "Zo\u00e9\\1",
    "Zo\u00e9+1", "Zo\u00e9 1", "Zo\u00e9?1", "Zo\u00e9#1", "..", "Zo\u00e9-\u0661",
    "\u0301Zo-1", "\u0600Zo-1", 'Zo"1', "1", "001", "null", "*", "order/1",
]
TWIN_EVENTS = ["caf\u00e9", "cafe\u0301", "CAF\u00c9", "caf\u00e9 ", "caf%C3%A9"]
REMOTES = ("bank", "cookies", "iam", "smtp")


class Disturbance(collections.namedtuple("Disturbance", "at what values")):
    def __str__(self):
        return " ".join([f"{self.at:.1f}", self.what, *map(str, self.values)])


def plan(seed, seconds, has_clock=True):
    """What is done and when, in seconds from the beginning: a list that the seed alone decides."""
    chance, at, steps = random.Random(seed), 2.0, []
    kinds = {"lie": 50, "kill": 18, "down": 8, "stop": 8, "term": 5, "clock": 8, "bill": 8}
    while at < seconds:
        what = chance.choices(list(kinds), list(kinds.values()))[0]
        if what == "lie":
            remote = chance.choice(REMOTES)
            lie = chance.choice(MAIL_LIES if remote == "smtp" else HTTP_LIES)
            values = (remote, lie, chance.randint(1, 4))
        elif what == "down":
            values = (chance.choice(REMOTES), round(chance.uniform(0.5, 6), 1))
        elif what == "stop":
            values = (round(chance.uniform(0.2, 5), 1),)
        elif what == "clock":
            values = (chance.choice(SHIFTS),)
        else:
            values = ()
        # Without a compiler the clock is left alone; everything else is done at the same time all the same.
        if what != "clock" or has_clock:
            steps.append(Disturbance(round(at, 1), what, values))
        at += chance.uniform(0.2, 2.2)
    return steps


class Clock:
    """The wall clock of the server, and of nobody else."""

    def __init__(self, folder):
        compiler = shutil.which("cc")
        self.environment, self.page = {}, None
        if compiler is None:
            return
        library, file = folder / "clock_shift.so", folder / "clock"
        source = Path(__file__).with_name("clock_shift.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
        file.write_bytes(bytes(8))
        with open(file, "r+b") as opened:
            self.page = mmap.mmap(opened.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT_FILE": str(file)}

    def shift(self, seconds):
        """By so much more than it is shifted already."""
        nanoseconds = struct.unpack("q", self.page[:])[0] + int(seconds * 1e9)
        self.page[:] = struct.pack("q", nanoseconds)


class HangingUp(Endpoint):
    """Now and then nobody waits for the answer; then it is asked again, as by everybody who got none."""

    def __init__(self, port, seed):
        super().__init__(port)
        self.random, self.share = random.Random(seed), 0.0

    def call(self, method, path, body=None, actor=None, timeout=20, headers=None):
        if method != "GET" and self.random.random() < self.share:
            self.ask_and_go(method, path, body, actor, headers)
            raise Unavailable("nobody waited for the answer")
        return super().call(method, path, body, actor, timeout, headers)

    def ask_and_go(self, method, path, body, actor, headers):
        once = Endpoint(self.port)
        try:
            once.call(method, path, body, actor, timeout=self.random.choice([0.001, 0.01, 0.05]), headers=headers)
        except Unavailable:
            pass


class Shop(System):
    """The server and its remotes, with what lies between them."""

    def __init__(self, folder, seed):
        super().__init__(folder, SCALE, ROOT / "samples" / "demo" / "pawl.yaml")
        self.clock = Clock(self.folder)
        self.api = HangingUp(self.port, seed)
        self.lock = threading.Lock()
        journal = Log(self.folder / "relay.jsonl")
        self.liars = {name: HTTPLiar(name, self.http, journal, seed) for name in REMOTES[:3]}
        self.liars["smtp"] = MailLiar(self.smtp, journal, seed)
        for name in REMOTES[:3]:
            variable = f"{name.upper()}_URL"
            self.environment[variable] = self.environment[variable].replace(
                f":{self.http}/", f":{self.liars[name].port}/")
        self.environment["SMTP_URL"] = f"smtp://127.0.0.1:{self.liars['smtp'].port}"

    def launch_server(self, **environment):
        super().launch_server(**self.clock.environment, **environment)

    def insist(self, method, path, body=None, actor=None, headers=None):
        """Whoever asks again while the first one is under way is told so, and asks again."""
        while True:
            status, answer = super().insist(method, path, body, actor, headers)
            if not isinstance(answer, dict) or answer.get("code") != "request-in-progress":
                return status, answer
            time.sleep(0.05)

    def disturb(self, step):
        getattr(self, f"do_{step.what}")(*step.values)

    def do_kill(self):
        self.kill_server()
        self.start_server()

    def do_term(self):
        self.server.terminate()
        try:
            self.server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            raise SystemExit("the server does not end when it is asked to") from None
        self.start_server()

    def do_stop(self, seconds):
        self.server.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.server.send_signal(signal.SIGCONT)

    def do_clock(self, seconds):
        self.clock.shift(seconds)

    def do_lie(self, remote, lie, times):
        self.liars[remote].lies.plan(lie, times)

    def do_down(self, remote, seconds):
        down = self.liars[remote].lies.down
        down.set()
        threading.Timer(seconds, down.clear).start()

    def honest(self):
        for liar in self.liars.values():
            liar.lies.honest()
        self.api.share = 0


class Client(Order):
    """A client with the people around one order, who repeat themselves, and now and then say something else under a name
    that they have used."""

    def __init__(self, number, system, log, chance, clients, key=None):
        super().__init__(number, system, log, chance, clients)
        if key is not None:
            self.key = key

    def place(self, visit_in):
        self.visit = self.system.now() + visit_in
        path, body, headers = self.path(), self.input(), {}
        method = "PUT"
        if self.random.random() < 0.3:
            path, method = "/v1/workflows/order/instances", "POST"
            body = {"input": body}
            headers = {"Idempotency-Key": f'"start-{self.random.randrange(1 << 40):x}"'}
        status, answer = self.system.insist(method, path, body, "shop/web", headers)
        accepted = status in (200, 201)
        self.log.note(kind="start" if accepted else "refusal", key=self.key, client=self.client, plan=self.plan,
                      visitAt=rfc3339(self.visit), status=status, name=answer.get("name") if accepted else None)
        if not accepted:
            return False
        self.repeat("start", method, path, body, headers, (200, 201))
        other = json.loads(json.dumps(body))
        other.get("input", other)["clientId"] = "c-somebody-else"
        self.contradict("start", method, path, other, headers)
        return True

    def repeat(self, what, method, path, body, headers, wanted, actor="shop/web"):
        if self.random.random() < 0.4:
            status, answer = self.system.insist(method, path, body, actor, headers)
            self.log.note(kind="repeat", what=what, key=self.key, status=status, isSame=status in wanted, answer=answer)

    def contradict(self, what, method, path, body, headers=None, actor="shop/web"):
        """Something else under the same name."""
        if self.random.random() < 0.3:
            status, answer = self.system.insist(method, path, body, actor, headers)
            self.log.note(kind="contradiction", what=what, key=self.key, status=status, answer=answer)

    def send(self, event, actor, workflow="order", **details):
        outcome = super().send(event, actor, workflow, **details)
        if event == "kit.collected" and outcome == "applied" and self.key in TWINS:
            # Events whose ids look alike: each is one of its own.
            for twin in TWIN_EVENTS:
                super().send("kit.reset", actor, workflow, identity=twin, to="collected")
        elif outcome == "applied":
            other = {"event": event, "id": self.said, "data": {"reason": "something else"}}
            self.contradict(event, "POST", self.path(workflow) + "/events", other, actor=actor)
        return outcome

    def live(self, visit_in):
        if self.place(visit_in):
            self.go_on(visit_in)


class Run:
    def __init__(self, folder, seed, minutes):
        self.seed, self.seconds = seed, minutes * 60
        self.system = Shop(folder, seed)
        self.steps = plan(seed, self.seconds, self.system.clock.page is not None)
        self.log = Log(self.system.folder / "client.jsonl")
        self.cycles, self.failures, self.threads = 0, [], []

    def stories(self):
        """Orders over most of the time, so that the last visits take place while it goes on; among them the look-alikes."""
        count, chance = max(20, int(self.seconds * 0.5)), seeded(self.seed)
        clients = [Client(number, self.system, self.log, seeded(self.seed * 1_000 + number), CLIENTS)
                   for number in range(count)]
        clients += [Client(count + number, self.system, self.log, seeded(self.seed * 1_000 + 900 + number),
                           [f"twin-{number:02d}"], key) for number, key in enumerate(TWINS)]
        return [(chance.uniform(0, self.seconds * 0.75), client) for client in clients]

    def begin(self, at, act):
        def later():
            time.sleep(at)
            try:
                act()
            except BaseException as error:  # noqa: BLE001: told in the end
                self.failures.append(f"{type(error).__name__}: {error}")
        thread = threading.Thread(target=later, daemon=True)
        thread.start()
        self.threads.append(thread)

    def bill(self):
        """An invoice for each client: what they have ordered since the last one."""
        self.cycles += 1
        cycle = f"2026-W{self.cycles:02d}"
        for client in self.clients():
            key = f"{client}:{cycle}"
            status, answer = self.system.insist(
                "PUT", f"/v1/workflows/client-invoice/instances/{urllib.parse.quote(key, safe='')}",
                {"account": client, "cycle": cycle}, "operator/billing")
            self.log.note(kind="bill", key=key, client=client, status=status)

    def clients(self):
        return sorted({entry["client"] for entry in list(self.log.entries) if entry["kind"] == "start"})

    def play(self):
        system, begun = self.system, time.monotonic()
        system.start()
        publish(system)
        system.api.share = 0.05
        for at, client in self.stories():
            self.begin(at, lambda client=client: client.live(VISIT))
        candidates = [Candidate(system, f"candidate-{number}", f"candidate-{number}@mail.example")
                      for number in range(max(4, int(self.seconds / 8)))]
        for number, candidate in enumerate(candidates):
            self.begin(number * self.seconds * 0.6 / len(candidates), lambda candidate=candidate: self.hire(candidate))
        for step in self.steps:
            time.sleep(max(0, begun + step.at - time.monotonic()))
            if step.what == "bill":
                self.begin(0, self.bill)
            else:
                system.disturb(step)
        system.honest()
        self.rest()

    def hire(self, candidate):
        candidate.live(gives_up=True)
        self.log.note(kind="candidate", key=candidate.key)

    def rest(self):
        """Undisturbed: who waits for an answer gets it, the operator tries again what gave up, everything is billed."""
        deadline, billed = time.monotonic() + 240, False
        while time.monotonic() < deadline:
            self.retry()
            alive = [thread for thread in self.threads if thread.is_alive()]
            if not alive and not billed and not self.moving("workflow:order"):
                self.bill()
                billed = True
            elif not alive and billed and not self.moving(""):
                return
            time.sleep(1)
        if alive:
            self.failures.append(f"{len(alive)} people still wait for an answer")

    def retry(self):
        """What an operator would do once the remotes are well again."""
        for incident in chaos_judge.pages(self.system, "/v1/incidents", "incidents"):
            path = chaos_judge.address(incident["instance"], "/actions/retry")
            try:
                self.system.api.call("POST", path, {"reason": "the remotes are well again"}, "operator/olga")
            except Unavailable:
                pass

    def moving(self, terms):
        """Instances that go on by themselves within the minute."""
        rows = self.system.instances(f"{terms} status:running")
        return [row for row in rows if chaos_judge.waits(self.system, row["name"])["isMoving"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("minutes", type=float)
    parser.add_argument("folder", nargs="?", help="where the logs go; it is kept")
    options = parser.parse_args()
    folder = Path(options.folder or tempfile.mkdtemp(prefix="pawl-chaos-"))
    run = Run(folder, options.seed, options.minutes)
    counts = collections.Counter(step.what for step in run.steps)
    print(f"chaos: seed {options.seed}, {options.minutes:g} minutes, {len(run.steps)} disturbances: "
          + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())), flush=True)
    (folder / "plan.txt").write_text("\n".join(map(str, run.steps)) + "\n")
    print(textwrap.fill("; ".join(map(str, run.steps)), 120, initial_indent="  ", subsequent_indent="  "), flush=True)
    if run.system.clock.page is None:
        print("  skipped: there is no C compiler (cc), so the clock is left alone", flush=True)
    try:
        run.play()
        evidence = chaos_judge.gather(run.system, run.log, run.failures)
    finally:
        run.system.stop()
    raise SystemExit(tell(evidence, folder, options))


def tell(evidence, folder, options):
    (folder / "evidence.json").write_text(json.dumps(evidence, ensure_ascii=False))
    violations = chaos_judge.judge(evidence)
    if violations:
        print("\n".join(f"  ! {line}" for line in violations[:40]))
        print(f"chaos: {len(violations)} violations; seed {options.seed}, {options.minutes:g} minutes; logs in {folder}")
        return 1
    print(chaos_judge.summary(evidence))
    noticed = chaos_judge.doctored(evidence)
    missed = [name for name, found in noticed.items() if not found]
    if missed:
        print(f"chaos: the judge did not notice {', '.join(missed)}; logs in {folder}")
        return 1
    print(f"  judged again over {len(noticed)} files that were tampered with: noticed each time")
    print("chaos: passed", flush=True)
    if not options.folder:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
