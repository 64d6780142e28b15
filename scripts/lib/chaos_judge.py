"""What must hold after any disturbance, judged by what the clients were told, by the remotes' own files and by what anybody may
read over the API: nothing acknowledged is lost or has taken effect twice, nothing is charged, baked or mailed twice, money is
what the orders come to, what is owed has arrived or is an incident, and whatever still runs says why.

`gather` makes plain values of all that, `judge` is a function of them, and `doctored` shows that it sees what is wrong."""

import collections
import copy
import datetime
import email
import email.policy
import json
import urllib.parse

from candidates import accounts_in
from crash import PRICE, history
from market import parse_time

# What an instance waits for that comes by itself.
PASSING = {"call.running", "call.retrying", "call.unknown", "adapter.open", "adapter.limit", "waiting.child",
           "waiting.members", "compensation.running"}
SOON = datetime.timedelta(hours=4)  # of the store's time: timers of visits and of dunning


# What is looked at


def pages(system, path, member):
    """All of a list."""
    found, cursor = [], None
    while True:
        query = urllib.parse.urlencode({"count": 200, **({"cursor": cursor} if cursor else {})})
        status, page = system.insist("GET", f"{path}?{query}")
        if status != 200:
            raise SystemExit(f"{path} was answered {status}: {page}")
        found += page[member]
        cursor = page.get("cursor")
        if not cursor:
            return found


def address(name, rest=""):
    return f"/v1/instances/{urllib.parse.quote(name, safe='')}{rest}"


def waits(system, name):
    """-> the kinds of its blockers, its sentence, and whether something of it happens by itself before long."""
    view, why = system.insist("GET", address(name))[1], system.insist("GET", address(name, "/why"))[1]
    kinds = sorted({blocker["kind"] for blocker in why["blockers"]})
    now = parse_time(why["at"])
    due = [timer for timer in view.get("timers", []) if parse_time(timer["due"]) < now + SOON]
    isStuck = why["health"] == "blocked"
    return {"why": why["why"], "kinds": kinds, "isMoving": not isStuck and bool(due or PASSING & set(kinds))}


def found(system, key):
    """Who answers to the order's name, and who is found by its key."""
    by_name = system.insist("GET", address(f"order/{key}"))[1].get("name")
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    query = urllib.parse.urlencode({"filter": f'workflow:order key:"{quoted}"', "count": 200})
    status, page = system.insist("GET", f"/v1/instances?{query}")
    return {"byName": by_name, "byKey": [row["key"] for row in page["instances"]] if status == 200 else page["detail"]}


def gather(system, log, failures):
    """Plain values: what `judge` is a function of."""
    rows = {name: system.instances(f"workflow:{name}")
            for name in ("order", "inventory", "client-invoice", "hiring")}
    told = [entry for entry in log.entries if entry["kind"] == "event" and entry["outcome"] == "applied"]
    applied = {}
    for workflow, key in sorted({(entry["workflow"], entry["key"]) for entry in told}):
        applied[f"{workflow}/{key}"] = [
            row["data"]["id"] for row in history(system, workflow, key)
            if row["kind"] == "event.applied"]
    files = system.folder / "sandbox"
    return {
        "found": {entry["key"]: found(system, entry["key"]) for entry in log.entries if entry["kind"] == "start"},
        "told": list(log.entries), "failures": list(failures), "rows": rows, "applied": applied,
        "running": {row["name"]: waits(system, row["name"]) for row in system.instances("status:running")},
        "incidents": pages(system, "/v1/incidents", "incidents"),
        "asked": [line for line in lines(system.folder / "relay.jsonl") if line.get("key")],
        "bank": lines(files / "bank.jsonl"), "cookies": lines(files / "cookies.jsonl"),
        "mails": [mail(line) for line in lines(files / "mails.jsonl") if "repeatOf" not in line],
        "accounts": accounts_in(files / "iam.jsonl") if (files / "iam.jsonl").exists() else [],
    }


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def mail(line):
    message = email.message_from_string(line["raw"].replace("\r\n", "\n"), policy=email.policy.default)
    return {"id": line["messageID"], "to": line["to"][0].strip("<>"), "subject": str(message["Subject"])}


# What must hold


def judge(evidence):
    """-> what is wrong, a sentence each."""
    return [f"people met what they should not: {failure}" for failure in evidence["failures"]] + [
        violation for part in (starts, events, contradictions, keys, money, cookies, mails, accounts, rests)
        for violation in part(evidence)]


