"""How the stages of `make test` run: beside each other, one after the other, and what is told of those that fail."""

import io
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(LIBRARY))
from stages import Stage, Suite, main  # noqa: E402
from suite import PLAN  # noqa: E402


def says(name, text, **more):
    return Stage(name, "sh", "-c", text, **more)


class Stages(unittest.TestCase):
    def setUp(self):
        self.stream = io.StringIO()

    def run_all(self, *stages):
        suite = Suite(stages, self.stream)
        suite.run()
        return {run.stage.name: run.passed for run in suite.ended}, suite.missed, suite.report()

    def test_two_run_beside_each_other_and_their_lines_stay_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            # Each ends only when it has seen the other.
            meet = "echo a{0}; : > {2}/{0}; while [ ! -e {2}/{1} ]; do sleep 0.01; done; echo b{0}"
            passed, _, status = self.run_all(says("x", meet.format(1, 2, folder)), says("y", meet.format(2, 1, folder)))
        self.assertEqual((passed, status), ({"x": True, "y": True}, 0))
        self.assertRegex(self.stream.getvalue(), r"── x, 0\.\d min\na1\nb1\n")
        self.assertRegex(self.stream.getvalue(), r"── y, 0\.\d min\na2\nb2\n")

    def test_one_that_wants_the_machine_has_it(self):
        lone, other, compiling = says("l", "", alone=True), says("o", ""), says("c", "", compiles=True)
        self.assertTrue(lone.fits([]))
        self.assertFalse(lone.fits([other]) or other.fits([lone]))
        self.assertTrue(compiling.fits([other]) and other.fits([compiling]))
        self.assertFalse(compiling.fits([compiling]) or other.fits([other, compiling]))

    def test_what_needs_a_failure_is_not_run_and_the_rest_is(self):
        passed, missed, status = self.run_all(
            says("first", "echo why; exit 3"), says("second", "true", after=("first",)),
            says("third", "true", after=("second",)), says("fourth", "true"))
        self.assertEqual(passed, {"first": False, "fourth": True})
        self.assertEqual((missed, status), (["second", "third"], 1))
        self.assertIn("── first: failed\nwhy\n", self.stream.getvalue())
        self.assertRegex(self.stream.getvalue(), r"first +\d+\.\d +\d+\.\d  failed\n")

    def test_one_that_never_ends_is_ended_with_all_that_it_started(self):
        passed, _, status = self.run_all(says("x", "echo begun; sleep 600 & wait", limit=0.005))
        self.assertEqual((passed, status), ({"x": False}, 1))
        self.assertIn("begun\ndid not end within 0.005 min\n", self.stream.getvalue())

    def test_who_cuts_it_off_is_told_how_far_it_came(self):
        with tempfile.TemporaryDirectory() as folder:
            deep = Path(folder) / "deep"
            plan = f"""import stages
stages.main([], [stages.Stage("a", "true"), stages.Stage("b", "sh", "-c", "echo deep; : > {deep}; sleep 600"),
                 stages.Stage("c", "true", after=("b",))])"""
            process = subprocess.Popen([sys.executable, "-c", plan], cwd=LIBRARY, text=True, stdout=subprocess.PIPE)
            while not deep.exists():
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            process.terminate()
            told, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertIn("── b: cut off\ndeep\n", told)
        self.assertRegex(told, r"b +- +-  not run\nc +- +-  not run\n")

    def test_a_stage_that_is_not_there_is_named(self):
        with self.assertRaisesRegex(SystemExit, "there is no stage teh\nfix: name one of compile, "):
            main(["teh"], PLAN)

    def test_the_plan_can_be_run_to_its_end(self):
        before = set()
        for stage in PLAN:
            self.assertLessEqual(set(stage.after), before, stage.name)
            before.add(stage.name)
        self.assertEqual(len(before), len(PLAN))


if __name__ == "__main__":
    unittest.main()
