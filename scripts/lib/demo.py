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

from candidates import NOTHING, WHOLE, Candidate, accounts_in, effects, publish
from market import ROOT, Log, Order, System, run_all, seeded
from progress import Progress, bar, rest

SCALE = 600  # ten minutes a second
ORDERS = 250
CANDIDATES = 30
SPREAD = 8  # seconds in which they are placed
VISIT_IN = datetime.timedelta(hours=3)
LONGEST = VISIT_IN + datetime.timedelta(hours=1)  # of an order: to the report
DUNNING = datetime.timedelta(hours=4)  # of the card that is always declined: samples/demo/pawl.yaml
BREAKER = 15  # seconds in which the bank is left alone, after the replies that it lost
PATIENCE = 120  # seconds; what is open then is explained as it stands
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


def scaled(span):
    """Seconds on the wall."""
    return span.total_seconds() / SCALE


def live(system, clients):
    say(f"{ORDERS} orders, one second is ten minutes. Meanwhile the mail server turns some mails away,")
    say(f"and the cookie contractor is down for a while. {CANDIDATES} people apply as workers; the identity provider loses answers,")
    say("fails, and two accounts are gone before they are active.")
    log = Log(FOLDER / "client.jsonl")
    stories = [Order(n, system, log, seeded(n), clients) for n in range(1, ORDERS + 1)]
    steps = sum(len(Order.STEPS[story.plan]) for story in stories)
    system.fault(adapter="smtp", operation="send", kind="status", status=451, count=4)
    crowd = threading.Thread(target=lambda: place(stories), daemon=True)
    crowd.start()
    applicants = threading.Thread(target=lambda: hire(system), daemon=True)
    applicants.start()
    began = time.monotonic()
    end = began + SPREAD + scaled(LONGEST)
    progress = Progress(sys.stdout, every=8)
    is_down = False
    while crowd.is_alive() or applicants.is_alive():
        (crowd if crowd.is_alive() else applicants).join(timeout=0.5)
        if not is_down and time.monotonic() - began > 3:
            system.fault(adapter="cookies", operation="order", kind="down", count=10)
            is_down = True
        counts = {status: system.count(f"workflow:order status:{status}")
                  for status in ("running", "completed", "cancelled", "failed")}
        progress.show(state("orders", len(acknowledged(log)), steps, counts, end, progress))
    progress.clear()


def acknowledged(log):
    """The steps that were answered; one that was tried again is one."""
    return {(entry["key"], entry.get("event", "start")) for entry in list(log.entries)}


def state(name, done, total, counts, end, progress):
    left = rest(end - time.monotonic())
    detail = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    if not progress.is_live:
        return f"  {name}: {detail} ({100 * done // total} %, {left})"
    return f"  {name:<8} {bar(done, total, width=16)}  {left:<17}{detail}"


def place(stories):
    randomness = seeded(2026)

    def story_of(order):
        def story():
            time.sleep(randomness.random() * SPREAD)
            order.live(VISIT_IN)
        return story

    threads, failures = run_all([story_of(order) for order in stories], parallel=len(stories))
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


def candidates(system):
    return [Candidate(system, f"candidate-{n:02d}", f"candidate-{n:02d}@mail.example") for n in range(CANDIDATES)]


def hire(system):
    """Some withdraw during the tests, some are declined; the others are taken on, in spite of the provider."""
    publish(system)
    for operation, kind, count in (("create", "lostReply", 3), ("create", "status", 1), ("change", "lostReply", 1)):
        system.fault(adapter="iam", operation=operation, kind=kind, count=count)
    system.fault(adapter="iam", operation="change", kind="status", status=404, count=2)
    randomness = seeded(24)

    def story_of(number, candidate):
        def story():
            time.sleep(randomness.random() * SPREAD)
            candidate.live(plan={3: "withdraw", 7: "decline"}.get(number % 10), pause=0.5)
        return story

    threads, failures = run_all(
        [story_of(number, candidate) for number, candidate in enumerate(candidates(system))], parallel=CANDIDATES)
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


