"""examples/stripe against localstripe. Between the two stands a wire that can lose an answer, hold a request or an answer while the
server is killed, and say that it is too busy. localstripe takes no notice of `Idempotency-Key`: the wire keeps keys as Stripe's API says
that it does, the first answer for each, and another request under it refused. What became of the money is read from localstripe alone,
never from Pawl."""

import argparse
import base64
import email.utils
import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

from market import PAWL, ROOT, Endpoint, free_port

KEY = "sk_test_pawl"
GOOD, DECLINED = "4242424242424242", "4000000000000341"
PATIENCE = 60


def expect(holds, what):
    if not holds:
        raise SystemExit(f"stripe: {what}")


def until(found, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise SystemExit(f"stripe: {what} within {PATIENCE} s")


class Stripe:
    """localstripe, asked as any program would."""

    def __init__(self, program, folder):
        self.port = free_port()
        self.process = subprocess.Popen(
            [program, "--port", str(self.port), "--from-scratch"], cwd=folder,
            stdout=open(folder / "localstripe.log", "ab"), stderr=subprocess.STDOUT)
        until(self.answers, "localstripe does not answer")

    def answers(self):
        expect(self.process.poll() is None, "localstripe has ended")
        try:
            return self.get("/v1/charges") is not None
        except OSError:
            return False

    def ask(self, method, path, form=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        token = base64.b64encode(f"{KEY}:".encode()).decode()
        connection.request(
            method, path, urllib.parse.urlencode(form) if form else None,
            {"Authorization": f"Basic {token}", "Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        expect(answer.status == 200, f"localstripe answers {method} {path} with {answer.status} {body}")
        return body

    def get(self, path):
        return self.ask("GET", path)

    def card(self, number):
        return self.ask("POST", "/v1/payment_methods", {
            "type": "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"})["id"]

    def money(self, order):
        """How often it was taken for the order and given back, in minor units."""
        intents = {i["id"] for i in self.all("payment_intents") if i["metadata"].get("order") == order}
        charges = [c for c in self.all("charges") if c["payment_intent"] in intents and c["status"] == "succeeded"]
        ids = {c["id"] for c in charges}
        refunds = [r for r in self.all("refunds") if r["charge"] in ids]
        return [c["amount"] for c in charges], [r["amount"] for r in refunds]

    def all(self, kind):
        found, after = [], ""
        while True:
            page = self.get(f"/v1/{kind}?limit=100{after}")
            found += page["data"]
            if not page["has_more"]:
                return found
            after = f"&starting_after={page['data'][-1]['id']}"


class Wire:
    """Passes requests on. A fault is for the next request whose path ends so, and is used up by it."""

    def __init__(self, stripe):
        self.stripe = stripe
        self.port = free_port()
        self.lock = threading.Lock()
        self.faults = []
        self.seen = []
        self.keys = {}
        self.replayed = 0
        wire = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                wire.serve(self, body)

            do_GET = do_POST

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def fault(self, path, kind):
        """lose: what it asks is done, and its answer lost. before, after: held until `release`, then dropped, before or after it is
        done. busy: 429 with a date."""
        fault = {"path": path, "kind": kind, "met": threading.Event(), "go": threading.Event()}
        with self.lock:
            self.faults.append(fault)
        return fault

    def take(self, method, path):
        with self.lock:
            self.seen.append((time.time(), method, path))
            for fault in self.faults:
                if method == "POST" and path.endswith(fault["path"]):
                    self.faults.remove(fault)
                    return fault
        return None

    def count(self, method, path):
        with self.lock:
            return sum(1 for _, m, p in self.seen if m == method and p.endswith(path))

    def serve(self, handler, body):
        fault = self.take(handler.command, handler.path)
        kind = fault and fault["kind"]
        if kind == "before":
            fault["met"].set()
            fault["go"].wait(PATIENCE)
            handler.close_connection = True
            return
        if kind == "busy":
            fault["until"] = int(time.time()) + 3
            handler.send_response_only(429)
            handler.send_header("Retry-After", email.utils.formatdate(fault["until"], usegmt=True))
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            fault["met"].set()
            return
        status, headers, text = self.passed(handler, body)
        if kind in ("lose", "after"):
            fault["met"].set()
            if kind == "after":
                fault["go"].wait(PATIENCE)
            handler.close_connection = True
            return
        handler.send_response_only(status)
        handler.send_header("Content-Type", headers["Content-Type"])
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    def passed(self, handler, body):
        key = handler.headers.get("Idempotency-Key")
        if handler.command != "POST" or key is None:
            return self.forwarded(handler, body)
        request = (handler.path, body)
        with self.lock:
            known = self.keys.get(key)
            if known:
                self.replayed += 1
                if known[0] == request:
                    return known[1]
                text = json.dumps({"error": {"type": "idempotency_error"}}).encode()
                return 400, {"Content-Type": "application/json"}, text
            answer = self.forwarded(handler, body)
            self.keys[key] = (request, answer)
            return answer

    def forwarded(self, handler, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.stripe.port, timeout=20)
        headers = {k: v for k, v in handler.headers.items() if k.lower() not in ("host", "connection")}
        connection.request(handler.command, handler.path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, text


class Shop:
    """`pawl serve` of the example."""

    def __init__(self, folder, wire):
        self.folder = folder
        self.wire = wire
        self.port = free_port()
        self.api = Endpoint(self.port)
        self.process = None

    def start(self, key=KEY):
        environment = dict(os.environ, STRIPE_URL=f"http://127.0.0.1:{self.wire.port}")
        environment.pop("STRIPE_KEY", None)
        if key is not None:
            environment["STRIPE_KEY"] = key
        self.process = subprocess.Popen(
            [str(PAWL), "serve", "--port", str(self.port), "--data", str(self.folder / "data"), "--log-level", "warning"],
            cwd=ROOT / "examples" / "stripe", env=environment, stdout=open(self.folder / "server.log", "ab"),
            stderr=subprocess.STDOUT)
        until(self.answers, "the server does not answer")

    def answers(self):
        expect(self.process.poll() is None, f"the server has ended:\n{(self.folder / 'server.log').read_text()[-2000:]}")
        try:
            return self.api.call("GET", "/readyz")[0] == 200
        except Exception:
            return False

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(30)
        self.api = Endpoint(self.port)

    def path(self, order):
        return f"/v1/workflows/purchase/instances/{order}"

    def place(self, order, card, amount=1990, **options):
        body = {"order": order, "amount": amount, "currency": "eur", "method": card}
        return self.api.call("PUT", self.path(order), body, **options)

    def reaches(self, order, state):
        def there():
            view = self.api.call("GET", self.path(order))[1]
            return view if state in view["states"] or view["status"] == state else None
        return until(there, f"{order} has not come to {state}")

    def cancel(self, order):
        status, answer = self.api.call(
            "POST", self.path(order) + "/events", {"event": "order.cancelled", "id": f"cancel-{order}"})
        expect(status == 200, f"the cancellation of {order} is answered with {answer}")

    def why(self, order):
        return self.api.call("GET", self.path(order) + "/why")[1]


def judge(stripe, order, taken, back=()):
    """The money is where it belongs."""
    charges, refunds = stripe.money(order)
    expect(charges == list(taken), f"for {order} was taken {charges}, not {list(taken)}")
    expect(refunds == list(back), f"for {order} was given back {refunds}, not {list(back)}")


def charged_once(stripe, wire, shop):
    card = stripe.card(GOOD)
    expect(shop.place("o-1", card)[0] == 201, "a purchase is started")
    shop.reaches("o-1", "paid")
    expect(shop.place("o-1", card)[0] == 200, "the same purchase is found again")
    start = {"input": {"order": "o-1b", "amount": 500, "currency": "eur", "method": card}}
    path = "/v1/workflows/purchase/instances"
    for _ in range(2):
        status, view = shop.api.call("POST", path, start, headers={"Idempotency-Key": "once"})
        expect(status == 201 and view["key"] == "o-1b", f"the same key is answered the same: {status} {view}")
    start["input"]["amount"] = 600
    status, problem = shop.api.call("POST", path, start, headers={"Idempotency-Key": "once"})
    expect(status == 422, f"another body under the key is answered with {status}: {problem}")
    shop.reaches("o-1b", "paid")
    judge(stripe, "o-1", [1990])
    judge(stripe, "o-1b", [500])


def declined(stripe, wire, shop):
    shop.place("o-2", stripe.card(DECLINED))
    view = shop.reaches("o-2", "failed")
    expect(view["output"] == {"problem": "declined"}, f"a declined card ends so: {view.get('output')}")
    judge(stripe, "o-2", [])


def refunded(stripe, wire, shop):
    shop.place("o-3", stripe.card(GOOD))
    shop.reaches("o-3", "paid")
    shop.cancel("o-3")
    shop.reaches("o-3", "refunded")
    judge(stripe, "o-3", [1990], [1990])


def answers_lost(stripe, wire, shop):
    card = stripe.card(GOOD)
    lost = wire.fault("/confirm", "lose")
    before = wire.count("POST", "/confirm")
    shop.place("o-4", card)
    shop.reaches("o-4", "paid")
    expect(lost["met"].is_set() and wire.count("POST", "/confirm") == before + 1, "it was asked, not sent again")
    wire.fault("/v1/refunds", "lose")
    shop.cancel("o-4")
    shop.reaches("o-4", "refunded")
    judge(stripe, "o-4", [1990], [1990])


def killed(stripe, wire, shop, order, path, moment):
    """kill -9 while a request is on its way: before it has arrived, or after it was carried out."""
    held = wire.fault(path, moment)
    shop.place(order, stripe.card(GOOD))
    if path == "/v1/refunds":
        shop.reaches(order, "paid")
        shop.cancel(order)
    expect(held["met"].wait(PATIENCE), f"{path} was not asked for")
    shop.end()
    held["go"].set()
    shop.start()
    if path == "/v1/refunds":
        shop.reaches(order, "refunded")
        return judge(stripe, order, [1990], [1990])
    shop.reaches(order, "paid")
    judge(stripe, order, [1990])


def busy(stripe, wire, shop):
    told = wire.fault("/confirm", "busy")
    shop.place("o-6", stripe.card(GOOD))
    shop.reaches("o-6", "paid")
    with wire.lock:
        calls = [at for at, method, path in wire.seen if method == "POST" and path.endswith("/confirm")]
    expect(calls[-1] >= told["until"], "it came again before the date that it was told")
    judge(stripe, "o-6", [1990])


def without_its_key(stripe, wire, shop):
    shop.end(signal.SIGTERM)
    shop.start(key=None)
    shop.place("o-7", stripe.card(GOOD))
    why = until(lambda: [b for b in shop.why("o-7")["blockers"] if b["kind"] == "adapter.unready"], "nobody says what is missing")
    expect("STRIPE_KEY" in why[0]["sentence"], f"the missing variable is not named: {why[0]['sentence']}")
    shop.end(signal.SIGTERM)
    shop.start()
    shop.reaches("o-7", "paid")
    failed = [e for e in shop.api.call("GET", shop.path("o-7") + "/history?count=1000")[1]["entries"] if e["kind"] == "call.failed"]
    expect(not failed, f"waiting for a variable has used up attempts: {failed}")
    judge(stripe, "o-7", [1990])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("localstripe")
    program = str(Path(parser.parse_args().localstripe).absolute())
    folder = Path(tempfile.mkdtemp(prefix="pawl-stripe-"))
    stripe = Stripe(program, folder)
    shop = None
    try:
        wire = Wire(stripe)
        shop = Shop(folder, wire)
        shop.start()
        for story in (charged_once, declined, refunded, answers_lost, busy, without_its_key):
            story(stripe, wire, shop)
            print(f"  {story.__name__.replace('_', ' ')}", flush=True)
        for number, (path, moment) in enumerate(
                (path, moment) for path in ("/v1/payment_intents", "/confirm", "/v1/refunds") for moment in ("before", "after")):
            killed(stripe, wire, shop, f"k-{number}", path, moment)
            print(f"  killed {moment} {path.rsplit('/', 1)[-1]}", flush=True)
        taken = sum(c["amount"] for c in stripe.all("charges") if c["status"] == "succeeded")
        back = sum(r["amount"] for r in stripe.all("refunds"))
        expect(wire.replayed > 0, "nothing was sent again under its key, so that nothing was shown of keys")
        print(f"stripe: 12 stories, {taken} taken and {back} given back, none of it twice; {wire.replayed} repeats under their keys")
    finally:
        for process in (shop and shop.process, stripe.process):
            if process and process.poll() is None:
                process.kill()
                process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
