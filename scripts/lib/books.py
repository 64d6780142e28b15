"""An independent ledger: what recorded orders must come to, in exact fractions, and what the database says that they
came to. books.py judge OUTCOMES.csv DATA [ZONE] | books.py generate FILE.jsonl [ORDERS] [CLIENTS] [SEED]."""

import collections
import csv
import datetime
import json
import random
import sqlite3
import sys
from fractions import Fraction
from zoneinfo import ZoneInfo

SHARE = Fraction(60, 100)
PENALTY = 4_000
STEP = 1_000_000
UTC = datetime.timezone.utc


def half_even(fraction):
    """Python rounds fractions half to even, exactly."""
    return round(fraction)


def moment(text):
    """In whole milliseconds since 1970: fractions of a second have any number of digits."""
    whole, _, rest = text.rstrip("Z").partition(".")
    seconds = int(datetime.datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * 1000 + int((rest + "000")[:3])


def local(milliseconds, zone):
    return datetime.datetime.fromtimestamp(milliseconds // 1000, UTC).astimezone(zone)


def month_of(milliseconds, zone):
    """The local day of the cut-off behind it: `2026-02-01` of all January."""
    here = local(milliseconds, zone)
    year, month = (here.year + 1, 1) if here.month == 12 else (here.year, here.month + 1)
    return f"{year}-{month:02d}-01"


def week_of(milliseconds, zone):
    here = local(milliseconds, zone)
    return (here + datetime.timedelta(days=7 - here.weekday())).date().isoformat()


def following(month):
    year, number, _ = map(int, month.split("-"))
    return f"{year + 1}-01-01" if number == 12 else f"{year}-{number + 1:02d}-01"


# What must be


def percent(paid):
    return 0 if paid <= STEP else min(12, 5 + (paid - STEP) // STEP)


def payouts(orders, zone):
    """By worker and month: what is due and what is carried on, month by month until nothing is left of it."""
    lines = collections.defaultdict(lambda: collections.defaultdict(list))
    for order in orders:
        if order["outcome"] not in ("completed", "failed"):
            continue
        amount = half_even(Fraction(int(order["price"])) * SHARE) if order["outcome"] == "completed" else -PENALTY
        lines[order["worker"]][month_of(moment(order["endedAt"]), zone)].append(amount)
    last = max((month for months in lines.values() for month in months), default=None)
    result = {}
    for worker, months in lines.items():
        carry, month = 0, min(months)
        while month <= last:
            if month in months or carry:
                total = carry + sum(months.get(month, []))
                due, left = max(0, total), min(0, total)
                result[worker, month] = (due, left, carry)
                carry = left
            month = following(month)
    return result, last


def invoices(orders, clients, zone):
    """By client and week: gross and total; a discount is fixed by what was paid before the week began."""
    weeks = collections.defaultdict(lambda: collections.defaultdict(list))
    for order in orders:
        if order["activeAt"]:
            weeks[clients[order["key"]]][week_of(moment(order["activeAt"]), zone)].append(int(order["price"]))
    result = {}
    for client, own in weeks.items():
        paid = []
        for week in sorted(own):
            begun = (datetime.date.fromisoformat(week) - datetime.timedelta(days=7)).isoformat()
            # A bill is paid after its week has ended, so that the one of the very week before is not paid yet.
            rate = percent(sum(total for other, total in paid if other < begun))
            gross = sum(own[week])
            total = sum(price - half_even(Fraction(price * rate, 100)) for price in own[week])
            result[client, week] = (gross, total)
            paid.append((week, total))
    return result


# What is


class Database:
    def __init__(self, data):
        self.connection = sqlite3.connect(f"file:{data}/pawl.db?mode=ro", uri=True)

    def records(self, collection):
        rows = self.connection.execute(
            'SELECT id, grp, body FROM records WHERE collection = ? ORDER BY id', (collection,))
        for name, group, body in rows:
            yield name, group, json.loads(body)


def check_books(database, problems):
    """Each transaction balances, none is missing, and each account is the sum of its lines."""
    accounts, sequences = collections.Counter(), []
    kinds = collections.Counter()
    for name, group, body in database.records("ledger.transaction"):
        total = sum(line["amount"] for line in body["lines"])
        if total or len(body["lines"]) < 2:
            problems.append(f"{name} sums to {total}")
        if int(group) != body["sequence"]:
            problems.append(f"{name} is {body['sequence']}, in the group {group}")
        sequences.append(body["sequence"])
        for line in body["lines"]:
            accounts[line["account"], body["currency"]] += line["amount"]
        kinds[body["kind"]] += sum(line["amount"] for line in body["lines"] if line["amount"] > 0)
    if sorted(sequences) != list(range(1, len(sequences) + 1)):
        problems.append("the ledger's sequence has a gap")
    if sum(accounts.values()):
        problems.append(f"the ledger sums to {sum(accounts.values())}")
    for name, _, body in database.records("ledger.account"):
        for currency, amount in body.get("balance", {}).items():
            if accounts[name, currency] != amount:
                problems.append(f"{name} says {amount}, its postings {accounts[name, currency]}")
    return accounts, kinds, len(sequences)


def check_pay(database, orders, zone, problems):
    expected, last = payouts(orders, zone)
    found, numbers, unpaid = {}, [], 0
    for _, group, body in database.records("payroll.statement"):
        found[group, body["cycle"]] = (body["due"], body["carry"], body["carried"])
        numbers.append(body["number"])
        unpaid += body["status"] not in ("paid", "settled", "continued")
        total = sum(line["amount"] for line in body["lines"])
        if total != body["sum"] or body["due"] + body["carry"] != total:
            problems.append(f"{group}:{body['cycle']} says {body['sum']}, its lines {total}")
    # A month that has not been closed yet is not judged.
    closed = {body["cycle"] for _, group, body in database.records("billing.cycle") if group == "worker"}
    if last and last not in closed:
        problems.append(f"the month that ends on {last} was not closed")
    for key in sorted(set(expected) | {key for key in found if key[1] <= (last or "")}):
        if expected.get(key) != found.get(key):
            problems.append(f"{key}: due, carry, carried {expected.get(key)} expected, {found.get(key)} found")
    if unpaid:
        problems.append(f"{unpaid} statements are not settled")
    by_year = collections.defaultdict(list)
    for number in numbers:
        by_year[number[:-6]].append(int(number[-6:]))
    for year, own in by_year.items():
        if sorted(own) != list(range(1, len(own) + 1)):
            problems.append(f"the numbers of {year} have a gap")
    return expected, len(closed), len(numbers)


def check_bills(database, orders, clients, zone, problems):
    expected, found = invoices(orders, clients, zone), collections.Counter()
    last = ""
    for _, group, body in database.records("billing.invoice"):
        found[group, body["cycle"], "gross"] += body["gross"]
        found[group, body["cycle"], "total"] += body["total"]
        last = max(last, body["cycle"])
        if body["status"] != "paid":
            problems.append(f"{group}:{body['cycle']} is {body['status']}")
    weeks = {(client, week) for client, week in expected if week <= last} | {key[:2] for key in found}
    for client, week in sorted(weeks):
        got = (found[client, week, "gross"], found[client, week, "total"])
        if expected.get((client, week)) != got:
            problems.append(f"{client}:{week}: gross, total {expected.get((client, week))} expected, {got} found")
    return {key: value for key, value in expected.items() if key[1] <= last}


def judge(outcomes, events, data, zone="UTC"):
    """Prints what agrees, and returns what does not."""
    zone, problems = ZoneInfo(zone), []
    with open(outcomes, newline="") as file:
        orders = list(csv.DictReader(file))
    clients = {}
    with open(events) as file:
        for line in file:
            event = json.loads(line)
            if event["event"] == "order.placed":
                clients[event["key"]] = event["data"]["clientId"]
    database = Database(data)
    accounts, kinds, transactions = check_books(database, problems)
    pay, months, statements = check_pay(database, orders, zone, problems)
    bills = check_bills(database, orders, clients, zone, problems)
    counts = collections.Counter(order["outcome"] for order in orders)
    active = sum(int(order["price"]) for order in orders if order["activeAt"])
    work = sum(half_even(Fraction(int(o["price"])) * SHARE) for o in orders if o["outcome"] == "completed")
    due = sum(value[0] for value in pay.values())
    carry = {}
    for (worker, _), value in sorted(pay.items(), key=lambda entry: entry[0][1]):
        carry[worker] = value[1]
    left = sum(carry.values())
    if due + left != work - PENALTY * counts["failed"]:
        problems.append(f"paid {due} and carried {left} are not the lines")
    checks = {
        "charged": (kinds["charge"], active), "earned": (kinds["work"], work),
        "penalties": (kinds["penalty"], PENALTY * counts["failed"]),
        "paid out": (kinds["payoutApplied"], due), "in transit": (accounts["transit:out:EUR", "EUR"], 0),
        "owed to workers": (sum(v for (a, _), v in accounts.items() if a.startswith("worker:")), -left),
    }
    problems += [f"{name}: {got} in the books, {wanted} by the orders"
                 for name, (got, wanted) in checks.items() if got != wanted]
    units = lambda minor: f"{minor / 100:,.2f}"
    print(f"books: {transactions} transactions balance, without a gap; {units(active)} charged for the active orders, "
          f"{len(bills)} bills of {units(sum(total for _, total in bills.values()))}")
    print(f"pay: {counts['completed']} completed and {counts['failed']} failed come to {units(work)} - "
          f"{units(PENALTY * counts['failed'])}; {months} months, {statements} statements, {units(due)} paid, "
          f"{units(left)} carried on, {sum(1 for v in pay.values() if v[1])} negative months")
    return problems


# Other orders


def generate(path, orders=3000, clients=8, seed=1):
    """Many orders a client and a worker, with failures and cancellations, from one month's end to another's."""
    rng, events = random.Random(seed), []
    start = datetime.datetime(2024, 1, 29, tzinfo=UTC)
    def stamp(at):
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for number in range(orders):
        key, client = f"g-{number}", f"c-{int(clients * rng.random() ** 2)}"
        placed = start + datetime.timedelta(seconds=rng.randrange(400 * 86_400))
        visit = placed + datetime.timedelta(seconds=rng.randrange(3_600, 5 * 86_400))
        events.append((placed, key, "order.placed", {
            "orderId": key, "clientId": client, "service": "standard", "visitAt": stamp(visit)}))
        fate = rng.random()
        if fate < 0.06:
            cancelled = placed + (visit - placed) * rng.random()
            events.append((cancelled, key, "order.cancel", {"reason": "another day"}))
        elif fate < 0.30:
            pass
        else:
            # Some of them come to an end in the last second of a month, and some in the first of the next.
            checked = visit + datetime.timedelta(seconds=rng.randrange(-3_000, 3_000))
            done = checked + datetime.timedelta(seconds=rng.randrange(600, 20_000))
            if rng.random() < 0.05:
                first = (done.replace(day=1) + datetime.timedelta(days=32)).replace(
                    day=1, hour=0, minute=0, second=0)
                done = first - datetime.timedelta(seconds=rng.randrange(2))
            events.append((checked, key, "worker.checkedIn", {}))
            events.append((max(done, checked), key, "report.uploaded", {}))
    events.sort(key=lambda event: event[0])
    with open(path, "w") as file:
        for at, key, name, data in events:
            file.write(json.dumps({"at": stamp(at), "key": key, "event": name, "data": data}) + "\n")


def main():
    if sys.argv[1] == "generate":
        generate(sys.argv[2], *map(int, sys.argv[3:]))
        return
    problems = judge(*sys.argv[2:])
    if problems:
        raise SystemExit("\n".join(problems[:30] + [f"{len(problems)} problems"]))


if __name__ == "__main__":
    main()
