"""The plan that a seed makes, the lies of remotes, and that the judge sees what is wrong."""

import copy
import http.server
import socket
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import chaos  # noqa: E402
import chaos_judge  # noqa: E402
from liars import HTTP_LIES, MAIL_LIES, HTTPLiar, MailLiar  # noqa: E402
from market import Endpoint, Log, Unavailable  # noqa: E402

VISIT = "2026-01-01T10:00:00Z"


def a_day():
    """One order that was carried out, billed and told, and one candidate who was hired: nothing is wrong with it."""
    mail = lambda number, to, subject: {"id": f"<{number}>", "to": to, "subject": subject}
    row = lambda name, states, status="completed", **search: {
        "name": name, "key": name.split("/", 1)[1], "states": [states], "status": status, "search": search}
    return {
        "told": [
            {"kind": "start", "key": "o-1", "client": "c-1", "visitAt": VISIT, "status": 201, "name": "order/o-1"},
            {"kind": "event", "workflow": "order", "key": "o-1", "event": "report.uploaded", "id": "e-1",
             "outcome": "applied"},
            {"kind": "contradiction", "what": "start", "key": "o-1", "status": 409, "answer": {}},
            {"kind": "repeat", "what": "start", "key": "o-1", "status": 200, "isSame": True, "answer": {}},
            {"kind": "bill", "key": "c-1:W1", "client": "c-1", "status": 201}],
        "found": {"o-1": {"byName": "order/o-1", "byKey": ["o-1"]}}, "failures": [], "applied": {"order/o-1": ["e-1"]}, "incidents": [], "running": {},
        "rows": {
            "order": [row("order/o-1", "completed", client="c-1", worker="w-1")],
            "inventory": [row("inventory/o-1", "closed", client="c-1", worker="w-1", cookie="arrived")],
            "client-invoice": [row("client-invoice/c-1:W1", "paid", account="c-1", cycle="W1")],
            "hiring": [row("hiring/a-1", "hired")]},
        "asked": [{"remote": "bank", "path": "/v1/charges", "key": "pawl/client-invoice/7/2", "body": "b"}],
        "bank": [{"kind": "charge", "status": "posted", "key": "pawl/client-invoice/7/2", "account": "c-1", "amount": 10_000}],
        "cookies": [{"kind": "order", "status": "baking", "key": "cookie-o-1", "orderId": "o-1"}],
        "accounts": [{"externalId": "a-1", "active": True}],
        "mails": [
            mail(1, "c-1@clients.example", f"Your order o-1: w-1 comes on {VISIT}"),
            mail(2, "w-1@workers.example", f"You have a visit on {VISIT}"),
            mail(3, "c-1@clients.example", "Your order o-1: the worker is there"),
            mail(4, "c-1@clients.example", "Your order o-1 is done"),
            mail(5, "w-1@workers.example", "Order o-1 is completed"),
            mail(6, "supplies@marketplace.example", f"Kit for order o-1, visit on {VISIT}"),
            mail(7, "c-1@clients.example", "Your bill for W1 is paid"),
            mail(8, "a-1@mail.example", "Your application was received"),
            mail(9, "a-1@mail.example", "Welcome")],
    }


class Plan(unittest.TestCase):
    def test_a_seed_makes_one_plan(self):
        self.assertEqual(chaos.plan(7, 120), chaos.plan(7, 120))
        self.assertNotEqual(chaos.plan(7, 120), chaos.plan(8, 120))

    def test_without_a_compiler_all_else_is_the_same(self):
        rest = [step for step in chaos.plan(7, 300) if step.what != "clock"]
        self.assertLess(len(rest), len(chaos.plan(7, 300)))
        self.assertEqual(chaos.plan(7, 300, has_clock=False), rest)

    def test_everything_is_done_in_a_few_minutes(self):
        steps = chaos.plan(1, 300)
        self.assertEqual({step.what for step in steps}, {"lie", "kill", "down", "stop", "term", "clock", "bill"})
        self.assertEqual({step.values[0] for step in steps if step.what == "lie"}, set(chaos.REMOTES))


