"""Accounts of workers with a SCIM server that nobody here wrote. Candidates are accepted while its answers get lost, come late
or are refused; what became of them is judged by that server's own list, by the records of billing and matching, and by the
mails: accepted is whoever has all three, and nobody has a part."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from candidates import NOTHING, WHOLE, Candidate, effects, publish, told
from market import PAWL, System, run_all
from scim_proxy import TOKEN, Provider, hang, late, lost, lost_applied, nonsense, status

SCALE = 60  # a minute a second


class Accepted(Candidate):
    """A candidate, judged by the provider's own list."""

    def __init__(self, system, provider, name, email=None):
        super().__init__(system, f"c-{name}", email or f"{name}@mail.example")
        self.provider = provider

    def accept(self):
        self.apply()
        self.decide("assign", tests=["safety"])
        self.until_in("testing")
        self.answer()
        self.until_in("deciding")
        self.decide("accept")

    def effects(self):
        return effects(self.system, self.key, self.provider.of(self.key))

    def stands(self, wanted):
        found = self.effects()
        if found != wanted:
            raise SystemExit(f"{self.key}: {told(found)} instead of {told(wanted)}")

    def is_hired(self):
        self.until_ended()
        self.stands(WHOLE)

    def is_undone(self, accounts=0):
        """A manager is told; nothing of it stands."""
        self.until_in("notOnboarded")
        self.stands((accounts, 0, False, False, False))


# Stories: what goes wrong, and what must have become of it.

def story(function):
    STORIES[function.__name__.replace("_", "-")] = function
    return function


STORIES = {}


def hired_in_spite(operation, *faults):
    def run(world, name):
        candidate = world.candidate(name)
        world.provider.faults[operation, candidate.key] += faults
        candidate.accept()
        candidate.is_hired()
        if world.provider.faults[operation, candidate.key]:
            raise SystemExit(f"{name}: {operation} was not asked often enough")
    return run


SLOW = status(429, b'{"status": "429"}', Retry_After="120")
for operation in ("create", "activate"):
    for name, faults in {
        "plain": (), "lost-applied": (lost_applied,), "lost-not-applied": (lost,),
        "unavailable": (status(503), status(502)), "nonsense": (nonsense,), "hang": (hang,),
        "many-lost": (lost, lost_applied),
        "too-many": (SLOW,),
    }.items():
        STORIES[f"{operation}-{name}"] = hired_in_spite(operation, *faults)
STORIES["ask-lost"] = hired_in_spite("ask")


@story
def ask_lost_and_refused(world, name):
    """The question about a lost answer meets the same."""
    candidate = world.candidate(name)
    world.provider.faults["create", candidate.key] += [lost_applied]
    world.provider.faults["ask", candidate.key] += [lost, status(503), status(401), SLOW, nonsense]
    candidate.accept()
    candidate.is_hired()


@story
def create_refused(world, name):
    candidate = world.candidate(name)
    world.provider.faults["create", candidate.key] += [status(400, b'{"status": "400"}')]
    candidate.accept()
    candidate.is_undone()
    candidate.decide("again")
    candidate.is_hired()


@story
def create_taken(world, name):
    """Somebody has the user name, in another case: never adopted, never removed."""
    candidate = world.candidate(name)
    other = world.provider.make("somebody-else", candidate.email.upper())
    candidate.accept()
    candidate.is_undone()
    if [account["id"] for account in world.provider.of("somebody-else")] != [other]:
        raise SystemExit("somebody else's account was touched")
    candidate.decide("decline")
    candidate.until_ended("cancelled")


@story
def create_forbidden(world, name):
    """An incident in place; nothing is undone; a person has it tried again."""
    candidate = world.candidate(name)
    world.provider.faults["create", candidate.key] += [status(401)]
    candidate.accept()
    candidate.until_incident()
    candidate.stands(NOTHING)
    candidate.call("POST", "/actions/retry", {"reason": "the token is mended"}, "operator/ops")
    candidate.is_hired()


@story
def activate_forbidden(world, name):
    candidate = world.candidate(name)
    world.provider.faults["activate", candidate.key] += [status(403)]
    candidate.accept()
    candidate.until_incident()
    candidate.stands((1, 0, True, True, False))
    candidate.call("POST", "/actions/retry", {"reason": "the token is mended"}, "operator/ops")
    candidate.is_hired()


