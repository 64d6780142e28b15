"""The clients' billing cycle of the shipped binary over many accounts, or with `--workers` the payout of as many workers.
`kill`: kill -9 in the middle of cycles, judged by the bank's own file and the members: every account is invoiced and charged
once, every worker is paid once what an independent ledger says, under one key with what was reserved; and the bank's
statement, compared after each cycle while the server is killed, differs in nothing. `grow`: time, memory, calls and the size
of the parent's row, for growing numbers of accounts. `differ`: what is wrong with a statement, and that each of it is one
incident."""

import collections
import datetime
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

from books import Database, check_books
from market import ROOT, System, Unavailable, rfc3339, seeded

COMPARISON = "bank-reconciliation"
DIFFERENCE = "bank-difference"
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


# What the end of an order does to its worker's account.
EARNING = """
workflow: earning
version: 1
input:
  type: object
  required: [worker, outcome, price]
  properties: {worker: {type: string}, outcome: {type: string}, price: {type: integer}}
initial: posting
states:
  posting:
    invoke:
      task: payroll.earn
      input:
        worker: '${input.worker}'
        outcome: '${input.outcome}'
        price: '${input.price}'
        orderId: '${instance.key}'
        at: '${string(instance.startedAt)}'
      onDone: posted
  posted: {type: final}
"""


def account(number):
    return f"c-{number:06d}"


class Clients:
    """A charge on each account, and a bill for each."""

    title, cycle, child, movement = "billing cycles", "client-billing-cycle", "client-invoice", "charge"
    side = "client"
    poster, source = "charge", CHARGE

    def body(self, number, turn):
        return {"account": account(number), "amount": self.amount(number, turn)}

    def amount(self, number, turn):
        return 100 + number % 900 + turn

    def begin(self, system, turn):
        system.api.call("POST", f"/v1/schedules/{self.cycle}/run", {"reason": "a test"}, "operator/test")

    def expected(self, number, turns):
        return [self.amount(number, turn) for turn in range(turns)]

    def violations(self, system, accounts, turns):
        invoices = system.count("workflow:client-invoice state:paid")
        return [] if invoices == accounts * turns else [f"{invoices} invoices are paid, not {accounts * turns}"]


class Workers:
    """A completed order for each worker, or now and then one that failed, and a statement for each."""

    title, cycle, child, movement = "payout cycles", "worker-payout-cycle", "worker-payout", "payout"
    side = "worker"
    poster, source = "earning", EARNING

    def body(self, number, turn):
        outcome = "failed" if (number + turn) % 9 == 0 else "completed"
        return {"worker": account(number), "outcome": outcome, "price": 5_000 + number % 900 + turn}

    def begin(self, system, turn):
        now = datetime.datetime.now(datetime.timezone.utc)
        system.api.call("PUT", f"/v1/workflows/{self.cycle}/instances/turn-{turn}", {
            "cycle": f"turn-{turn}", "from": rfc3339(now - datetime.timedelta(days=1)), "until": rfc3339(now)},
            "accountant/test")

    def expected(self, number, turns):
        carry, dues = 0, []
        for turn in range(turns):
            body = self.body(number, turn)
            part = round(Fraction(body["price"] * 60, 100)) if body["outcome"] == "completed" else -4_000
            dues.append(max(0, carry + part))
            carry = min(0, carry + part)
        return [due for due in dues if due]

    def violations(self, system, accounts, turns):
        violations = []
        statements = system.count("workflow:worker-payout status:completed")
        if statements != accounts * turns:
            violations.append(f"{statements} statements are settled, not {accounts * turns}")
        database = Database(system.data)
        books, _, transactions = check_books(database, violations)
        if books["transit:out:EUR", "EUR"]:
            violations.append(f"{books['transit:out:EUR', 'EUR']} are in transit for ever")
        paid = {line["key"]: line["amount"] for line in moved(system, self)}
        posted = {name[len("payout:"):-len("/applied")]: body["lines"][0]["amount"]
                  for name, _, body in database.records("ledger.transaction") if body["kind"] == "payoutApplied"}
        if paid != posted:
            violations.append(f"the bank paid {len(paid)} keys, the books have {len(posted)}")
        print(f"  books: {transactions} transactions balance, {len(posted)} payouts under the bank's keys", flush=True)
        return violations