class Judge(unittest.TestCase):
    def test_a_day_on_which_nothing_is_wrong(self):
        self.assertEqual(chaos_judge.judge(a_day()), [])

    def test_each_tampering_is_noticed(self):
        noticed = chaos_judge.doctored(a_day())
        self.assertEqual(set(noticed), set(chaos_judge.TAMPERING))
        self.assertEqual([name for name, found in noticed.items() if not found], [])

    def wrong(self, change):
        day = copy.deepcopy(a_day())
        change(day)
        return chaos_judge.judge(day)

    def test_a_mail_that_is_missing_is_excused_by_an_incident_of_its_sender_only(self):
        def lose(day, whose):
            day["mails"] = day["mails"][1:]
            day["incidents"] = [{"instance": whose}]
        self.assertEqual(self.wrong(lambda day: lose(day, "order/o-1")), [])
        self.assertEqual(len(self.wrong(lambda day: lose(day, "inventory/o-1"))), 1)

    def test_a_charge_that_was_given_back_is_none(self):
        def refund(day):
            day["bank"] += [dict(day["bank"][0], key="pawl/client-invoice/7/1"),
                            {"kind": "refund", "status": "posted", "of": "pawl/client-invoice/7/1", "key": "r"}]
        self.assertEqual(self.wrong(refund), [])

    def test_what_moves_on_is_not_at_rest(self):
        moving = {"order/o-2": {"why": "The call is under way.", "kinds": ["call.running"], "isMoving": True}}
        self.assertEqual(
            self.wrong(lambda day: day.update(running=moving)),
            ["order/o-2 does not come to rest: The call is under way."])

    def test_keys_that_look_alike_are_not_one(self):
        def other(day):
            day["told"].append(dict(day["told"][0], key="o\u00e9", name="order/o\u00e9", client="c-2"))
            day["rows"]["order"].append(dict(day["rows"]["order"][0], key="oe\u0301", name="order/oe\u0301"))
        found = " ".join(self.wrong(other))
        self.assertIn("the acknowledged order 'o\u00e9' is lost", found)
        self.assertIn("nobody was told of the order 'oe\u0301'", found)


class Remote(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.effects += 1
        text = b'{"id": "%d"}' % self.server.effects
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


class Lies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.journal = Log(Path(folder.name) / "relay.jsonl")
        self.addCleanup(self.journal.file.close)
        self.remote = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Remote)
        self.remote.effects = 0
        threading.Thread(target=self.remote.serve_forever, args=(0.01,), daemon=True).start()
        self.liar = HTTPLiar("bank", self.remote.server_port, self.journal, seed=1)
        self.liar.random.uniform = lambda *bounds: 0
        for server in (self.remote, self.liar.server):
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)

    def told(self, lie):
        """-> how often it took effect, and what who asked was told."""
        before, endpoint = self.remote.effects, Endpoint(self.liar.port)
        self.liar.lies.plan(lie, 1)
        try:
            answer = endpoint.call("POST", "/charges", {"amount": 1})
        except Unavailable as unavailable:
            answer = unavailable.status, unavailable.body
        if endpoint.local.connection:
            endpoint.local.connection.close()
        return self.remote.effects - before, answer

    def test_each_lie_is_before_or_behind_the_effect(self):
        effects = {lie: self.told(lie)[0] for lie in HTTP_LIES}
        self.assertEqual({lie for lie, times in effects.items() if times == 0}, {"lost", "error", "busy", "closed"})
        self.assertEqual({lie for lie, times in effects.items() if times == 2}, {"twice"})

    def test_what_who_asks_is_told(self):
        self.assertEqual(self.told("honest"), (1, (201, {"id": "1"})))
        self.assertEqual(self.told("anothers"), (1, (201, {"id": "1"})))
        self.assertEqual(self.told("lostAnswer"), (1, (None, b"")))
        self.assertEqual(self.told("shortAnswer"), (1, (201, '{"id"')))
        self.assertEqual(self.told("busy"), (0, (429, b"")))

    def mailed(self, lie):
        """-> what the mail server got, and what the sender was told; nothing: the connection ended."""
        server, got = socket.create_server(("127.0.0.1", 0)), []

        def serve():
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"220 here\r\n")
                while line := lines.readline():
                    if line == b"DATA\r\n":
                        connection.sendall(b"354 go on\r\n")
                    elif line == b".\r\n":
                        got.append("mail")
                        connection.sendall(b"250 ok\r\n")
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        liar = MailLiar(server.getsockname()[1], self.journal, seed=1)
        liar.random.uniform = lambda *bounds: 0
        liar.lies.plan(lie, 1)
        with socket.create_connection(("127.0.0.1", liar.port)) as client, client.makefile("rb") as lines:
            lines.readline()
            client.sendall(b"DATA\r\n")
            lines.readline()
            client.sendall(b"Hello\r\n.\r\n")
            told = lines.readline()
        thread.join()
        server.close()
        return len(got), told[:3]

    def test_each_lie_of_the_mail_server(self):
        self.assertEqual({lie: self.mailed(lie) for lie in ["honest", *MAIL_LIES]}, {
            "honest": (1, b"250"), "late": (1, b"250"), "lost": (0, b""), "lostAnswer": (1, b""), "busy": (0, b"451"),
            "error": (0, b"554"), "errorAfter": (1, b"451"), "nonsense": (1, b"hel")})


if __name__ == "__main__":
    unittest.main()
