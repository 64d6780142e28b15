"""Kills the server at every failpoint in every workflow, then judges as the crash test does: by the client's own log,
the bank's own file and the public API. A failpoint that is never reached fails the run."""

import argparse
import datetime
import signal
import subprocess
import tempfile
import threading
import time

import erasures
import uploads
from candidates import NOTHING, WHOLE, Candidate, accounts_in, effects, publish, told
from crash import CYCLE, collect, judge, settle
from market import ROOT, Log, Order, System, Unavailable, seeded

SCALE = 600  # ten minutes a second
DEBUG = ROOT / ".build" / "debug" / "pawl"
WORKFLOWS = ["order", "inventory", "client-invoice", "hiring"]
VISIT = datetime.timedelta(hours=3)
PATIENCE = 40  # seconds until a point counts as never reached


def failpoints():
    """Those of a start, and those that the workflows reach."""
    lines = subprocess.run(
        [str(DEBUG), "sabotage"], check=True, capture_output=True, text=True).stdout.splitlines()
    found = [line.split()[1:] for line in lines if line.startswith("failpoint ")]
    return ([name for name, kind in found if kind == "start"],
            [name for name, kind in found if kind == "workflow"])


class Sweep:
    def __init__(self, system, hit):
        self.system = system
        self.hit = hit
        self.log = Log(system.folder / "client.jsonl")
        self.stories, self.candidates, self.threads, self.missed = [], [], [], []
        self.crashes = 0

    def crash(self, point, context="", hit=1):
        """Starts the server with one point armed and waits for its death."""
        armed = point + (f"@{context}" if context else "") + f":{hit}"
        self.system.launch_server(PAWL_FAILPOINT=armed)
        try:
            status = self.system.server.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.missed.append(armed)
            self.system.kill_server()
            return
        if status != -signal.SIGKILL:
            raise SystemExit(f"{armed}: the server ended with {status}; see {self.system.folder}/server.log")
        self.crashes += 1

    def background(self, act):
        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        self.threads.append(thread)

    def rest(self):
        """Undisturbed until every client has an answer and every order its end."""
        self.system.start_server()
        for thread in self.threads:
            thread.join(timeout=120)
        if any(thread.is_alive() for thread in self.threads):
            raise SystemExit("the clients are still waiting for an answer")
        deadline = time.monotonic() + 180
        while self.system.count("workflow:order status:running"):
            if time.monotonic() > deadline:
                raise SystemExit("orders do not end after their visits")
            time.sleep(0.5)

    def order(self, client):
        story = Order(len(self.stories), self.system, self.log, seeded(len(self.stories)), [client])
        self.stories.append(story)
        return story

    def step(self, workflow, number):
        """Something that moves the workflow; the client asks until it has an answer."""
        if workflow == "client-invoice":
            body = {"account": f"c-{number}", "cycle": CYCLE}
            path = f"/v1/workflows/client-invoice/instances/c-{number}%3A{CYCLE}"
            self.background(lambda: self.system.insist("PUT", path, body, "operator/billing"))
            return
        if workflow == "hiring":
            candidate = Candidate(self.system, f"h-{len(self.candidates)}", f"h-{len(self.candidates)}@mail.example")
            self.candidates.append(candidate)
            # Some answers are lost, some accounts are gone before they are active; some managers give up then.
            if number % 3 == 1:
                self.system.fault(adapter="iam", operation="create", kind="lostReply", count=1)
            if number % 2:
                self.system.fault(adapter="iam", operation="change", kind="status", status=404, count=1)
            self.background(lambda: candidate.live(gives_up=number % 4 > 1))
            return
        story = self.order(f"c-{number}")

        def live():
            story.place(VISIT)
            if workflow == "inventory":
                story.send("kit.collected", "clerk/k-1", workflow="inventory")
        self.background(live)