def started(evidence):
    return {entry["key"]: entry for entry in evidence["told"] if entry["kind"] == "start"}


def of(evidence, kind):
    return [entry for entry in evidence["told"] if entry["kind"] == kind]


def starts(evidence):
    """Each acknowledged order is there as its client placed it, and no other."""
    rows, placed = {row["key"]: row for row in evidence["rows"]["order"]}, started(evidence)
    for key, entry in placed.items():
        row = rows.get(key)
        if row is None:
            yield f"the acknowledged order {key!r} is lost"
        elif row["search"]["client"] != entry["client"]:
            yield f"the order {key!r} of {entry['client']} is that of {row['search']['client']}"
        if entry["name"] != f"order/{key}":
            yield f"the order {key!r} was acknowledged as {entry['name']!r}"
    for key, others in evidence["found"].items():
        if others != {"byName": f"order/{key}", "byKey": [key]}:
            yield f"the order {key!r} is found as {others}"
    for key in rows.keys() - placed.keys():
        yield f"nobody was told of the order {key!r}"
    if len(rows) != len(evidence["rows"]["order"]):
        yield "two orders have one key"
    invoices = {row["key"] for row in evidence["rows"]["client-invoice"]}
    for entry in of(evidence, "bill"):
        if entry["status"] not in (200, 201) or entry["key"] not in invoices:
            yield f"the invoice {entry['key']} is lost: {entry['status']}"


def events(evidence):
    for entry in of(evidence, "event"):
        if entry["outcome"] == "applied":
            name = f"{entry['workflow']}/{entry['key']}"
            times = evidence["applied"].get(name, []).count(entry["id"])
            if times != 1:
                yield f"{entry['event']} of {name} was acknowledged and applied {times} times"


def contradictions(evidence):
    """Another body under a name that was used is refused; the same one is answered as before."""
    for entry in of(evidence, "contradiction"):
        if entry["status"] not in (409, 422):
            yield f"another {entry['what']} of {entry['key']!r} under the same name was answered {entry['status']}: {entry['answer']}"
    for entry in of(evidence, "repeat"):
        if not entry["isSame"]:
            yield f"a repeat of the {entry['what']} of {entry['key']!r} was answered {entry['status']}: {entry['answer']}"


def keys(evidence):
    """A remote is asked for one thing under one key, however often."""
    bodies = collections.defaultdict(set)
    for line in evidence["asked"]:
        bodies[line["remote"], line["path"], line["key"]].add(line["body"])
    for (remote, path, key), different in bodies.items():
        if len(different) > 1:
            yield f"{remote} was asked at {path} for {len(different)} things under the key {key}"


def money(evidence):
    """One charge an invoice; what each client paid is what their orders come to."""
    posted = [line for line in evidence["bank"] if line["kind"] == "charge" and line["status"] == "posted"]
    refunded = {line.get("of") for line in evidence["bank"] if line["kind"] == "refund" and line["status"] == "posted"}
    standing = [line for line in posted if line["key"] not in refunded]
    for invoice, times in collections.Counter(line["key"].rsplit("/", 1)[0] for line in standing).items():
        if times != 1:
            yield f"{invoice} was charged {times} times at the bank"
    for key, times in collections.Counter(line["key"] for line in posted).items():
        if times != 1:
            yield f"the bank's file has {key} {times} times"
    taken, owed = collections.Counter(), collections.Counter()
    for line in standing:
        taken[line["account"]] += line["amount"]
    for row in evidence["rows"]["order"]:
        # With a worker every ending is paid.
        if row["search"].get("worker"):
            owed[row["search"]["client"]] += PRICE
    open_at = {row["search"]["account"] for row in evidence["rows"]["client-invoice"] if row["status"] == "running"}
    for client in sorted(owed.keys() | taken.keys()):
        if taken[client] != owed[client] and client not in open_at:
            yield f"{client} owes {owed[client]}, the bank took {taken[client]}"
        if taken[client] > owed[client]:
            yield f"{client} owes {owed[client]}, the bank took more: {taken[client]}"


def cookies(evidence):
    """One for each order that has a kit, or the kit says that there is none."""
    baked = collections.Counter(line["orderId"] for line in evidence["cookies"]
                                if line["kind"] == "order" and line["status"] == "baking")
    orders, blocked = started(evidence), troubled(evidence)
    for order, times in baked.items():
        if times != 1:
            yield f"{times} cookies were ordered for {order!r}"
        if order not in orders:
            yield f"a cookie was ordered for {order!r}, which nobody ordered"
    for row in evidence["rows"]["inventory"]:
        excused = row["search"]["cookie"] in ("missing", "cancelled") or row["name"] in blocked
        if row["key"] not in baked and not excused:
            yield f"no cookie was ordered for {row['key']!r}, whose kit says {row['search']['cookie']}"


