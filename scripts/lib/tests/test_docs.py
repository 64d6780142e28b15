import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import docs


class PageTests(unittest.TestCase):
    def test_blocks_are_found_with_their_lines_and_what_they_say(self):
        text = "a\n```yaml\n# f\nx: 1\n```\n\n<!-- run: not, no -->\n```console\n$ ls\nf\n```\n"
        self.assertEqual(
            [(block.language, block.line, block.content, block.marker) for block in docs.blocks(text)],
            [("yaml", 3, "# f\nx: 1\n", ""), ("console", 9, "$ ls\nf\n", "not, no")])

    def test_a_command_has_the_lines_below_it(self):
        self.assertEqual(
            docs.steps("$ a\n$ b\none\n\ntwo\n"), [("a", []), ("b", ["one", "", "two"])])
        with self.assertRaises(ValueError):
            docs.steps("one\n")

    def test_only_the_ellipsis_stands_for_anything(self):
        self.assertTrue(docs.matches(["since …", "a.b"], ["since today", "a.b  "]))
        self.assertFalse(docs.matches(["a.b"], ["axb"]))
        self.assertFalse(docs.matches(["a"], ["a", "b"]))

    def test_a_line_of_the_ellipsis_is_any_number_of_lines(self):
        self.assertTrue(docs.matches(["a", "…", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(docs.matches(["a", "…"], ["a"]))
        self.assertFalse(docs.matches(["…", "d"], ["a"]))

    def test_a_part_stands_in_its_host_as_far_to_the_right(self):
        self.assertEqual(docs.spliced("a:\n  # here\nb: 1\n", "x:\n  y: 1\n"), "a:\n  x:\n    y: 1\nb: 1\n")
        with self.assertRaises(ValueError):
            docs.spliced("a: 1\n", "x: 1\n")

    def test_a_block_that_nobody_understands_fails(self):
        for text in ["```\nx\n```\n", "```yaml\nx: 1\n```\n", "<!-- run: nonsense -->\n```yaml\nx: 1\n```\n",
                     "```json\n{\n```\n", "```console\nls\n```\n"]:
            self.assertEqual(self.run_page(text)["failed"], 1, text)

    def test_what_is_not_run_says_so(self):
        self.assertEqual(self.run_page("<!-- run: not, because -->\n```sh\nfalse\n```\n"),
                         {"run": 0, "not run": 1, "failed": 0})

    def test_a_heading_is_linked_as_github_makes_it(self):
        self.assertEqual(
            docs.anchors("# Pawl or …?\n```sh\n# no\n```\n## What `check` says\n### [A](b.md), b_c\n"),
            ["pawl-or-", "what-check-says", "a-b_c"])

    def test_a_link_that_leads_nowhere_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            page, other = Path(folder) / "a.md", Path(folder) / "b.md"
            other.write_text("# There\n")
            page.write_text("# Here\n[1](b.md#there) [2](#here) [3](https://x.y) [4](c.md) [5](b.md#gone) <!-- [6](d.md) -->\n")
            self.assertEqual(list(docs.dead_links(page)), ["nothing is at c.md", "no heading is b.md#gone"])

    def test_a_command_that_is_not_there_is_found_in_the_text(self):
        commands = docs.Commands({"command": {"commandName": "pawl", "subcommands": [
            {"commandName": "task", "subcommands": [
                {"commandName": "claim", "arguments": [{"names": [{"kind": "long", "name": "as"}]}]}]}]}})
        self.assertIsNone(commands.trouble("pawl task claim NAME --as 'x --no'"))
        self.assertIsNone(commands.trouble("pawl …"))
        self.assertEqual(commands.trouble("pawl task claim NAME --to SUBJECT"), "pawl task claim has no --to")
        self.assertEqual(commands.trouble("pawl tusk"), "there is no command tusk")

    def run_page(self, text):
        with tempfile.TemporaryDirectory(dir=docs.ROOT) as folder, contextlib.redirect_stdout(io.StringIO()):
            page = Path(folder) / "page.md"
            page.write_text(text)
            return docs.Page(page, folder, False).run()


if __name__ == "__main__":
    unittest.main()
