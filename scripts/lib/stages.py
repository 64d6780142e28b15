"""All tests, stage by stage: `stages.py [NAME …]` runs those, or all. Two stages run beside each other where the plan
(suite.py) says that they can; what each prints comes when it has ended. Ends with the minutes of each, its processor time,
and what failed; a failure does not hold up the stages that do not need what failed."""

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

    def __init__(self, stage, changed):
        self.stage, self.changed, self.lines = stage, changed, []
        self.passed, self.expired, self.began, self.wall, self.cpu = None, False, time.monotonic(), 0, 0
        command = ["nice", "-n", "19", *stage.command] if stage.compiles else stage.command
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        self.alarm = threading.Timer(stage.limit * 60, self.expire)
        self.reader = threading.Thread(target=self.read, daemon=True)
        for thread in [self.alarm, self.reader, threading.Thread(target=self.end, daemon=True)]:
            thread.start()

    def expire(self):
        self.expired = True
        self.kill()

    def kill(self):
        self.alarm.cancel()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def end(self):
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.kill()  # what it left behind
        self.reader.join(5)  # something of it may live on in another group, with the pipe in its hands
        self.wall, self.cpu = time.monotonic() - self.began, usage.ru_utime + usage.ru_stime
        if self.expired:
            self.lines.append(f"did not end within {self.stage.limit} min")
        with self.changed:
            self.passed = self.process.returncode == 0 and not self.expired
            self.changed.notify()

    def text(self, kept=None):
        lines = self.lines[-kept:] if kept else self.lines
        return "".join(line + "\n" for line in lines)


class Suite:
    def __init__(self, stages, stream=sys.stdout):
        self.waiting, self.running, self.ended, self.missed = list(stages), [], [], []
        self.names = {stage.name for stage in stages}
        self.stream, self.changed, self.began = stream, threading.Condition(), time.monotonic()

    def run(self):
        try:
            while self.waiting or self.running:
                self.skip()
                ready = self.ready()
                if ready:
                    self.waiting.remove(ready)
                    self.say(f"begun: {ready.name}\n")
                    self.running.append(Run(ready, self.changed))
                elif self.running:
                    self.take(self.wait())
        finally:
            for run in self.running:
                run.kill()
                run.reader.join(5)

    def ready(self):
        """The first that may begin. One that wants the machine is waited for: others would never let it have it."""
        passed = {run.stage.name for run in self.ended if run.passed}
        for stage in self.waiting:
            if set(stage.after) & self.names <= passed:
                if stage.fits([run.stage for run in self.running]):
                    return stage
                if stage.alone:
                    return None
        return None

    def skip(self):
        """Takes out what needs a stage that failed."""
        lost = {run.stage.name for run in self.ended if not run.passed} | set(self.missed)
        for stage in self.waiting[:]:
            if lost & set(stage.after):
                self.waiting.remove(stage)
                self.missed.append(stage.name)
                lost.add(stage.name)

    def wait(self):
        with self.changed:
            self.changed.wait_for(lambda: any(run.passed is not None for run in self.running))
        return next(run for run in self.running if run.passed is not None)

    def take(self, run):
        self.running.remove(run)
        self.ended.append(run)
        self.say(f"\n── {run.stage.name}, {run.wall / 60:.1f} min{'' if run.passed else ', failed'}\n{run.text()}\n")

    def say(self, text):
        self.stream.write(text)
        self.stream.flush()

    def report(self):
        """What failed, and the minutes of each. Returns the status of the whole."""
        failures = [run for run in self.ended if not run.passed]
        cut = [*self.running, *self.waiting]
        for run in [*failures, *self.running]:
            self.say(f"\n── {run.stage.name}: {'failed' if run in failures else 'cut off'}\n{run.text(KEPT)}")
        self.say(f"\n── {'minutes':12} {'passed':>6} {'processor':>10}\n")
        for run in self.ended:
            self.say(f"{run.stage.name:15} {run.wall / 60:6.1f} {run.cpu / 60:10.1f}{'' if run.passed else '  failed'}\n")
        for name in [*self.missed, *(it.stage.name if isinstance(it, Run) else it.name for it in cut)]:
            self.say(f"{name:15}      -          -  not run\n")
        total, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - self.began
        self.say(f"{'total':15} {seconds / 60:6.1f} {(total.ru_utime + total.ru_stime) / 60:10.1f}\n")
        return 1 if failures or self.missed or cut else 0


def stop(number, _):
    raise SystemExit(128 + number)


def main(arguments, plan):
    unknown = set(arguments) - {stage.name for stage in plan}
    if unknown:
        raise SystemExit(f"error: there is no stage {', '.join(sorted(unknown))}\n"
                         f"fix: name one of {', '.join(stage.name for stage in plan)}")
    # Whoever cuts it off is told how far it came.
    for number in [signal.SIGINT, signal.SIGTERM]:
        signal.signal(number, stop)
    suite = Suite([stage for stage in plan if not arguments or stage.name in arguments])
    try:
        suite.run()
    finally:
        status = suite.report()
    return status


if __name__ == "__main__":
    from suite import PLAN
    sys.exit(main(sys.argv[1:], PLAN))