@story
def create_twice(world, name):
    """Two accounts are called ours: an incident, never a choice."""
    candidate = world.candidate(name)
    for number in (1, 2):
        world.provider.make(candidate.key, f"{name}-{number}@elsewhere.example")
    world.provider.faults["create", candidate.key] += [lost]
    candidate.accept()
    candidate.until_incident()
    candidate.stands((2, 0, False, False, False))
    if world.provider.seen["create", candidate.key] != 1:
        raise SystemExit("it was sent again")


@story
def create_late(world, name):
    """The first request arrives when it has been given up and sent again: a user name is taken once."""
    candidate = world.candidate(name)
    world.provider.faults["create", candidate.key] += [late(0.3)]
    candidate.accept()
    candidate.is_hired()
    time.sleep(1)
    candidate.stands(WHOLE)


@story
def create_late_and_withdrawn(world, name):
    """Withdrawn while nobody knows whether there is an account: undoing waits until that is known."""
    candidate = world.candidate(name)
    world.provider.faults["create", candidate.key] += [late(0.2)]
    world.provider.faults["ask", candidate.key] += [status(503)] * 100
    candidate.accept()
    candidate.until(lambda view: world.provider.seen["ask", candidate.key] and world.provider.of(candidate.key), "the late one")
    candidate.send("application.withdrawn")
    candidate.until_in("withdrawing")
    time.sleep(1)
    candidate.stands((1, 0, False, False, False))
    world.provider.faults["ask", candidate.key].clear()
    candidate.until_ended("cancelled")
    candidate.stands(NOTHING)


@story
def activate_gone(world, name):
    """Somebody removed the account: all is undone, a person is told, and tries again."""
    candidate = world.candidate(name)
    world.provider.faults["activate", candidate.key] += [status(404, b'{"status": "404"}')]
    candidate.accept()
    candidate.is_undone()
    candidate.decide("again")
    candidate.is_hired()


@story
def activate_lost_and_gone(world, name):
    """The answer was lost, and then the account is gone: that is a definite no all the same."""
    candidate = world.candidate(name)
    world.provider.faults["activate", candidate.key] += [lost_applied]
    world.provider.faults["look", candidate.key] += [lost, status(503), status(401), nonsense, status(404)]
    candidate.accept()
    candidate.is_undone()
    candidate.decide("again")
    candidate.is_hired()


@story
def activate_refused_and_removal_lost(world, name):
    candidate = world.candidate(name)
    faults = world.provider.faults
    faults["activate", candidate.key] += [status(400, b'{"status": "400"}')]
    faults["remove", candidate.key] += [lost, SLOW, status(503), hang, nonsense, lost_applied]
    faults["find", candidate.key] += [lost, status(503), nonsense]
    candidate.accept()
    candidate.is_undone()
    candidate.decide("decline")
    candidate.until_ended("cancelled")


@story
def removal_refused(world, name):
    """A 400 to what must be done is for a person too."""
    candidate = world.candidate(name)
    world.provider.faults["activate", candidate.key] += [status(404)]
    world.provider.faults["remove", candidate.key] += [status(400)]
    candidate.accept()
    undo = world.child_incident(candidate)
    candidate.stands((1, 0, False, False, False))
    world.retry("iam-remove", undo)
    candidate.is_undone()


@story
def removal_forbidden(world, name):
    """An undoing that is refused is an incident, never reported as done."""
    candidate = world.candidate(name)
    world.provider.faults["activate", candidate.key] += [status(404)]
    world.provider.faults["remove", candidate.key] += [status(403)]
    candidate.accept()
    undo = world.child_incident(candidate)
    candidate.stands((1, 0, False, False, False))
    world.retry("iam-remove", undo)
    candidate.is_undone()


@story
def withdrawn_while_activating(world, name):
    """Too late: it goes on."""
    candidate = world.candidate(name)
    world.provider.faults["activate", candidate.key] += [SLOW]
    candidate.accept()
    candidate.until_in("activating")
    answer = candidate.send("application.withdrawn", wanted=(200, 409, 422))
    if "too-late" not in json.dumps(answer):
        raise SystemExit(f"{name}: the withdrawal was answered {answer}")
    candidate.is_hired()


@story
def cancelled_while_activating(world, name):
    candidate = world.candidate(name)
    world.provider.faults["activate", candidate.key] += [SLOW] * 50
    candidate.accept()
    candidate.until_in("activating")
    candidate.call("POST", "/actions/cancel", {"reason": "not him"}, "operator/ops")
    candidate.until_ended("cancelled")
    candidate.stands(NOTHING)