def project(folder, kind):
    """The shipped workflows and one that fills accounts."""
    root = Path(folder) / "project"
    # A difference may have a payout be paid again.
    for name in sorted({kind.child, kind.cycle, COMPARISON, DIFFERENCE, "worker-payout"}):
        shutil.copytree(ROOT / "workflows" / name, root / "workflows" / name)
    shutil.copytree(ROOT / "calendars", root / "calendars")
    shutil.copytree(ROOT / "adapters", root / "adapters")
    (root / "workflows" / kind.poster).mkdir()
    (root / "workflows" / kind.poster / "workflow.yaml").write_text(kind.source)
    return root


def without_rates(root):
    """The remotes' limits in calls a second are not what is measured."""
    for manifest in (root / "adapters").glob("*/adapter.yaml"):
        manifest.write_text(re.sub(r" rate: \d+/s,", "", manifest.read_text()))
    return root


def post(system, kind, accounts, turn):
    """Something on each account."""
    def one(number):
        status, answer = system.insist(
            "PUT", f"/v1/workflows/{kind.poster}/instances/o-{turn}-{number}", kind.body(number, turn), "shop/web")
        if status not in (200, 201):
            raise SystemExit(f"it was refused: {answer}")

    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(one, range(accounts)):
            pass
    while system.count(f"workflow:{kind.poster} status:running"):
        time.sleep(0.1)


def begin(system, kind, known):
    """Has a cycle run now; asked again after a crash only while there is none."""
    while True:
        if system.count(f"workflow:{kind.cycle}") > known:
            return system.instances(f"workflow:{kind.cycle}")[0]["name"]
        try:
            kind.begin(system, known)
        except Unavailable:
            time.sleep(0.1)


def path(name):
    workflow, key = name.split("/", 1)
    return f"/v1/workflows/{workflow}/instances/{urllib.parse.quote(key, safe='')}"


def state(system, name):
    return system.insist("GET", path(name))[1]


