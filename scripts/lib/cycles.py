"""The clients' billing cycle of the shipped binary over many accounts. `kill`: kill -9 in the middle of cycles, judged by
the bank's own file and the members: every account is invoiced and charged once. `grow`: time, memory, calls and the size of
the parent's row, for growing numbers of accounts."""

import collections
import json
import re
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from market import ROOT, System, Unavailable, seeded

CYCLE = "client-billing-cycle"
# What an order does to its client's account, and nothing else.
CHARGE = """
workflow: charge
version: 1
input:
  type: object
  required: [account, amount]
  properties: {account: {type: string}, amount: {type: integer}}
initial: posting
states:
  posting:
    invoke:
      task: billing.charge
      input:
        account: '${input.account}'
        amount: '${input.amount}'
        orderId: '${instance.key}'
        at: '${string(instance.startedAt)}'
      onDone: posted
  posted: {type: final}
"""


def project(folder):
    """The shipped workflows and one that charges an account."""
    root = Path(folder) / "project"
    for name in ("client-invoice", CYCLE):
        shutil.copytree(ROOT / "workflows" / name, root / "workflows" / name)
    shutil.copytree(ROOT / "adapters", root / "adapters")
    (root / "workflows" / "charge").mkdir()
    (root / "workflows" / "charge" / "workflow.yaml").write_text(CHARGE)
    return root


def without_rates(root):
    """The remotes' limits in calls a second are not what is measured."""
    for manifest in (root / "adapters").glob("*/adapter.yaml"):
        manifest.write_text(re.sub(r" rate: \d+/s,", "", manifest.read_text()))
    return root


def account(number):
    return f"c-{number:06d}"


def amount(number, turn):
    return 100 + number % 900 + turn


def post(system, accounts, turn):
    """A charge on each account."""
    def one(number):
        body = {"account": account(number), "amount": amount(number, turn)}
        status, answer = system.insist("PUT", f"/v1/workflows/charge/instances/o-{turn}-{number}", body,
                                       "shop/web")
        if status not in (200, 201):
            raise SystemExit(f"the charge was refused: {answer}")

    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(one, range(accounts)):
            pass
    while system.count("workflow:charge status:running"):
        time.sleep(0.1)


def begin(system, known):
    """Has a cycle run now; asked again after a crash only while there is none."""
    while True:
        if system.count(f"workflow:{CYCLE}") > known:
            return system.instances(f"workflow:{CYCLE}")[0]["name"]
        try:
            system.api.call("POST", f"/v1/schedules/{CYCLE}/run", {"reason": "a test"}, "operator/test")
        except Unavailable:
            time.sleep(0.1)


def path(name):
    workflow, key = name.split("/", 1)
    return f"/v1/workflows/{workflow}/instances/{urllib.parse.quote(key, safe='')}"


def state(system, name):
    return system.insist("GET", path(name))[1]


