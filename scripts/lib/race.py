"""Runs the tests that use several threads under the thread sanitizer and judges its reports.

Swift's Mutex on Linux waits in the kernel (FUTEX_LOCK_PI) when it is contended: the kernel itself writes the new owner
into the lock, which the sanitizer cannot see, so that it takes the two owners for racing. A report whose two accesses are
both inside closures that a Mutex runs on one and the same state is therefore counted and passed over; any other fails."""

import re
import subprocess
import sys

from market import ROOT

SUITES = "EngineTests|ServerTests|AdaptersTests|SQLiteStoreTests|SandboxTests"
BUILD = ["--sanitize=thread", "--scratch-path", ".build-race"]
# The closure's one argument is the guarded value.
GUARDED = re.compile(r"closure #\d+ \((?:sending )?inout (?:sending )?(?P<state>[^)]*State[^)]*\)?)\)")


def swift(*arguments):
    return subprocess.run(["swift", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def reports(output):
    parts = re.split(r"^WARNING: ThreadSanitizer: ", output, flags=re.MULTILINE)[1:]
    return [part.split("\nSUMMARY: ThreadSanitizer")[0] for part in parts]


def accesses(report):
    """The innermost frame of each of the two accesses, demangled."""
    frames = re.findall(r"^  [^\n]*(?:by thread|by main thread)[^\n]*:\n    #0 (\S+)", report, flags=re.MULTILINE)
    names = subprocess.run(["swift", "demangle", "--compact"], input="\n".join(frames[:2]), text=True,
                           capture_output=True, check=True).stdout.splitlines()
    return [name.strip() for name in names]


def is_guarded(report):
    guards = [GUARDED.search(name) for name in accesses(report)]
    return len(guards) == 2 and all(guards) and guards[0]["state"] == guards[1]["state"]


def main():
    built = swift("build", "--build-tests", *BUILD)
    if built.returncode:
        sys.exit(built.stdout[-4000:])
    tested = swift("test", "--skip-build", *BUILD, "--filter", SUITES)
    found = reports(tested.stdout)
    races = [report for report in found if not is_guarded(report)]
    for line in re.findall(r"^. Test run with .*|^✘.*", tested.stdout, flags=re.MULTILINE):
        print(line)
    for race in races:
        print("race:", race)
    print(f"race: {len(races)} data races; {len(found) - len(races)} reports of a contended Mutex passed over")
    if races or "✘" in tested.stdout or not re.search(r"Test run with .* passed", tested.stdout):
        sys.exit(1)


if __name__ == "__main__":
    main()