def moved(system, kind):
    lines = (system.folder / "sandbox" / "bank.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == kind.movement and line["status"] == "posted"]


def settle(system, kind, name):
    """Until the cycle and all of it have ended."""
    while state(system, name)["status"] == "running" or system.count(f"workflow:{kind.child} status:running"):
        time.sleep(0.2)


def comparison(system, kind, name):
    return f"{COMPARISON}/{kind.side}/{state(system, name)['input']['cycle']}"


def await_comparison(system, kind, name):
    """Until the bank's statement was compared once after the cycle; what came of it."""
    while True:
        status, answer = system.insist("GET", path(comparison(system, kind, name)))
        if status == 200 and (answer["status"] != "running" or answer["context"]["round"] > 0):
            return answer["context"]
        time.sleep(0.1)


# Killing


def kill(kind, kills, accounts, seed):
    print(f"{kind.title}: {kills} kills, {accounts} accounts, seed {seed}", flush=True)
    randomness = seeded(seed)
    with tempfile.TemporaryDirectory(prefix="pawl-cycles-") as folder:
        system = System(folder, 1, project=project(folder, kind))
        system.start()
        try:
            done, turn, cycles = 0, 0, []
            while done < kills:
                post(system, kind, accounts, turn)
                name = begin(system, kind, len(cycles))
                cycles.append(name)
                done += kill_during(system, name, kills - done, randomness)
                settle(system, kind, name)
                done += kill_while_comparing(system, kind, name, kills - done, randomness)
                await_comparison(system, kind, name)
                turn += 1
                print(f"  {done} kills, {turn} cycles", flush=True)
            violations = judge(system, kind, cycles, accounts, turn)
        finally:
            system.stop()
        if violations:
            print("\n".join(violations[:40]))
            print((system.folder / "server.log").read_text()[-4000:])
            raise SystemExit(f"{kind.title}: {len(violations)} violations, seed {seed}")
    print(f"{kind.title}: passed", flush=True)


def kill_during(system, name, kills, randomness):
    done = 0
    while done < kills and state(system, name)["status"] == "running":
        time.sleep(0.05 + randomness.random() * 0.25)
        system.kill_server()
        system.start_server()
        done += 1
    return done


def kill_while_comparing(system, kind, name, kills, randomness):
    done = 0
    while done < min(kills, 5):
        status, answer = system.insist("GET", path(comparison(system, kind, name)))
        if status == 200 and answer["context"]["round"] > 0:
            break
        time.sleep(randomness.random() * 0.2)
        system.kill_server()
        system.start_server()
        done += 1
    return done


def judge(system, kind, cycles, accounts, turns):
    violations = []
    taken = collections.defaultdict(list)
    for line in moved(system, kind):
        taken[line["account"]].append(line["amount"])
    for number in range(accounts):
        expected = kind.expected(number, turns)
        if sorted(taken.pop(account(number), [])) != sorted(expected):
            violations.append(f"{account(number)} comes to {expected}, the bank says something else")
    violations += [f"the bank moved money of {name}, who has nothing to do with it" for name in taken]
    for name in cycles:
        context = state(system, name)["context"]
        if context["completed"] != accounts or context["failed"]:
            violations.append(f"{name} says {context}")
        violations += members(system, name, accounts)
    violations += kind.violations(system, accounts, turns)
    moved_at_all = 0
    for name in cycles:
        context = await_comparison(system, kind, name)
        moved_at_all += context["lines"]
        if not context["isComplete"] or context["differences"]:
            violations.append(f"the statement after {name}: {context}")
    if moved_at_all != len(moved(system, kind)):
        violations.append(f"the statements had {moved_at_all} lines, the bank's file {len(moved(system, kind))}")
    if system.count(f"workflow:{DIFFERENCE}"):
        violations.append(f"{system.count(f'workflow:{DIFFERENCE}')} differences")
    stuck = system.count("health:stuck")
    if stuck:
        violations.append(f"{stuck} instances are stuck")
    print(f"  judged: {turns} cycles, {accounts * turns} accounts, {len(moved(system, kind))} lines at the bank", flush=True)
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
    """The largest row that a workflow's instances ever had, read from the file while it runs."""

    def __init__(self, database, workflow):
        super().__init__(daemon=True)
        self.database, self.workflow, self.largest, self.isOver = database, workflow, 0, False

    def run(self):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        while not self.isOver:
            row = connection.execute("SELECT max(length(body)) FROM instances WHERE workflow = ?",
                                     (self.workflow,)).fetchone()
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


def grow(kind, sizes):
    print("| accounts | s | accounts/s | CPU ms each | peak MB | calls of the bank | parent's largest row, KB "
          "| compared in, s | largest row then, KB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for accounts in sizes:
        with tempfile.TemporaryDirectory(prefix="pawl-cycles-") as folder:
            system = System(folder, 1, project=without_rates(project(folder, kind)))
            system.start()
            try:
                print(measured(system, kind, accounts), flush=True)
            finally:
                system.stop()


def measured(system, kind, accounts):
    post(system, kind, accounts, 0)
    watch = Watch(system.data / "pawl.db", kind.cycle)
    watch.start()
    spent, start = cpu(system.server), time.monotonic()
    name = begin(system, kind, 0)
    settle(system, kind, name)
    seconds, spent = time.monotonic() - start, cpu(system.server) - spent
    watch.isOver = True
    watch.join()
    calls, due = len(moved(system, kind)), sum(len(kind.expected(number, 1)) for number in range(accounts))
    if calls != due or state(system, name)["context"]["completed"] != accounts:
        raise SystemExit(f"{calls} calls of {due}; {state(system, name)['context']}")
    comparing = Watch(system.data / "pawl.db", COMPARISON)
    comparing.start()
    start = time.monotonic()
    compared = await_comparison(system, kind, name)
    comparison_seconds = time.monotonic() - start
    comparing.isOver = True
    comparing.join()
    if compared["matched"] != due or compared["differences"]:
        raise SystemExit(f"compared: {compared}")
    return (f"| {accounts:,} | {seconds:.1f} | {accounts / seconds:,.0f} | {spent / accounts * 1000:.2f} "
            f"| {peak(system.server):.0f} | {calls:,} | {watch.largest / 1024:.1f} "
            f"| {comparison_seconds:.1f} | {comparing.largest / 1024:.1f} |")


# Differing


JUDGE = {"Authorization": "Bearer demo-token"}


def tell(system, route, **body):
    """What a bank does by itself, or what is wrong with its statements."""
    status, answer = system.outside.call("POST", f"/bank/v1/{route}", body, headers=JUDGE)
    if status != 201:
        raise SystemExit(f"the bank refused {body}: {answer}")
    return answer["id"]


def differ(accounts):
    """A cycle whose statement is repeated, shuffled and wrong in many ways: each difference is one incident."""
    clients = Clients()
    with tempfile.TemporaryDirectory(prefix="pawl-cycles-") as folder:
        system = System(folder, 1, project=without_rates(project(folder, clients)))
        system.start()
        try:
            post(system, clients, accounts, 0)
            expected = {}
            for kind in ("charge", "payout", "other"):
                expected[f"house/{tell(system, 'lines', kind=kind, amount=777, account='nobody')}"] = "at-bank-only"
            expected[f"house/{tell(system, 'lines', kind='fee', amount=6000)}"] = "fee-above-limit"
            tell(system, "lines", kind="fee", amount=30)
            # The cycle's charges are the lines behind these and what is wrong; accounts differ in amount, so that one without a key is found.
            first = 12
            lines = iter(f"charge-{first + place}" for place in range(1, accounts))
            for what, amount, name in (("strip", 0, None), ("respell", 0, "at-bank-only"), ("alter", 5, "amount-differs"),
                                       ("hide", 0, "not-at-bank")):
                line = next(lines)
                tell(system, "troubles", what=what, line=line, amount=amount)
                if name and what != "hide":
                    expected[f"house/{line}"] = name
            tell(system, "troubles", what="repeat")
            tell(system, "troubles", what="reorder")
            name = begin(system, clients, 0)
            settle(system, clients, name)
            context = await_comparison(system, clients, name)
            found = {each["key"]: None for each in system.instances(f"workflow:{DIFFERENCE}")}
            for key in found:
                why = system.insist("GET", path(f"{DIFFERENCE}/{key}") + "/why")[1]
                errors = [blocker["evidence"].get("error") for blocker in why["blockers"]]
                found[key] = errors[0] if errors else None
            missing = [key for key in found if key.startswith("ours:payment:")]
            if len(missing) != 1 or context["differences"] != len(expected) + 1:
                raise SystemExit(f"one is missing at the bank, found {missing}; {context}")
            del found[missing[0]]
            if found != expected:
                raise SystemExit(f"expected {expected}, found {found}")
            print(f"differences: {len(expected) + 1} injected, {context['differences']} incidents, "
                  f"{context['matched']} of {accounts} matched", flush=True)
            for key in sorted(expected)[:3]:
                print(shown(system, f"{DIFFERENCE}/{key}"))
        finally:
            system.stop()


def shown(system, name):
    command = [str(system.binary), "why", name, "--url", f"http://127.0.0.1:{system.port}"]
    return subprocess.run(command, capture_output=True, text=True).stdout


def main():
    arguments = [text for text in sys.argv[1:] if text != "--workers"] or ["kill"]
    kind = Workers() if "--workers" in sys.argv else Clients()
    numbers = [int(text) for text in arguments[1:]]
    if arguments[0] == "kill":
        kill(kind, *(numbers + [50, 5000, int(time.time())][len(numbers):]))
    elif arguments[0] == "grow":
        grow(kind, numbers or [1000, 10000])
    elif arguments[0] == "differ":
        differ(*(numbers or [100]))
    else:
        raise SystemExit("cycles [--workers] kill [KILLS] [ACCOUNTS] [SEED] | cycles [--workers] grow [ACCOUNTS …] "
                         "| cycles differ [ACCOUNTS]")


if __name__ == "__main__":
    main()
