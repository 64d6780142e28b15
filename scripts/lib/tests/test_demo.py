"""What the demo says of itself."""

import io
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import demo  # noqa: E402
from progress import Progress  # noqa: E402


class Asked:
    """A server that says why."""

    def __init__(self, why):
        self.why = why

    def insist(self, method, path):
        self.path = path
        return 200, self.why


class Invoices(unittest.TestCase):
    invoice = {"key": "c:W1", "name": "client-invoice/c:W1", "search": {"declines": 4}}

    def test_one_that_a_person_must_settle(self):
        events = [{"event": f"invoice.{way}", "from": "accountant"} for way in ("retry", "writeOff")]
        server = Asked({"why": "Waiting.", "blockers": [{"evidence": {"events": events}}]})
        self.assertEqual(
            demo.reason(server, dict(self.invoice, states=["overdue.waiting"])),
            "declined 4 times; `invoice.retry` or `invoice.writeOff` as accountant settles it")
        self.assertIn("c%3AW1", server.path)

    def test_one_that_goes_on_by_itself_says_why_it_waits(self):
        server = Asked({"why": "The answer is not known; asking again in 4 s.", "blockers": []})
        self.assertEqual(
            demo.reason(server, dict(self.invoice, states=["charging"])),
            "The answer is not known; asking again in 4 s.")


class State(unittest.TestCase):
    def state(self, is_live):
        progress = Progress(io.StringIO())
        progress.is_live = is_live
        with mock.patch("time.monotonic", lambda: 10):
            return demo.state("orders", 1, 4, {"running": 3, "completed": 1, "failed": 0}, 22, progress)

    def test_a_bar_with_the_rest_on_a_terminal(self):
        self.assertEqual(
            self.state(True), "  orders   ████░░░░░░░░░░░░  25 %  about 12 s left  3 running, 1 completed")

    def test_words_elsewhere(self):
        self.assertEqual(self.state(False), "  orders: 3 running, 1 completed (25 %, about 12 s left)")


class Steps(unittest.TestCase):
    def test_a_step_that_was_tried_again_is_one(self):
        again = {"key": "o-1", "event": "kit.issued"}
        log = mock.Mock(entries=[{"key": "o-1", "kind": "start"}, again, again, {"key": "o-2", "kind": "start"}])
        self.assertEqual(len(demo.acknowledged(log)), 3)


if __name__ == "__main__":
    unittest.main()
