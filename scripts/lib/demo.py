"""The demo: a server and the sandbox as processes of their own, a few hundred orders over real HTTP and SMTP on a
scaled clock, with everything that goes wrong in such a business; then the money is collected."""

import collections
import datetime
import json
import shutil
import sys
import threading
import time
import urllib.parse

from market import ROOT, Log, Order, System, run_all, seeded

SCALE = 600  # ten minutes a second
ORDERS = 250
CYCLE = "2026-W01"
FOLDER = ROOT / "demo-data"


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    system = System(FOLDER, SCALE, ROOT / "samples" / "demo" / "pawl.yaml")
    say("Starting the sandbox (bank, cookie contractor, mail server) and the server …")
    system.start()
    try:
        began = time.monotonic()
        clients = [f"client-{n:02d}" for n in range(20)]
        clients += ["client-declines-1-a", "client-declines-2-b", "client-declines"]
        live(system, clients)
        collect(system, clients)
        summary(system, clients, time.monotonic() - began)
    finally:
        system.stop()


def say(text=""):
    print(text, flush=True)


def live(system, clients):
    say(f"{ORDERS} orders, one second is ten minutes. Meanwhile the bank loses replies, the mail server")
    say("turns some mails away, and the cookie contractor is down for half an hour.")
    log = Log(FOLDER / "client.jsonl")
    stories = [Order(n, system, log, seeded(n), clients) for n in range(1, ORDERS + 1)]
    system.fault(adapter="smtp", operation="send", kind="status", status=451, count=4)
    crowd = threading.Thread(target=lambda: place(stories), daemon=True)
    crowd.start()
    time.sleep(3)
    system.fault(adapter="cookies", operation="order", kind="down", count=10)
    while crowd.is_alive():
        crowd.join(timeout=5)
        progress(system)


def place(stories):
    randomness = seeded(2026)

    def story_of(order):
        def story():
            time.sleep(randomness.random() * 8)
            order.live(datetime.timedelta(hours=3))
        return story

    threads, failures = run_all([story_of(order) for order in stories], parallel=len(stories))
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


def progress(system):
    parts = [f"{system.count('workflow:order status:' + status)} {status}"
             for status in ("running", "completed", "cancelled", "failed")]
    say("  orders: " + ", ".join(parts))


def collect(system, clients):
    say("The week is over: an invoice for each client. The bank loses ten replies; some cards are declined.")
    system.fault(adapter="bank", operation="charge", kind="lostReply", count=10)
    for client in clients:
        key = urllib.parse.quote(f"{client}:{CYCLE}", safe="")
        system.insist("PUT", f"/v1/workflows/client-invoice/instances/{key}",
                      {"account": client, "cycle": CYCLE}, "operator/billing")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        running = system.instances("workflow:client-invoice status:running")
        say(f"  invoices: {len(clients) - len(running)} settled, {len(running)} open")
        if all("overdue" in row["states"] for row in running):
            break
        time.sleep(4)


def summary(system, clients, took):
    say()
    say(f"What happened in {took:.0f} seconds ({took * SCALE / 3600:.0f} hours of the store's time)")
    say()
    for status in ("completed", "cancelled", "failed", "running"):
        meaning = {"completed": "the report is in", "cancelled": "in time, and paid all the same",
                   "failed": "the worker did not come", "running": "no report: an admin must look"}
        line(f"orders {status}", system.count(f"workflow:order status:{status}"), meaning[status])
    kits = system.instances("workflow:inventory")
    cookies = collections.Counter(kit["search"]["cookie"] for kit in kits)
    for state in ("arrived", "missing", "cancelled", "writtenOff"):
        line(f"cookies {state}", cookies[state], "")
    lines = [json.loads(text) for text in
             (FOLDER / "sandbox" / "bank.jsonl").read_text().splitlines()]
    posted = [entry for entry in lines if entry["kind"] == "charge" and entry["status"] == "posted"]
    declined = [entry for entry in lines if entry["status"] == "declined"]
    line("charges at the bank", len(posted), f"{sum(entry['amount'] for entry in posted) / 100:.2f} in all")
    line("declined", len(declined), "tried again under a new key, or overdue")
    invoices = collections.Counter(entry["key"].rsplit("/", 1)[0] for entry in posted)
    line("charged twice", sum(1 for count in invoices.values() if count > 1), "must be 0")
    mails = (FOLDER / "sandbox" / "mails.jsonl").read_text().splitlines()
    line("mails", len(mails), "")
    stuck = system.instances("health:stuck")
    line("stuck", len(stuck), "overdue, or an incident")
    for row in stuck[:3]:
        say(f"    {row['name']}: {row['why']}")
    hints(stuck)


def line(name, count, note):
    say(f"  {name:<22} {count:>5}  {note}".rstrip())


def hints(stuck):
    example = stuck[0]["name"] if stuck else "order/o-0001"
    say()
    say("The database is in demo-data/data. Try next:")
    say("  .build/release/pawl ls --data demo-data/data -f 'workflow:order health:stuck'")
    say(f"  .build/release/pawl why {example} --data demo-data/data")
    say("  .build/release/pawl history order/o-0001 --data demo-data/data")
    say("  make dev                    # everything in one process: API on port 8087, sandbox on 8088")


if __name__ == "__main__":
    sys.exit(main())
