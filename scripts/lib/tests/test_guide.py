import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import guide


class GuideTests(unittest.TestCase):
    def test_blocks_are_found_with_their_lines(self):
        text = "a\n```yaml\n# f\nx: 1\n```\n\n```console\n$ ls\nf\n```\n"
        self.assertEqual(
            list(guide.blocks(text)),
            [("yaml", 3, "# f\nx: 1\n"), ("console", 8, "$ ls\nf\n")])

    def test_a_command_has_the_lines_below_it(self):
        self.assertEqual(
            guide.steps("$ a\n$ b\none\n\ntwo\n"), [("a", []), ("b", ["one", "", "two"])])
        with self.assertRaises(ValueError):
            guide.steps("one\n")

    def test_only_the_ellipsis_stands_for_anything(self):
        self.assertTrue(guide.matches(["since …", "a.b"], ["since today", "a.b  "]))
        self.assertFalse(guide.matches(["a.b"], ["axb"]))
        self.assertFalse(guide.matches(["a"], ["a", "b"]))


if __name__ == "__main__":
    unittest.main()
