"""Kills the server with -9 at random moments while orders run, then judges by the client's own log, the bank's
own file and the public API: nothing acknowledged is lost, every order is posted once, every invoice is charged
once at the bank, every order ends or waits for a true reason."""

import collections
import datetime
import json
import sys
import tempfile
import threading
import time
import urllib.parse

from market import ROOT, Log, Order, System, Unavailable, run_all, seeded

SCALE = 600  # ten minutes a second
PRICE = 10_000
CYCLE = "2026-W01"


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())
    print(f"crash test: {kills} kills, {orders} orders, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="pawl-crash-") as folder:
        system = System(folder, SCALE, ROOT / "samples" / "demo" / "pawl.yaml")
        system.start()
        try:
            violations = run(system, kills, orders, seed)
        finally:
            system.stop()
        if violations:
            print("\n".join(violations[:40]))
            print((system.folder / "server.log").read_text()[-4000:])
            raise SystemExit(f"crash test: {len(violations)} violations, seed {seed}")
    print("crash test: passed", flush=True)


def run(system, kills, orders, seed):
    randomness = seeded(seed)
    log = Log(system.folder / "client.jsonl")
    clients = [f"c-{n}" for n in range(8)] + ["c-declines-2-1"]
    stories = [Order(n, system, log, seeded(seed * 1_000 + n), clients) for n in range(orders)]
    visit = datetime.timedelta(hours=3)
    spread = threading.Thread(target=lambda: live_all(stories, visit), daemon=True)
    spread.start()
    admin = Admin(system, randomness)
    for number in range(kills):
        time.sleep(0.1 + randomness.random() * 0.6)
        admin.acts()
        time.sleep(0.05 + randomness.random() * 0.6)
        system.kill_server()
        system.start_server()
        admin.looks()
        if (number + 1) % 10 == 0:
            print(f"  {number + 1} kills, {len(log.entries)} acknowledgements", flush=True)
    admin.lets_go()
    spread.join(timeout=600)
    if spread.is_alive():
        return ["the clients are still waiting for an answer"]
    collect(system, clients, kills=3, randomness=randomness)
    settle(system)
    print(f"  all orders were held {admin.holds} times", flush=True)
    return admin.violations + judge(system, log, stories, clients)


class Admin:
    """Holds all orders now and then, and lets them go on: what was acknowledged holds after the next kill."""

    def __init__(self, system, randomness):
        self.system, self.randomness = system, randomness
        self.is_held, self.holds = False, 0
        self.violations = []

    def acts(self):
        if self.randomness.random() < 0.5:
            return
        action = "resume" if self.is_held else "pause"
        try:
            status, answer = self.system.api.call(
                "POST", f"/v1/workflows/order/{action}", {"reason": "a look"}, "operator/olga")
        except Unavailable:
            # Nobody said what became of it.
            self.is_held = None
            return
        if status == 200:
            self.is_held = action == "pause"
            self.holds += self.is_held
        else:
            self.violations.append(f"{action} of all orders was answered {status}: {answer}")

    def looks(self):
        pause = self.system.insist("GET", "/v1/workflows/order")[1].get("pause")
        if self.is_held is not None and self.is_held != (pause is not None):
            self.violations.append(f"orders were {'held' if self.is_held else 'let go on'}, and after a kill: {pause}")
        self.is_held = pause is not None

    def lets_go(self):
        if self.is_held:
            self.system.insist("POST", "/v1/workflows/order/resume", {"reason": "seen"}, "operator/olga")


def live_all(stories, visit):
    threads, failures = run_all([lambda story=story: story.live(visit) for story in stories], parallel=100)
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


def collect(system, clients, kills, randomness):
    """An invoice for each client, with kills among them."""
    for client in clients:
        key = f"{client}:{CYCLE}"
        system.insist("PUT", f"/v1/workflows/client-invoice/instances/{key.replace(':', '%3A')}",
                      {"account": client, "cycle": CYCLE}, "operator/billing")
        if kills and randomness.random() < 0.5:
            kills -= 1
            system.kill_server()
            system.start_server()


def settle(system):
    """Until nothing moves any more but what waits for somebody outside; the declining client is dunned."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        open_invoices = system.count("workflow:client-invoice status:running")
        kits = system.count("workflow:inventory status:running")
        if open_invoices == 0 and kits == 0:
            return
        running = system.instances("workflow:inventory status:running")
        if open_invoices == 0 and all("Waiting" in kit["why"] for kit in running):
            return
        time.sleep(1)


def judge(system, log, stories, clients):
    violations = []
    instances = {row["key"]: row for row in system.instances("workflow:order")}
    started = [entry for entry in log.entries if entry["kind"] == "start"]
    for entry in started:
        if entry["key"] not in instances:
            violations.append(f"the acknowledged start of {entry['key']} is lost")
    if len(instances) != len(stories):
        violations.append(f"{len(stories)} orders were placed, there are {len(instances)}")
    histories = {}
    for entry in log.entries:
        if entry["kind"] != "event" or entry["outcome"] != "applied":
            continue
        name = (entry["workflow"], entry["key"])
        if name not in histories:
            histories[name] = history(system, *name)
        times = sum(1 for row in histories[name]
                    if row["kind"] == "event.applied" and row["data"]["id"] == entry["id"])
        if times != 1:
            violations.append(f"{entry['event']} of {entry['key']} was applied {times} times")
    for key, row in instances.items():
        rows = history(system, "order", key)
        if [entry["sequence"] for entry in rows] != list(range(1, len(rows) + 1)):
            violations.append(f"the history of {key} has a gap")
        charges = [entry for entry in rows if entry["kind"] == "call.completed"
                   and entry["data"]["task"] == "billing.charge"]
        if len(charges) != 1:
            violations.append(f"{key} was posted {len(charges)} times")
    violations += check_photos(system, instances)
    for story in stories:
        violations += check_end(story, instances.get(story.key))
    violations += check_bank(system, started, clients)
    violations += check_audit(system, log)
    return violations


def check_audit(system, log):
    """Who sent what was applied has one row, and every row is behind the one before."""
    violations, rows, after = [], [], 0
    while page := system.insist("GET", f"/v1/audit?after={after}&count=1000")[1]["rows"]:
        rows += page
        after = page[-1]["sequence"]
    if [row["sequence"] for row in rows] != list(range(1, len(rows) + 1)):
        violations.append("the audit has a gap")
    before = "00" * 32
    for row in rows:
        if row["proof"]["previous"] != before:
            violations.append(f"row {row['sequence']} of the audit is not behind the one before")
        before = row["hash"]
    sent = collections.Counter(
        row["arguments"]["id"] for row in rows if row["deed"] == "send" and "applied" in row["outcome"])
    for entry in log.entries:
        if entry["kind"] == "event" and entry["outcome"] == "applied" and sent[entry["id"]] != 1:
            violations.append(f"{entry['event']} {entry['id']} has {sent[entry['id']]} rows in the audit")
    print(f"  audit: {len(rows)} rows, {len(sent)} events applied", flush=True)
    return violations


def check_photos(system, instances):
    """What an order refers to is there, and is what was put."""
    violations = []
    for key in instances:
        context = system.insist("GET", f"/v1/workflows/order/instances/{key}")[1]["context"]
        for member in ("photo", "report"):
            content = context[member] and system.content(context[member]["sha256"])
            if context[member] and (content is None or f"{key} {member}".encode() not in content):
                violations.append(f"the {member} of {key} is not there")
    return violations


def history(system, workflow, key):
    rows, after = [], 0
    path = f"/v1/workflows/{workflow}/instances/{urllib.parse.quote(key, safe='')}/history"
    while True:
        status, page = system.insist("GET", f"{path}?after={after}&count=200")
        entries = page["entries"] if "entries" in page else page["history"]
        rows += entries
        if len(entries) < 200:
            return rows
        after = entries[-1]["sequence"]


def check_end(story, row):
    if row is None:
        return []
    expected = {"visit": ["completed", "failed"], "cancel": ["cancelled", "failed"],
                "noShow": ["failed"], "noReport": ["running", "failed"]}[story.plan]
    if row["status"] not in expected:
        return [f"{story.key} ({story.plan}) is {row['status']}: {row['why']}"]
    if row["status"] == "running" and "report.uploaded" not in row["why"]:
        return [f"{story.key} waits for the wrong thing: {row['why']}"]
    return []


def check_bank(system, started, clients):
    """The bank's own file: one posted charge an invoice, and together exactly the orders' price."""
    lines = [json.loads(line) for line in
             (system.folder / "sandbox" / "bank.jsonl").read_text().splitlines()]
    posted = [line for line in lines if line["kind"] == "charge" and line["status"] == "posted"]
    violations = []
    invoices = collections.Counter(line["key"].rsplit("/", 1)[0] for line in posted)
    for invoice, times in invoices.items():
        if times != 1:
            violations.append(f"{invoice} was charged {times} times at the bank")
    taken = collections.Counter()
    for line in posted:
        taken[line["account"]] += line["amount"]
    expected = collections.Counter()
    for entry in started:
        expected[entry["client"]] += PRICE
    for client in clients:
        total = sum(amount for account, amount in taken.items() if account.split(":")[-1] == client)
        if total != expected[client]:
            violations.append(f"{client} owes {expected[client]}, the bank took {total}")
    print(f"  judged: {len(started)} starts, {len(posted)} charges at the bank of "
          f"{sum(taken.values()) / 100:.2f}, {len(lines)} lines in its file", flush=True)
    return violations


if __name__ == "__main__":
    main()
