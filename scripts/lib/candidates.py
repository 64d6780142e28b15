"""Candidates and the managers who look through their applications; and what stands of an acceptance, judged by the records of
billing and matching and by the identity provider's own list: accepted is whoever has all three, and nobody has a part."""

import json
import sqlite3
import time

TEST = {"test": "safety", "title": "Safety", "questions": [
    {"id": "q1", "text": "Wet hands?", "choices": ["dry them", "go on"], "correct": 0}]}

# Accounts, active ones, payment account, registered with matching, offered.
WHOLE, NOTHING = (1, 1, True, True, True), (0, 0, False, False, False)

# Whoever decides has not looked at the task; what is done already is refused as a conflict, in one way or another.
UNSEEN = {"If-Match": "*"}
SETTLED = (200, 201, 202, 404, 409, 412, 422)


def told(found):
    return dict(zip(("accounts", "active", "payee", "registered", "offered"), found))


def publish(system):
    """The test that all of them take."""
    code, answer = system.insist("PUT", "/v1/workflows/hiring-test/instances/safety", TEST, "manager/mia")
    if code not in (200, 201):
        raise SystemExit(f"the test was refused: {answer}")


def effects(system, key, accounts):
    worker = record(system, "matching.worker", key)
    return (len(accounts), sum(bool(account.get("active")) for account in accounts),
            record(system, "billing.payee", key) is not None, worker is not None,
            worker is not None and bool(worker.get("skills")))


def record(system, collection, identity):
    store = sqlite3.connect(f"file:{system.data / 'pawl.db'}?mode=ro", uri=True, timeout=20)
    try:
        row = store.execute(
            "SELECT body FROM records WHERE collection = ? AND id = ?", (collection, identity)).fetchone()
    finally:
        store.close()
    return row and json.loads(row[0])


def accounts_in(file):
    """What the sandbox's provider has, by its own file."""
    accounts = {}
    for line in file.read_text().splitlines():
        account = json.loads(line)
        if account["kind"] == "removed":
            accounts.pop(account["id"], None)
        else:
            accounts[account["id"]] = account
    return list(accounts.values())


class Candidate:
    PATIENCE = 90  # seconds

    def __init__(self, system, key, email):
        self.system, self.key, self.email = system, key, email

    @property
    def path(self):
        return f"/v1/workflows/hiring/instances/{self.key}"

    def call(self, method, path, body, actor, wanted=(200, 201, 202), headers=None):
        code, answer = self.system.insist(method, self.path + path, body, actor, headers)
        if code not in wanted:
            raise SystemExit(f"{self.key}: {method} {path} was answered {code}: {answer}")
        return answer

    def apply(self):
        self.call("PUT", "", {"name": "Cleo", "email": self.email, "skills": ["standard"]}, "shop/web")

    def decide(self, outcome, wanted=(200, 201, 202), **form):
        self.until(lambda view: view.get("tasks"), "a task")
        return self.call(
            "POST", "/tasks/only/decide", {"outcome": outcome, **({"form": form} if form else {})}, "manager/mia", wanted,
            UNSEEN)

    def send(self, event, data=None, wanted=(200,), identity=None):
        identity = identity or f"{event}-{self.key}-{time.monotonic_ns()}"
        return self.call(
            "POST", "/events", {"event": event, "id": identity, "data": data or {}}, f"candidate/{self.key}", wanted)

    def answer(self, **options):
        return self.send("test.submitted", {"test": "safety", "answers": {"q1": 0}}, **options)

    def view(self):
        view = self.system.insist("GET", self.path)[1]
        if "states" in view:
            view["tasks"] = self.system.insist("GET", self.path + "/tasks")[1]["tasks"]
        return view

    def is_in(self, view, state):
        return any(state in name.split(".") for name in view["states"])

    def until(self, holds, what):
        deadline = time.monotonic() + self.PATIENCE
        while True:
            view = self.view()
            if holds(view):
                return view
            if time.monotonic() > deadline:
                why = self.system.insist("GET", self.path + "/why")[1]
                raise SystemExit(f"{self.key}: waited for {what}, is in {view['states']}: {json.dumps(why)[:1500]}")
            time.sleep(0.1)

    def until_in(self, state):
        return self.until(lambda view: self.is_in(view, state), state)

    def until_ended(self, wanted="completed"):
        view = self.until(lambda view: view["status"] not in ("running", "suspended"), "the end")
        if view["status"] != wanted:
            raise SystemExit(f"{self.key}: ended as {view['status']}, not {wanted}")
        return view

    def until_incident(self):
        return self.until(lambda view: view.get("health") == "blocked", "an incident")

    def live(self, gives_up=False, plan=None, pause=0.05):
        """To the end, whatever dies meanwhile: looks where it stands and does what is next; what was done already is refused.
        `plan`: nothing, or what becomes of it: `withdraw` during the tests, `decline` on the results."""
        self.apply()
        while True:
            view = self.view()
            if view["status"] not in ("running", "suspended"):
                return
            if view["tasks"] and self.is_in(view, "screening"):
                self.decide_now("assign", tests=["safety"])
            elif self.is_in(view, "testing") and plan == "withdraw":
                self.send("application.withdrawn", wanted=SETTLED)
            elif self.is_in(view, "testing"):
                self.answer(wanted=SETTLED, identity=f"answer-{self.key}")
            elif view["tasks"] and self.is_in(view, "deciding"):
                self.decide_now("decline" if plan == "decline" else "accept")
            elif view["tasks"] and self.is_in(view, "notOnboarded"):
                self.decide_now("decline" if gives_up else "again")
            time.sleep(pause)

    def decide_now(self, outcome, **form):
        body = {"outcome": outcome, **({"form": form} if form else {})}
        self.call("POST", "/tasks/only/decide", body, "manager/mia", SETTLED, UNSEEN)
