"""What is shown while one waits."""

import io
import os
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from progress import Progress, bar, rest, seconds_text  # noqa: E402


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Showing(unittest.TestCase):
    def setUp(self):
        self.now = 0

    def test_a_terminal_has_one_line_that_fits(self):
        stream = Terminal()
        with mock.patch.dict(os.environ, {"COLUMNS": "11", "TERM": "xterm"}):
            progress = Progress(stream)
            progress.show("a")
            progress.show("a")
            progress.show("0123456789abc")
            progress.clear()
        self.assertEqual(stream.getvalue(), "\r\033[Ka\r\033[K0123456789\r\033[K")

    def test_elsewhere_a_line_every_so_often_and_none_twice(self):
        stream = io.StringIO()
        progress = Progress(stream, every=10, clock=lambda: self.now)
        for second, text in enumerate(["a", "b"] + ["c"] * 30 + ["d"] * 30):
            self.now = second
            progress.show(text)
        progress.clear()
        self.assertEqual(stream.getvalue(), "a\nc\nd\n")

    def test_a_terminal_that_cannot_rewrite_a_line(self):
        stream = Terminal()
        with mock.patch.dict(os.environ, {"TERM": "dumb"}):
            progress = Progress(stream)
            progress.show("a")
            progress.clear()
        self.assertEqual(stream.getvalue(), "a\n")


class Drawing(unittest.TestCase):
    def test_a_bar(self):
        self.assertEqual(bar(0, 4, width=4), "░░░░   0 %")
        self.assertEqual(bar(1, 2, width=4), "██░░  50 %")
        self.assertEqual(bar(5, 4, width=4), "████ 100 %")
        self.assertEqual(bar(0, 0, width=4), "░░░░   0 %")

    def test_times(self):
        self.assertEqual(seconds_text(59.4), "59 s")
        self.assertEqual(seconds_text(59.6), "1 min")
        self.assertEqual(seconds_text(289), "4 min 49 s")
        self.assertEqual(rest(12.2), "about 12 s left")
        self.assertEqual(rest(-3), "any moment now")


if __name__ == "__main__":
    unittest.main()