def collect(system, clients):
    say("The week is over: an invoice for each client. The bank loses ten replies; some cards are declined.")
    system.fault(adapter="bank", operation="charge", kind="lostReply", count=10)
    for client in clients:
        key = urllib.parse.quote(f"{client}:{CYCLE}", safe="")
        system.insist("PUT", f"/v1/workflows/client-invoice/instances/{key}",
                      {"account": client, "cycle": CYCLE}, "operator/billing")
    began = time.monotonic()
    progress = Progress(sys.stdout, every=8)
    while time.monotonic() - began < PATIENCE:
        running = system.instances("workflow:client-invoice status:running")
        waiting = [row for row in running if awaits_person(row)]
        closed = len(clients) - len(running)
        counts = {"closed": closed, "under way": len(running) - len(waiting), "overdue": len(waiting)}
        end = began + BREAKER + scaled(DUNNING)
        progress.show(state("invoices", closed + len(waiting), len(clients), counts, end, progress))
        if len(waiting) == len(running):
            break
        time.sleep(0.5)
    progress.clear()


def awaits_person(invoice):
    return "overdue.waiting" in invoice["states"]


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
    unpaid = system.instances("workflow:client-invoice status:running")
    line("invoices closed", len(clients) - len(unpaid), "")
    line("invoices open", len(unpaid), "")
    for row in unpaid:
        say(f"    {row['name']}: {reason(system, row)}")
    accounts = accounts_in(FOLDER / "sandbox" / "iam.jsonl")
    stands = collections.Counter(
        effects(system, candidate.key, [one for one in accounts if one.get("externalId") == candidate.key])
        for candidate in candidates(system))
    line("candidates hired", stands[WHOLE], "account, payment account, place in matching")
    line("withdrawn, declined", stands[NOTHING], "none of the three")
    line("hired in part", CANDIDATES - stands[WHOLE] - stands[NOTHING], "must be 0")
    mails = (FOLDER / "sandbox" / "mails.jsonl").read_text().splitlines()
    line("mails", len(mails), "")
    stuck = system.instances("health:stuck")
    line("stuck", len(stuck), "overdue, or an incident")
    for row in stuck[:3]:
        say(f"    {row['name']}: {row['why']}")
    hints(stuck, [row for row in unpaid if awaits_person(row)])


def reason(system, invoice):
    """Why it is open and what would settle it, in one line."""
    key = urllib.parse.quote(invoice["key"], safe="")
    why = system.insist("GET", f"/v1/workflows/client-invoice/instances/{key}/why")[1]
    if not awaits_person(invoice):
        return why["why"]
    events = [event for blocker in why["blockers"] for event in blocker["evidence"].get("events", [])]
    who = " or ".join(sorted({event["from"] for event in events}))
    ways = " or ".join(f"`{event['event']}`" for event in events)
    return f"declined {invoice['search']['declines']} times; {ways} as {who} settles it"


def line(name, count, note):
    say(f"  {name:<22} {count:>5}  {note}".rstrip())


def hints(stuck, overdue):
    example = stuck[0]["name"] if stuck else "order/o-0001"
    pawl = ".build/release/pawl"
    say()
    say("The database is in demo-data/data. Try next:")
    say(f"  {pawl} ls --data demo-data/data -f 'workflow:order health:stuck'")
    say(f"  {pawl} why {example} --data demo-data/data")
    say(f"  {pawl} history order/o-0001 --data demo-data/data")
    if overdue:
        say("or go on from here, and settle the open invoice from another shell:")
        say(f"  {pawl} dev --data demo-data/data --sandbox-data demo-data/sandbox")
        say(f"  {pawl} send {overdue[0]['name']} invoice.writeOff --as accountant")
    say("or begin anew, with everything in one process: API on port 8087, sandbox on 8088:")
    say("  make dev")


if __name__ == "__main__":
    sys.exit(main())
