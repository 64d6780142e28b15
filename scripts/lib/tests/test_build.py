"""What makes `make build` build, with a compiler that only counts how often it was called."""

import io
import json
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import build  # noqa: E402
import stamp  # noqa: E402

SWIFT = """#!/bin/sh
if [ "$1" = --version ]; then cat "$HERE/version"; exit; fi
env >"$HERE/environment"
echo call >>"$HERE/calls"
echo "[1/3] Compiling Values Value.swift"
if [ -e "$HERE/during" ]; then sh "$HERE/during"; fi
if [ -e "$HERE/broken" ]; then echo "Value.swift:1:1: error: no"; exit 1; fi
mkdir -p .build/release
echo built >.build/release/pawl
[ -e Package.resolved ] || echo '{}' >Package.resolved
"""


class Building(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.here = Path(folder.name)
        self.root = self.here / "checkout"
        self.put("Package.swift", 'let package = Package(targets: [.target(name: "F", path: "Fuzz/Entries")])')
        self.put("Sources/Values/Value.swift", "struct Value {}")
        self.put("Sources/Values/Weight.swift", "struct Weight {}")
        self.put("Fuzz/Entries/Entry.swift", "struct Entry {}")
        (self.here / "version").write_text("Swift 6.3")
        (self.here / "bin").mkdir()
        (self.here / "bin" / "swift").write_text(SWIFT.replace("$HERE", str(self.here)))
        (self.here / "bin" / "swift").chmod(0o755)
        variables = {"PATH": f"{self.here / 'bin'}:{os.environ['PATH']}"}
        patched = mock.patch.dict(os.environ, variables)
        patched.start()
        self.addCleanup(patched.stop)

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def builds(self, *arguments, status=0):
        """Whether the compiler was called."""
        before = self.calls()
        self.said = io.StringIO()
        self.assertEqual(build.main(list(arguments), self.root, self.said), status)
        return self.calls() > before

    def calls(self):
        file = self.here / "calls"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def built(self):
        self.assertTrue(self.builds())
        self.assertFalse(self.builds())

    def test_nothing_to_do_calls_nobody(self):
        self.built()
        self.assertEqual(self.said.getvalue(), ".build/release/pawl is up to date\n")

    def test_a_source_that_is_changed_added_or_deleted(self):
        self.built()
        self.put("Sources/Values/Value.swift", "struct Value { }")
        self.built()
        added = self.put("Sources/Values/Deep/Added.swift", "struct Added {}")
        self.built()
        added.unlink()
        self.built()
        (self.root / "Sources/Values/Weight.swift").rename(self.root / "Sources/Values/Height.swift")
        self.built()

    def test_a_source_whose_date_and_size_say_nothing(self):
        path = self.root / "Sources/Values/Value.swift"
        self.built()
        before = path.stat()
        path.write_text("struct Eulav {}")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.built()

    def test_what_is_the_same_again_is_not_built_again(self):
        path = self.root / "Sources/Values/Value.swift"
        self.built()
        os.utime(path)
        self.assertFalse(self.builds())

    def test_a_target_elsewhere_and_a_package_that_is_edited(self):
        self.built()
        self.put("Fuzz/Entries/Entry.swift", "struct Entry { }")
        self.built()
        self.put("Packages/swift-log/Sources/Logging/Logger.swift", "struct Logger {}")
        self.built()

    def test_the_manifest_and_what_the_packages_were_resolved_to(self):
        self.built()
        self.put("Package.swift", (self.root / "Package.swift").read_text() + "\n")
        self.built()
        self.put("Package.resolved", '{"version": 3}')
        self.built()
        (self.root / "Package.resolved").unlink()
        self.built()
        self.put(".build/workspace-state.json", "{}")
        self.built()

    def test_another_toolchain_or_variable_for_it(self):
        self.built()
        (self.here / "version").write_text("Swift 6.4")
        self.built()
        with mock.patch.dict(os.environ, {"CC": "gcc"}):
            self.built()

    def test_another_shell_builds_nothing(self):
        self.built()
        with mock.patch.dict(os.environ, {"SHLVL": "9", "MAKELEVEL": "3", "SSH_AUTH_SOCK": "/tmp/agent"}):
            self.assertFalse(self.builds())

    def test_the_shell_does_not_reach_the_manifests(self):
        with mock.patch.dict(os.environ, {"MAKELEVEL": "3", "COLUMNS": "80", "https_proxy": "http://proxy"}):
            self.assertTrue(self.builds())
        seen = (self.here / "environment").read_text()
        self.assertNotIn("MAKELEVEL", seen)
        self.assertNotIn("COLUMNS", seen)
        self.assertIn("https_proxy=http://proxy", seen)
        self.assertIn("SWIFT_DETERMINISTIC_HASHING=1", seen)

    def test_a_product_that_is_gone_or_that_somebody_else_made(self):
        product = self.root / stamp.PRODUCT
        self.built()
        product.unlink()
        self.built()
        product.write_text("built elsewhere")
        self.built()

    def test_a_source_that_changes_while_it_is_built_is_built_again(self):
        (self.here / "during").write_text("echo '// more' >>Sources/Values/Value.swift")
        self.assertTrue(self.builds())
        (self.here / "during").unlink()
        self.built()

    def test_a_source_that_was_there_for_a_moment_only(self):
        # Only the folder's date tells, and the clock of files has ticks: it is not made in the tick of the build.
        os.utime(self.root / "Sources/Values", (1, 1))
        (self.here / "during").write_text("echo >Sources/Values/New.swift; rm Sources/Values/New.swift")
        self.assertTrue(self.builds())
        (self.here / "during").unlink()
        self.built()

    def test_a_failure_says_what_the_compiler_said_and_is_no_product(self):
        self.built()
        self.put("Sources/Values/Value.swift", "struct")
        (self.here / "broken").write_text("")
        self.assertTrue(self.builds(status=1))
        self.assertIn("error: no", self.said.getvalue())
        self.assertEqual(self.said.getvalue().count("[1/3]"), 0)
        self.assertTrue(self.builds(status=1))

    def test_arguments_make_another_product(self):
        self.built()
        self.assertTrue(self.builds("-Xswiftc", "-g"))
        self.built()


class Counting(unittest.TestCase):
    """`App` depends on `Values`; `Yaml` is written in C."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.out = self.root / ".build" / "release"
        values = [self.out / "Values.build" / f"{name}.swift.o" for name in ("A", "B", "C")]
        module = self.out / "Modules" / "Values.swiftmodule"
        app = [self.out / "App.build" / f"{name}.swift.o" for name in ("Main", "Other")]
        yaml = [self.out / "Yaml.build" / f"{name}.c.o" for name in ("reader", "writer")]
        tests = [self.out / "Tests.build" / "Test.swift.o"]
        self.sources = {name: self.root / "Sources" / name for name in ("A.swift", "Main.swift", "reader.c")}
        commands = [
            ("C.Values.module", [self.sources["A.swift"]], [*values, module]),
            ("C.App.module", [self.sources["Main.swift"], module], app),
            ("reader.c.o", [self.sources["reader.c"]], yaml[:1]),
            ("writer.c.o", [self.root / "Sources" / "writer.c"], yaml[1:]),
            ("C.Tests.module", [self.root / "Sources" / "Test.swift"], tests),
            ("LinkFileList", [*values, *app, *yaml], [self.out / "pawl.product" / "Objects.LinkFileList"]),
            ("C.pawl-x86_64-release.exe",
             [*values, *app, *yaml, self.out / "pawl.product" / "Objects.LinkFileList"], [self.out / "pawl"]),
        ]
        self.all = [*values, module, *app, *yaml, *self.sources.values()]
        text = "commands:\n" + "".join(
            f'  "{name}":\n    tool: shell\n    inputs: {self.listed(inputs)}\n    outputs: {self.listed(outputs)}\n'
            for name, inputs, outputs in commands)
        self.out.mkdir(parents=True)
        (self.root / ".build" / "release.yaml").write_text(text)

    @staticmethod
    def listed(paths):
        return json.dumps([str(path) for path in paths], separators=(",", ":"))

    def everything_is_built(self):
        for path in self.all:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (1000, 1000))

    def count(self, *lines):
        count = build.Count(self.root, clock=lambda: 0)
        for line in lines:
            count.take(line + "\n")
        return count.text(is_live=False)

    def test_a_first_build_compiles_all_that_is_linked(self):
        self.assertEqual(build.plan(self.root), {"Values": 3, "App": 2, "Yaml": 2})

    def test_a_change_recompiles_its_module_and_those_above(self):
        self.everything_is_built()
        self.assertEqual(build.plan(self.root), {})
        os.utime(self.sources["Main.swift"], (2000, 2000))
        self.assertEqual(build.plan(self.root), {"App": 2})
        os.utime(self.sources["A.swift"], (2000, 2000))
        os.utime(self.sources["reader.c"], (2000, 2000))
        self.assertEqual(build.plan(self.root), {"Values": 3, "App": 2, "Yaml": 1})

    def test_a_line_of_swift_is_a_module_and_one_of_c_a_file(self):
        first = "[0/5] Write sources"
        self.assertEqual(self.count(), "building: reading the manifests")
        self.assertEqual(self.count("Fetching https://github.com/apple/swift-log"),
                         "building: Fetching https://github.com/apple/swift-log")
        self.assertEqual(self.count(first), "building: 0 of 7 files, reading the manifests")
        self.assertEqual(self.count(first, "[1/5] Compiling Yaml reader.c"), "building: 1 of 7 files, Yaml")
        self.assertEqual(self.count(first, "[2/5] Compiling Values A.swift"), "building: 3 of 7 files, Values")
        self.assertEqual(
            self.count(first, "[1/5] Compiling Yaml reader.c", "[2/5] Compiling writer.c",
                       "[3/5] Compiling Values A.swift", "[4/5] Compiling App Main.swift", "[4/5] Linking pawl"),
            "building: 7 of 7 files, linking")

    def test_a_plan_that_cannot_be_read_is_no_count(self):
        plan = self.root / ".build" / "release.yaml"
        plan.write_text('"C.pawl-x.exe":\n    tool: shell\n    inputs: [what]\n')
        self.assertEqual(self.count("[1/5] Compiling Values A.swift"), "building: Values")
        plan.unlink()
        self.assertEqual(self.count("[1/5] Compiling Values A.swift"), "building: Values")


if __name__ == "__main__":
    unittest.main()