def troubled(evidence):
    """Of whom an incident is open."""
    return {incident["instance"] for incident in evidence["incidents"]}


def owed_mails(evidence):
    """(instance, address, subject): what its end says that people were told."""
    placed = started(evidence)
    for row in evidence["rows"]["order"]:
        key, worker, client = row["key"], row["search"].get("worker"), row["search"]["client"]
        if key not in placed:
            continue
        at, states = placed[key]["visitAt"], " ".join(row["states"])
        to = lambda role, who: f"{who}@{role}s.example"
        if worker:
            yield row["name"], to("client", client), f"Your order {key}: {worker} comes on {at}"
            yield row["name"], to("worker", worker), f"You have a visit on {at}"
        if states in ("inProgress", "completed"):
            yield row["name"], to("client", client), f"Your order {key}: the worker is there"
        if states == "completed":
            yield row["name"], to("client", client), f"Your order {key} is done"
            yield row["name"], to("worker", worker), f"Order {key} is completed"
        if states in ("cancelled", "withdrawn"):
            yield row["name"], to("client", client), f"Your order {key} is cancelled"
        if states == "cancelled":
            yield row["name"], to("worker", worker), f"Order {key} on {at} is cancelled"
        if states == "failed":
            yield row["name"], to("client", client), f"Your order {key}: nobody came"
            yield row["name"], to("worker", worker), f"Order {key}: you did not check in"
    for row in evidence["rows"]["inventory"]:
        at = placed[row["key"]]["visitAt"] if row["key"] in placed else ""
        yield row["name"], "supplies@marketplace.example", f"Kit for order {row['key']}, visit on {at}"
        if "returned" in row["states"]:
            yield row["name"], "supplies@marketplace.example", f"Kit for order {row['key']}: back to stock"
    for row in evidence["rows"]["client-invoice"]:
        if "paid" in row["states"]:
            to = f"{row['search']['account']}@clients.example"
            yield row["name"], to, f"Your bill for {row['search']['cycle']} is paid"
    for row in evidence["rows"]["hiring"]:
        yield row["name"], f"{row['key']}@mail.example", "Your application was received"
        if "hired" in row["states"]:
            yield row["name"], f"{row['key']}@mail.example", "Welcome"


def mails(evidence):
    """Each one that is owed arrived once, or is an incident; none came that is of nobody."""
    arrived = collections.Counter((mail["to"], mail["subject"]) for mail in evidence["mails"])
    owed, blocked, named = collections.Counter(), troubled(evidence), {}
    for name, to, subject in owed_mails(evidence):
        owed[to, subject] += 1
        named[to, subject] = name
    for (to, subject), times in owed.items():
        came = arrived[to, subject]
        if came > times:
            yield f"{came} mails to {to} say {subject!r}, of {named[to, subject]}"
        elif came < times and named[to, subject] not in blocked:
            yield f"no mail to {to} says {subject!r}, and {named[to, subject]} has no incident"
    for identity, times in collections.Counter(mail["id"] for mail in evidence["mails"]).items():
        if times != 1:
            yield f"the mail server's file has {identity} {times} times"


def accounts(evidence):
    """Whoever is hired has one account that can be used; nobody else has one."""
    own, blocked = collections.defaultdict(list), troubled(evidence)
    for account in evidence["accounts"]:
        own[account.get("externalId")].append(bool(account.get("active")))
    for row in evidence["rows"]["hiring"]:
        found = own.pop(row["key"], [])
        wanted = [True] if row["status"] == "completed" else []
        if found != wanted and row["name"] not in blocked and row["status"] != "running":
            yield f"{row['name']} ended as {row['status']} and has the accounts {found}"
    for external in own:
        yield f"there is an account of {external!r}, who never applied"


def rests(evidence):
    for name, waits in evidence["running"].items():
        if not waits["why"] or not waits["kinds"]:
            yield f"{name} still runs, and nothing says why"
        elif waits["isMoving"]:
            yield f"{name} does not come to rest: {waits['why']}"


