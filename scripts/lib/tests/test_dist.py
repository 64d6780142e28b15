import datetime
import json
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import dist

HELP = {
    "commandName": "pawl", "abstract": "Durable machines.", "discussion": "One.\n\nTwo.",
    "subcommands": [
        {"commandName": "why", "abstract": "Say why.", "arguments": [
            {"kind": "positional", "valueName": "name", "abstract": "workflow/key."},
            {"kind": "option", "names": [{"kind": "short", "name": "o"}, {"kind": "long", "name": "output"}],
             "valueName": "output", "abstract": "How.", "defaultValue": "table"},
            {"kind": "flag", "names": [{"kind": "long", "name": "help"}]}]},
        {"commandName": "sabotage", "abstract": "Hidden.", "shouldDisplay": False}],
}
PINS = [{"identity": "swift-log", "location": "https://github.com/apple/swift-log.git",
         "state": {"revision": "abc", "version": "1.2.3"}}]
THEN = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.timezone.utc)


class Dist(unittest.TestCase):
    def test_the_manual_has_each_command_that_is_shown(self):
        page = dist.manual(HELP, "1.0")
        self.assertIn("pawl \\- durable machines", page)
        self.assertIn(".SS pawl why\n", page)
        self.assertIn("\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIoutput\\fR\nHow. (default: table)", page)
        self.assertNotIn("sabotage", page)
        self.assertNotIn("help", page)

    def test_no_line_of_text_is_taken_for_a_request(self):
        self.assertEqual(dist.roff(".SH x\\y"), "\\&.SH x\\ey")

    def test_the_bill_names_what_is_linked_with_its_version(self):
        bill = dist.materials("1.0", PINS, [("libcurl4", "7.88.1-10+deb12u1", "amd64")], "6.3.1", THEN, "f00")
        self.assertEqual(
            [part.get("purl") for part in bill["components"]],
            [None, "pkg:swift/github.com/apple/swift-log@1.2.3", "pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u1?arch=amd64"])
        self.assertEqual(bill["metadata"]["timestamp"], "2026-01-05T09:00:00Z")
        self.assertEqual(len(bill["dependencies"][0]["dependsOn"]), 3)
        again = dist.materials("1.0", PINS, [("libcurl4", "7.88.1-10+deb12u1", "amd64")], "6.3.1", THEN, "f00")
        self.assertEqual(json.dumps(bill), json.dumps(again))

    def test_the_same_files_are_the_same_tar(self):
        with tempfile.TemporaryDirectory() as scratch, mock.patch.object(dist, "moment", lambda: THEN):
            tars = []
            for name in ["one", "two"]:
                folder = Path(scratch) / name / "pawl-1"
                dist.write(folder / "bin" / "pawl", "x")
                dist.write(folder / "README.md", "y")
                dist.pack(folder, Path(scratch) / f"{name}.tar.gz")
                tars.append((Path(scratch) / f"{name}.tar.gz").read_bytes())
            self.assertEqual(tars[0], tars[1])
            with tarfile.open(Path(scratch) / "one.tar.gz") as tar:
                modes = {entry.name: oct(entry.mode) for entry in tar}
            self.assertEqual(modes["pawl-1/bin/pawl"], "0o755")
            self.assertEqual(modes["pawl-1/README.md"], "0o644")


if __name__ == "__main__":
    unittest.main()