@story
def quoted(world, name):
    """Quotes and backslashes in an address stay data."""
    candidate = world.candidate(name, '"or\\"id"pr@mail.example')
    world.provider.faults["create", candidate.key] += [lost_applied]
    candidate.accept()
    candidate.is_hired()


class World:
    def __init__(self, system, provider):
        self.system, self.provider = system, provider

    def candidate(self, name, email=None):
        return Accepted(self.system, self.provider, name, email)

    def retry(self, workflow, key):
        path = f"/v1/workflows/{workflow}/instances/{key}/actions/retry"
        status, answer = self.system.insist("POST", path, {"reason": "it is mended"}, "operator/ops")
        if status != 200:
            raise SystemExit(f"the retry was answered {status}: {answer}")

    def child_incident(self, candidate):
        deadline = time.monotonic() + Candidate.PATIENCE
        while time.monotonic() < deadline:
            for instance in self.system.instances("workflow:iam-remove status:running"):
                if candidate.key in instance["key"]:
                    key = instance["key"].replace("/", "%2F").replace(":", "%3A")
                    view = self.system.insist("GET", f"/v1/workflows/iam-remove/instances/{key}")[1]
                    if view.get("health") == "blocked":
                        return key
            time.sleep(0.2)
        raise SystemExit(f"{candidate.key}: the undoing has no incident")


def an_hour_down(world):
    """For everybody: who is being taken on waits, who is being undone too."""
    faults = world.provider.faults
    waiting = world.candidate("down-create")
    halfway = world.candidate("down-activate")
    undoing = world.candidate("down-remove")
    faults["activate", halfway.key] += [SLOW]
    faults["activate", undoing.key] += [status(404)]
    faults["find", undoing.key] += [SLOW]
    halfway.accept()
    undoing.accept()
    halfway.until_in("activating")
    undoing.until_in("undoing")
    world.provider.down.set()
    waiting.accept()
    time.sleep(3600 / SCALE)
    for candidate, state in ((waiting, "account"), (halfway, "activating"), (undoing, "undoing")):
        if not any(state in name for name in candidate.view()["states"]):
            raise SystemExit(f"{candidate.key}: gave up while the provider was down: {candidate.view()['states']}")
    world.provider.down.clear()
    waiting.is_hired()
    halfway.is_hired()
    undoing.is_undone()


def check_sandbox(folder, binary):
    """Its provider is one that other clients can talk to as well."""
    system = System(Path(folder) / "tester", 1, binary=binary)
    system.start_sandbox()
    try:
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("scim_tester.py")),
             f"http://127.0.0.1:{system.http}/iam/v2", TOKEN], check=True)
    except subprocess.CalledProcessError as error:
        raise SystemExit("scim: the sandbox's provider does not pass") from error
    finally:
        system.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", nargs="*", help="some of them; else all, and the sandbox's provider")
    parser.add_argument("--binary", default=os.environ.get("PAWL", str(PAWL)))
    options = parser.parse_args()
    unknown = set(options.stories) - set(STORIES) - {"an-hour-down"}
    if unknown:
        raise SystemExit(f"there is no story {', '.join(sorted(unknown))}; there are {', '.join(STORIES)}")
    with tempfile.TemporaryDirectory(prefix="pawl-scim-") as folder:
        if not options.stories:
            check_sandbox(folder, options.binary)
        provider = Provider(folder)
        system = System(Path(folder) / "system", SCALE, binary=options.binary)
        system.environment["IAM_URL"] = f"http://127.0.0.1:{provider.port}/v2"
        try:
            system.start()
            run(World(system, provider), options.stories)
        finally:
            system.stop()
            provider.stop()


def run(world, wanted):
    publish(world.system)
    names = [name for name in STORIES if not wanted or name in wanted]
    threads, failures = run_all([guarded(world, name) for name in names], parallel=12)
    for thread in threads:
        thread.join()
    if not failures and (not wanted or "an-hour-down" in wanted):
        try:
            an_hour_down(world)
            names.append("an-hour-down")
        except SystemExit as error:
            failures.append(error)
    if failures:
        print("\n".join(str(failure) for failure in failures))
        log = (world.system.folder / "server.log").read_text()
        print(log[-3000:])
        raise SystemExit(f"scim: {len(failures)} of {len(names)} stories fail")
    print(f"scim: {len(names)} stories with scim2-server passed", flush=True)


def guarded(world, name):
    def tell():
        begin = time.monotonic()
        STORIES[name](world, name)
        print(f"  {name:34} {time.monotonic() - begin:5.1f} s", flush=True)
    return tell


if __name__ == "__main__":
    main()
