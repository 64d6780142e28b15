"""All tests, stage by stage: `stages.py [NAME …]` runs those, or all. Two stages run beside each other where the plan
(suite.py) says that they can; what each prints stays together. Ends with the minutes of each, its processor time, and
what failed; a failure does not hold up the stages that do not need what failed."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time

from market import ROOT

LANES = 2
KEPT = 40  # last lines of a stage that failed, said once more at the end


class Stage:
    """`alone`: keeps every core busy, or measures what may not be disturbed. `compiles`: holds the lock of SwiftPM and
    steps back for whatever runs beside it. `after`: stages that must have passed."""

    def __init__(self, name, *command, after=(), alone=False, compiles=False, limit=20):
        self.name, self.command, self.after, self.limit = name, command, after, limit
        self.alone, self.compiles = alone, compiles

    def fits(self, running):
        """Whether it can start beside these."""
        if len(running) >= LANES or self.alone or any(stage.alone for stage in running):
            return not running
        return not (self.compiles and any(stage.compiles for stage in running))


class Run:
    """One stage while it runs, and what came of it."""

    def __init__(self, stage, screen):
        self.stage, self.screen, self.lines, self.began = stage, screen, [], time.monotonic()
        command = ["nice", "-n", "10", *stage.command] if stage.compiles else stage.command
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        self.alarm = threading.Timer(stage.limit * 60, self.expire)
        self.alarm.start()
        self.passed, self.expired, self.wall, self.cpu = None, False, 0, 0
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        threading.Thread(target=self.end, daemon=True).start()

    def expire(self):
        self.expired = True
        self.kill()

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self.screen.wake()

    def end(self):
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.alarm.cancel()
        self.kill()  # what it left behind
        self.reader.join(5)  # something of it may live on in another group, with the pipe in its hands
        self.wall, self.cpu = time.monotonic() - self.began, usage.ru_utime + usage.ru_stime
        if self.expired:
            self.lines.append(f"did not end within {self.stage.limit} min")
        self.passed = self.process.returncode == 0 and not self.expired
        self.screen.wake()


class Screen:
    """The lines of the stage that began first, as they come; those of the others when it has ended."""

    def __init__(self, stream=sys.stdout):
        self.stream, self.changed = stream, threading.Condition()
        self.runs, self.shown = [], 0

    def wake(self):
        with self.changed:
            self.changed.notify_all()

    def begin(self, run):
        self.runs.append(run)
        self.show()

    def show(self):
        while self.runs:
            run, ended = self.runs[0], self.runs[0].passed is not None
            if self.shown == 0:
                print(f"\n── {run.stage.name}", file=self.stream)
                self.shown = 1
            for line in run.lines[self.shown - 1:]:
                print(line, file=self.stream)
                self.shown += 1
            self.stream.flush()
            if not ended:
                return
            if not run.passed:
                print(f"failed: {run.stage.name}", file=self.stream, flush=True)
            self.runs, self.shown = self.runs[1:], 0


def run(stages, screen):
    """Every run in order of its start, and the names of the stages that were not run."""
    waiting, running, ended = list(stages), [], []
    names = {stage.name for stage in stages}
    try:
        while waiting or running:
            over = [run for run in running if run.passed is not None]
            ended += over
            running = [run for run in running if run.passed is None]
            passed = {run.stage.name for run in ended if run.passed}
            failed = {run.stage.name for run in ended if not run.passed}
            skipped = True
            while skipped:
                skipped = [stage for stage in waiting if failed & set(stage.after)]
                failed |= {stage.name for stage in skipped}
                waiting = [stage for stage in waiting if stage not in skipped]
            ready = next((stage for stage in waiting if set(stage.after) & names <= passed
                          and stage.fits([run.stage for run in running])), None)
            if ready:
                waiting.remove(ready)
                running.append(Run(ready, screen))
                screen.begin(running[-1])
                continue
            with screen.changed:
                screen.show()
                if all(run.passed is None for run in running):
                    screen.changed.wait(1)
    except BaseException:
        for run in running:
            run.kill()
        raise
    screen.show()
    reached = {run.stage.name for run in ended}
    return ended, [stage.name for stage in stages if stage.name not in reached]


def report(ended, missed, seconds, stream=sys.stdout):
    """The minutes, then what failed. Returns the status of the whole."""
    failures = [run for run in ended if not run.passed]
    for failure in failures:
        print(f"\n── failed: {failure.stage.name}", file=stream)
        print("\n".join(failure.lines[-KEPT:]), file=stream)
    print(f"\n── {'minutes':12} {'passed':>6} {'processor':>10}", file=stream)
    for run in ended:
        print(f"{run.stage.name:15} {run.wall / 60:6.1f} {run.cpu / 60:10.1f}" + ("" if run.passed else "  failed"), file=stream)
    for name in missed:
        print(f"{name:15}      -          -  not run", file=stream)
    total = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{'total':15} {seconds / 60:6.1f} {(total.ru_utime + total.ru_stime) / 60:10.1f}", file=stream, flush=True)
    return 1 if failures or missed else 0


def main(arguments, plan):
    unknown = set(arguments) - {stage.name for stage in plan}
    if unknown:
        raise SystemExit(f"error: there is no stage {', '.join(sorted(unknown))}\n"
                         f"fix: name one of {', '.join(stage.name for stage in plan)}")
    began = time.monotonic()
    stages = [stage for stage in plan if not arguments or stage.name in arguments]
    ended, missed = run(stages, Screen())
    return report(ended, missed, time.monotonic() - began)


if __name__ == "__main__":
    from suite import PLAN
    sys.exit(main(sys.argv[1:], PLAN))
