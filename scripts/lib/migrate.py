"""Moves live orders to another version while clients go on paying and receiving, and the server is killed in the middle.
Judged by what the clients were told and by the bank's own file; the engine is only asked what it would be asked anyway.

usage: migrate.py [ORDERS [PAID]]"""

import collections
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from market import ROOT, System, Unavailable, run_all

HEAD = """
workflow: order
version: {version}
input: {{type: object, required: [client], properties: {{client: {{type: string}}}}}}
context: {{charge: {{type: [string, 'null'], default: null}}}}
events:
  order.pay: {{early: reject}}
  order.receive: {{early: keep, ttl: 30d}}
"""
CHARGE = """
    invoke:
      task: bank.charge
      input: {account: '${input.client}', amount: 500}
      onDone: {target: TARGET, actions: {assign: {charge: '${event.data.id}'}}}
      onError: failed
"""
OLD = HEAD.format(version=1) + """
initial: placed
states:
  placed: {on: {order.pay: charging}, after: {90d: lapsed}}
  charging:""" + CHARGE.replace("TARGET", "sending") + """
  sending: {on: {order.receive: received}}
  received: {type: final}
  lapsed: {type: final, status: cancelled}
  failed: {type: final, status: failed}
"""
NEW = HEAD.format(version=2) + """
migrate: {from: 1, states: {placed: open, charging: paying.bank, sending: underway}}
initial: open
states:
  open: {on: {order.pay: paying}, after: {90d: lapsed}}
  paying:
    initial: bank
    states:
      bank:""" + CHARGE.replace("\n    ", "\n        ").replace("TARGET", "underway") + """
  underway: {on: {order.receive: checked}}
  checked: {after: {1s: received}}
  received: {type: final}
  lapsed: {type: final, status: cancelled}
  failed: {type: final, status: failed}
"""


class Run:
    def __init__(self, folder, orders, paid):
        self.folder, self.orders = Path(folder), orders
        self.project = self.folder / "project"
        shutil.copytree(ROOT / "adapters" / "bank", self.project / "adapters" / "bank")
        self.publish(OLD)
        self.system = System(self.folder / "run", 1, project=self.project)
        self.paid = random.Random(7).sample(range(orders), paid)
        self.told = collections.Counter()
        self.refused = []

    def publish(self, text):
        home = self.project / "workflows" / "order"
        home.mkdir(parents=True, exist_ok=True)
        (home / "workflow.yaml").write_text(text)

    def tell(self, order, event):
        """Until it is acknowledged, always under one id."""
        path = f"/v1/workflows/order/instances/{order}/events"
        body = {"event": event, "id": f"{order}-{event}", "data": {}}
        while True:
            try:
                status, answer = self.system.api.call("POST", path, body, "client/c")
            except Unavailable:
                time.sleep(0.2)
                continue
            outcome = (answer.get("receipts") or [{}])[0].get("outcome") if status < 400 else answer
            if outcome not in ("applied", "duplicate", "kept"):
                self.refused.append(f"{event} of order {order} came to {status} {answer}")
                return
            self.told[event] += 1
            return

    def client(self, order):
        def live():
            self.tell(order, "order.pay")
            time.sleep(0.2)  # so that there is load for as long as instances move
            self.tell(order, "order.receive")
        return live

    def begin(self):
        def starting(order):
            def start():
                status, answer = self.system.insist(
                    "PUT", f"/v1/workflows/order/instances/{order}", {"client": f"c-{order}"}, "client/c")
                if status not in (200, 201):
                    self.refused.append(f"the start of order {order} came to {status} {answer}")
            return start
        self.live([starting(order) for order in range(self.orders)], parallel=16)

    @staticmethod
    def live(stories, parallel):
        threads, failures = run_all(stories, parallel)
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def migrate(self):
        body = {"action": "migrate", "arguments": {"to": 2}, "rate": 100, "canary": 5,
                "filter": "workflow:order version:1 status:running", "reason": "the new rule"}
        status, answer = self.system.insist("POST", "/v1/operations", body, "operator/ana")
        if status != 201:
            raise SystemExit(f"the operation was refused: {answer}")
        number = answer["id"]
        self.until(number, lambda operation: operation["status"] == "held")
        self.system.insist("POST", f"/v1/operations/{number}/continue", {}, "operator/ana")
        return number

    def until(self, number, holds):
        while True:
            operation = self.system.insist("GET", f"/v1/operations/{number}")[1]
            if holds(operation):
                return operation
            time.sleep(0.5)

    def play(self):
        self.system.start()
        begun = time.monotonic()
        self.begin()
        print(f"  {self.orders} orders live on version 1 after {time.monotonic() - begun:.0f} s", flush=True)
        self.system.server.terminate()
        self.system.server.wait()
        self.publish(NEW)
        self.system.start_server()
        begun = time.monotonic()
        load = threading.Thread(
            target=self.live, args=([self.client(order) for order in self.paid], 8), daemon=True)
        load.start()
        number = self.migrate()
        half = lambda operation: operation["counts"]["accepted"] >= self.orders // 4
        self.until(number, half)
        self.system.kill_server()
        self.system.start_server()
        ended = self.until(number, lambda operation: operation["counts"]["pending"] == 0)
        print(f"  moved after {time.monotonic() - begun:.0f} s, killed once: {ended['counts']}", flush=True)
        load.join()
        deadline = time.monotonic() + 300
        while self.system.count("workflow:order status:completed") < len(self.paid):
            if time.monotonic() > deadline:
                break
            time.sleep(1)
        return self.judge(ended["counts"])

    def judge(self, counts):
        wrong = list(self.refused)
        bank = self.system.folder / "sandbox" / "bank.jsonl"
        rows = [json.loads(line) for line in bank.read_text().splitlines()]
        taken = collections.Counter(
            row["account"] for row in rows if row["kind"] == "charge" and row["status"] == "posted")
        for order in self.paid:
            if taken[f"c-{order}"] != 1:
                wrong.append(f"order {order} was charged {taken[f'c-{order}']} times at the bank")
        paid = {f"c-{order}" for order in self.paid}
        wrong += [f"{account} was charged and never paid" for account in taken if account not in paid]
        count = self.system.count
        figures = {
            "left running on version 1": (count("workflow:order version:1 status:running"), 0),
            "open on version 2": (count("workflow:order version:2 state:open"), self.orders - len(self.paid)),
            "completed": (count("workflow:order status:completed"), len(self.paid)),
            "in need of somebody": (count("workflow:order health:blocked"), 0),
            "refused": (counts["refused"], 0),
        }
        wrong += [f"{what}: {found}, not {expected}" for what, (found, expected) in figures.items()
                  if found != expected]
        print(f"  judged: {len(self.paid)} payments told, {sum(taken.values())} charges at the bank of "
              f"{len(taken)} clients, {figures['open on version 2'][0]} orders open on version 2")
        return wrong


def main():
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    paid = int(sys.argv[2]) if len(sys.argv) > 2 else orders * 3 // 10
    with tempfile.TemporaryDirectory(prefix="pawl-migrate-") as folder:
        run = Run(folder, orders, paid)
        try:
            wrong = run.play()
        finally:
            run.system.stop()
    for line in wrong[:20]:
        print("  !", line)
    print("  ok" if not wrong else f"  {len(wrong)} violations")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