def sweep(system, hit, brief):
    at_start, in_workflows = failpoints()
    run = Sweep(system, hit)
    for point in at_start:
        run.crash(point)
    for workflow in WORKFLOWS:
        if workflow == "hiring":
            system.start_server()
            publish(system)
            system.kill_server()
        if workflow == "client-invoice":
            # An order that comes after its invoice would be on the next one.
            run.rest()
            system.kill_server()
        for number, point in enumerate(in_workflows):
            run.step(workflow, number)
            # Of a candidate's steps another one each time.
            run.crash(point, f"{workflow}/", hit + number % 5 if workflow == "hiring" else hit)
            # What it left is found by a start that dies as well.
            if not brief or number % 3 == 0:
                run.crash("recovery.read" if number % 2 else "recovery.sent")
        print(f"  {workflow}: {len(in_workflows)} failpoints, {run.crashes} crashes so far", flush=True)
    run.rest()
    clients = sorted({story.client for story in run.stories})
    collect(system, clients, kills=0, randomness=seeded(0))
    settle(system)
    return run, judge(system, run.log, run.stories, clients) + judge_hiring(system, run.candidates)


def judge_hiring(system, candidates):
    """Accepted is whoever has an account, a payment account and a place in matching; nobody has a part of it."""
    violations = []
    accounts = accounts_in(system.folder / "sandbox" / "iam.jsonl")
    hired = 0
    for candidate in candidates:
        view = candidate.view()
        wanted = WHOLE if view["status"] == "completed" else NOTHING
        hired += wanted == WHOLE
        own = [account for account in accounts if account.get("externalId") == candidate.key]
        found = effects(system, candidate.key, own)
        if found != wanted:
            violations.append(f"{candidate.key} ended as {view['status']}: {told(found)}")
    if len(accounts) != hired:
        violations.append(f"{hired} were hired, there are {len(accounts)} accounts")
    print(f"  hiring: {hired} of {len(candidates)} candidates hired, the others undone", flush=True)
    return violations


def poison(system):
    """An order that takes the server down whenever it is decided is parked in the end; the others go on."""
    log = Log(system.folder / "poison.jsonl")
    bad, good = (Order(number, system, log, seeded(number), ["c-poison"]) for number in (90_001, 90_002))
    system.start_server()
    good.place(VISIT)
    system.kill_server()
    threading.Thread(target=lambda: bad.place(VISIT), daemon=True).start()
    deaths = 0
    while True:
        system.launch_server(PAWL_FAILPOINT=f"instance.claimed@order/{bad.key}:1")
        if parked(system, bad):
            break
        deaths += 1
        if deaths == 20:
            return ["the poison order still takes the server down"], deaths
    violations = []
    deadline = time.monotonic() + 60
    while system.count(f"workflow:order key:{good.key} status:running"):
        if time.monotonic() > deadline:
            violations.append("the other order does not end beside the parked one")
            break
        time.sleep(0.2)
    system.kill_server()
    return violations, deaths


def parked(system, order):
    """False when the server died."""
    while system.server.poll() is None:
        try:
            status, answer = system.api.call("GET", f"/v1/workflows/order/instances/{order.key}/why")
        except Unavailable:
            status, answer = 0, None
        if status == 200 and answer["why"].startswith("Suspended: deciding it stopped the server"):
            return True
        time.sleep(0.05)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hit", nargs="?", type=int, default=1, help="which time a point is come to")
    parser.add_argument("--brief", action="store_true", help="a second death behind every third one only")
    hit, brief = vars(parser.parse_args()).values()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pawl-failpoints-") as folder:
        system = System(folder, SCALE, ROOT / "samples" / "demo" / "pawl.yaml", binary=DEBUG)
        system.start_sandbox()
        try:
            run, violations = sweep(system, hit, brief)
            system.kill_server()
            found, deaths = poison(system)
            violations += found
            print(f"  poison: an order parked after {deaths} deaths, the others went on", flush=True)
        finally:
            system.stop()
        found, kills = uploads.run(f"{folder}/uploads", DEBUG)
        violations += found
        print(f"  uploads: {kills} crashes, no reference without its content", flush=True)
        found, kills = erasures.run(f"{folder}/erasures", DEBUG)
        violations += found
        print(f"  erasures: {kills} crashes, nothing of the person is left in any file", flush=True)
        violations += [f"never reached: {armed}" for armed in run.missed]
        if violations:
            print("\n".join(violations[:40]))
            print((system.folder / "server.log").read_text()[-4000:])
            raise SystemExit(f"failpoints: {len(violations)} violations")
    print(f"failpoints: {run.crashes} crashes, every point reached in every workflow, "
          f"{time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