def charges(system):
    lines = (system.folder / "sandbox" / "bank.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "charge" and line["status"] == "posted"]


def settle(system, name):
    """Until the cycle and every invoice have ended."""
    while state(system, name)["status"] == "running" or system.count("workflow:client-invoice status:running"):
        time.sleep(0.2)


# Killing


def kill(kills, accounts, seed):
    print(f"billing cycles: {kills} kills, {accounts} accounts, seed {seed}", flush=True)
    randomness = seeded(seed)
    with tempfile.TemporaryDirectory(prefix="pawl-cycles-") as folder:
        system = System(folder, 1, project=project(folder))
        system.start()
        try:
            done, turn, cycles = 0, 0, []
            while done < kills:
                post(system, accounts, turn)
                name = begin(system, len(cycles))
                cycles.append(name)
                done += kill_during(system, name, kills - done, randomness)
                settle(system, name)
                turn += 1
                print(f"  {done} kills, {turn} cycles", flush=True)
            violations = judge(system, cycles, accounts, turn)
        finally:
            system.stop()
        if violations:
            print("\n".join(violations[:40]))
            print((system.folder / "server.log").read_text()[-4000:])
            raise SystemExit(f"billing cycles: {len(violations)} violations, seed {seed}")
    print("billing cycles: passed", flush=True)


def kill_during(system, name, kills, randomness):
    done = 0
    while done < kills and state(system, name)["status"] == "running":
        time.sleep(0.05 + randomness.random() * 0.25)
        system.kill_server()
        system.start_server()
        done += 1
    return done


def judge(system, cycles, accounts, turns):
    violations = []
    taken = collections.defaultdict(list)
    for line in charges(system):
        taken[line["account"]].append(line["amount"])
    for number in range(accounts):
        expected = [amount(number, turn) for turn in range(turns)]
        if sorted(taken.pop(account(number), [])) != expected:
            violations.append(f"{account(number)} owes {expected}, the bank took something else")
    violations += [f"the bank charged {name}, who owes nothing" for name in taken]
    for name in cycles:
        context = state(system, name)["context"]
        if context["completed"] != accounts or context["failed"]:
            violations.append(f"{name} says {context}")
        violations += members(system, name, accounts)
    invoices = system.count("workflow:client-invoice state:paid")
    if invoices != accounts * turns:
        violations.append(f"{invoices} invoices are paid, not {accounts * turns}")
    stuck = system.count("health:stuck")
    if stuck:
        violations.append(f"{stuck} instances are stuck")
    print(f"  judged: {turns} cycles, {accounts * turns} invoices, {len(charges(system))} charges at the bank", flush=True)
    return violations


def members(system, name, accounts):
    """1…n, each once."""
    after, numbers = 0, []
    while True:
        page = system.insist("GET", f"{path(name)}/members?after={after}&count=1000")[1]
        numbers += [member["number"] for member in page["members"]]
        if not page["hasMore"]:
            break
        after = numbers[-1]
    return [] if numbers == list(range(1, accounts + 1)) else [f"{name} has {len(numbers)} members, not {accounts}"]


# Growing


class Watch(threading.Thread):
    """The largest row that the cycle ever had, read from the file while it runs."""

    def __init__(self, database):
        super().__init__(daemon=True)
        self.database, self.largest, self.isOver = database, 0, False

    def run(self):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        while not self.isOver:
            row = connection.execute("SELECT max(length(body)) FROM instances WHERE workflow = ?", (CYCLE,)).fetchone()
            self.largest = max(self.largest, row[0] or 0)
            time.sleep(0.05)


def peak(process):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0


def cpu(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def grow(sizes):
    print("| accounts | s | accounts/s | CPU ms each | peak MB | calls of the bank | parent's largest row, KB |")
    print("|---|---|---|---|---|---|---|")
    for accounts in sizes:
        with tempfile.TemporaryDirectory(prefix="pawl-cycles-") as folder:
            system = System(folder, 1, project=without_rates(project(folder)))
            system.start()
            try:
                print(measured(system, accounts), flush=True)
            finally:
                system.stop()


def measured(system, accounts):
    post(system, accounts, 0)
    watch = Watch(system.data / "pawl.db")
    watch.start()
    spent, start = cpu(system.server), time.monotonic()
    name = begin(system, 0)
    settle(system, name)
    seconds, spent = time.monotonic() - start, cpu(system.server) - spent
    watch.isOver = True
    watch.join()
    calls = len(charges(system))
    if calls != accounts or state(system, name)["context"]["completed"] != accounts:
        raise SystemExit(f"{calls} charges of {accounts}; {state(system, name)['context']}")
    return (f"| {accounts:,} | {seconds:.1f} | {accounts / seconds:,.0f} | {spent / accounts * 1000:.2f} "
            f"| {peak(system.server):.0f} | {calls:,} | {watch.largest / 1024:.1f} |")


def main():
    arguments = sys.argv[1:] or ["kill"]
    numbers = [int(text) for text in arguments[1:]]
    if arguments[0] == "kill":
        kill(*(numbers + [50, 5000, int(time.time())][len(numbers):]))
    elif arguments[0] == "grow":
        grow(numbers or [1000, 10000])
    else:
        raise SystemExit("cycles kill [KILLS] [ACCOUNTS] [SEED] | cycles grow [ACCOUNTS …]")


if __name__ == "__main__":
    main()