def summary(evidence):
    told = collections.Counter(entry["kind"] for entry in evidence["told"])
    ends = collections.Counter(row["status"] for row in evidence["rows"]["order"])
    posted = [line for line in evidence["bank"] if line["kind"] == "charge" and line["status"] == "posted"]
    return (f"  judged: {told['start']} orders acknowledged ({', '.join(f'{n} {what}' for what, n in sorted(ends.items()))}), "
            f"{told['refusal']} refused, {told['event']} events, {told['contradiction']} contradictions\n"
            f"  {len(posted)} charges of {sum(line['amount'] for line in posted) / 100:.2f}, "
            f"{sum(line['kind'] == 'order' for line in evidence['cookies'])} cookies, {len(evidence['mails'])} mails, "
            f"{len(evidence['accounts'])} accounts, {len(evidence['incidents'])} incidents left, "
            f"{len(evidence['running'])} still running, each with its reason")


# What it must notice


def doctored(evidence):
    """-> for each way to tamper with what was found, whether the judge notices."""
    before, noticed = set(judge(evidence)), {}
    for name, tamper in TAMPERING.items():
        other = copy.deepcopy(evidence)
        if tamper(other) is not False:
            noticed[name] = bool(set(judge(other)) - before)
    return noticed


def first(rows, **members):
    return next((row for row in rows if all(row.get(name) == value for name, value in members.items())), None)


def tampering(function):
    """It returns False where there is nothing that it could be done to."""
    TAMPERING[function.__name__.replace("_", " ")] = function
    return function


TAMPERING = {}


@tampering
def a_lost_order(evidence):
    placed = started(evidence)
    row = next((row for row in evidence["rows"]["order"] if row["key"] in placed), None)
    return bool(row) and evidence["rows"]["order"].remove(row)


@tampering
def an_order_of_somebody_else(evidence):
    row = next(iter(evidence["rows"]["order"]), None)
    return bool(row) and row["search"].update(client="c-somebody-else")


@tampering
def an_order_found_as_another(evidence):
    others = next(iter(evidence["found"].values()), None)
    return bool(others) and others.update(byKey=["another"])


@tampering
def an_event_applied_twice(evidence):
    ids = next((ids for ids in evidence["applied"].values() if ids), None)
    return bool(ids) and ids.extend(ids)


@tampering
def an_event_lost(evidence):
    ids = next((ids for ids in evidence["applied"].values() if ids), None)
    return bool(ids) and ids.clear()


@tampering
def a_contradiction_taken(evidence):
    entry = first(evidence["told"], kind="contradiction")
    return bool(entry) and entry.update(status=200)


@tampering
def a_charge_missing(evidence):
    line = first(evidence["bank"], kind="charge", status="posted")
    return bool(line) and evidence["bank"].remove(line)


@tampering
def a_charge_under_another_key(evidence):
    line = first(evidence["bank"], kind="charge", status="posted")
    return bool(line) and evidence["bank"].append(dict(line, key=line["key"].rsplit("/", 1)[0] + "/99"))


@tampering
def a_key_for_something_else(evidence):
    line = next(iter(evidence["asked"]), None)
    return bool(line) and evidence["asked"].append(dict(line, body="else"))


@tampering
def a_cookie_twice(evidence):
    line = first(evidence["cookies"], kind="order", status="baking")
    return bool(line) and evidence["cookies"].append(dict(line, key="cookie-again"))


@tampering
def a_cookie_missing(evidence):
    arrived = {row["key"] for row in evidence["rows"]["inventory"] if row["search"]["cookie"] == "arrived"}
    line = next((line for line in evidence["cookies"] if line["kind"] == "order" and line["orderId"] in arrived), None)
    return bool(line) and evidence["cookies"].remove(line)


@tampering
def a_mail_missing(evidence):
    blocked = troubled(evidence)
    owed = {(to, subject) for name, to, subject in owed_mails(evidence) if name not in blocked}
    mail = next((mail for mail in evidence["mails"] if (mail["to"], mail["subject"]) in owed), None)
    return bool(mail) and evidence["mails"].remove(mail)


@tampering
def a_mail_under_another_id(evidence):
    owed = {(to, subject) for name, to, subject in owed_mails(evidence)}
    mail = next((mail for mail in evidence["mails"] if (mail["to"], mail["subject"]) in owed), None)
    return bool(mail) and evidence["mails"].append(dict(mail, id="<again@pawl>"))


@tampering
def an_account_too_many(evidence):
    evidence["accounts"].append({"externalId": "nobody", "active": True})


@tampering
def an_instance_without_a_reason(evidence):
    evidence["running"]["order/silent"] = {"why": "", "kinds": [], "isMoving": False}
