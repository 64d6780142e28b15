"""Tests that are compiled, without SwiftPM and its lock: `swift_tests.py [--package NAME] [OPTION …]`, with the options of
Swift Testing (--filter, --skip). Failures are printed whole, successes as a count."""

import re
import subprocess
import sys

from market import ROOT

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
TOLD = re.compile(r"✘|↳ (?!Testing Library|Target Platform)|recorded an issue|skipped\.$|CEL core|SCXML IRP|^oracle:|^overload")
LINES = 200


def bundle(package="pawl"):
    """The compiled tests of a package. Others share the folder, so its name is asked for."""
    path = ROOT / ".build" / "debug" / f"{package}PackageTests.xctest"
    if not path.exists():
        raise SystemExit(f"error: {path.relative_to(ROOT)} is not there\nfix: swift build --build-tests")
    return path


def command(*options, package="pawl"):
    return [str(bundle(package)), "--testing-library", "swift-testing", *options]


def main(arguments):
    package = "pawl"
    if arguments[:1] == ["--package"]:
        package, arguments = arguments[1], arguments[2:]
    process = subprocess.Popen(command(*arguments, package=package), cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    told, summary, last = 0, "", []
    for line in process.stdout:
        line = COLOUR.sub("", line)
        last = [*last[-19:], line]
        if re.match(r". Test run with [1-9]", line):
            summary = line
        elif TOLD.search(line) and told < LINES:
            told += 1
            print(line, end="", flush=True)
    status = process.wait()
    if not summary:
        print("".join(last), end="")
    print(summary or f"no test was run to its end ({status})", end="\n" if not summary else "", flush=True)
    return 0 if status == 0 and " passed" in summary else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
