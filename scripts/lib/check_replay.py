"""check_replay.py EXPECTED.csv OUTCOMES.csv PAWL DATA SUMMARY.txt: the replay against what really happened."""

import collections
import csv
import datetime
import json
import re
import sqlite3
import subprocess
import sys

PRICE = 10_000


def rows(path):
    with open(path, newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def pawl(binary, *arguments):
    result = subprocess.run([binary, *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"pawl {' '.join(arguments)} failed: {result.stderr}")
    return json.loads(result.stdout)


def check_cycles(outcomes, data, problems):
    """Week by week: the invoices of a cycle are the price of the orders that became active in its week."""
    database = sqlite3.connect(f"file:{data}/pawl.db?mode=ro", uri=True)
    invoiced, unpaid = collections.Counter(), 0
    for (body,) in database.execute("SELECT body FROM records WHERE collection = 'billing.invoice'"):
        invoice = json.loads(body)
        invoiced[invoice["cycle"]] += invoice["total"]
        unpaid += invoice["status"] != "paid"
    monday = lambda moment: (moment + datetime.timedelta(days=7 - moment.weekday())).date().isoformat()
    owed = collections.Counter()
    for row in outcomes.values():
        if row["activeAt"]:
            owed[monday(datetime.datetime.fromisoformat(row["activeAt"].replace("Z", "+00:00")))] += PRICE
    last = max(invoiced, default="")
    problems += [f"the cycle {cycle}: {owed[cycle]} were owed, {invoiced[cycle]} invoiced"
                 for cycle in sorted(set(owed) | set(invoiced)) if cycle <= last and owed[cycle] != invoiced[cycle]]
    problems += [f"{amount} of the cycle {cycle} were never invoiced" for cycle, amount in owed.items()
                 if cycle > last and cycle <= max(owed) and cycle != max(owed)]
    problems += [f"{unpaid} invoices are not paid"] if unpaid else []
    return len(invoiced), sum(invoiced.values())


def main():
    expected, outcomes, binary, data = rows(sys.argv[1]), rows(sys.argv[2]), sys.argv[3], sys.argv[4]
    problems = [f"{key}: {row['outcome']} expected, {outcomes.get(key, {}).get('outcome')} found"
                for key, row in expected.items() if outcomes.get(key, {}).get("outcome") != row["outcome"]]
    problems += [f"{key} is no recorded order" for key in outcomes if key not in expected]
    open_orders = {key for key, row in expected.items() if row["outcome"] == "inProgress"}
    stuck = pawl(binary, "ls", "--data", data, "-f", "workflow:order health:stuck", "-n", "5000",
                 "-o", "json")
    listed = {row["key"] for row in stuck["instances"]}
    if listed != open_orders:
        problems.append(f"stuck are {len(listed)} orders, still in progress {len(open_orders)}")
    for key in sorted(open_orders)[:5]:
        why = pawl(binary, "why", f"order/{key}", "--data", data, "-o", "json")
        kinds = [blocker["kind"] for blocker in why["blockers"]]
        if kinds != ["waiting.event"] or "report.uploaded" not in why["why"]:
            problems.append(f"why {key} says {why['why']}")
    wrong = [key for key, row in outcomes.items() if row["activeAt"] and int(row["price"]) != PRICE]
    problems += [f"{key} was active at another price" for key in wrong]
    active = sum(1 for row in outcomes.values() if row["activeAt"])
    with open(sys.argv[5]) as file:
        money = re.search(r"([\d.]+) charged for (\d+) active orders; the ledger sums to (-?\d+)", file.read())
    if not money or (money[1], int(money[2]), money[3]) != (f"{active * PRICE / 100:.2f}", active, "0"):
        problems.append(f"{active} orders became active, but the money is: {money and money[0]}")
    cycles, invoiced = check_cycles(outcomes, data, problems)
    if problems:
        raise SystemExit("\n".join(problems[:20]))
    print(f"{cycles} weekly cycles invoiced {invoiced / 100:.2f}, each the price of the orders that became active in its "
          "week; all of it was paid")
    print(f"{len(expected)} recorded orders came out as they did; {len(open_orders)} are open, each found stuck "
          "and waiting for report.uploaded")


if __name__ == "__main__":
    main()
