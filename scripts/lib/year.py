"""year.py people FOLDER DAYS PER_DAY SEED: a stream of applications, and what must become of each.
year.py check FOLDER: what the replay left behind against it.

The people are a model of their own: they know what [R-20] to [R-24] promise and nothing of the workflow."""

import collections
import datetime
import json
import pathlib
import random
import re
import sqlite3
import sys
import zoneinfo

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
ZONE = "Europe/Berlin"
MINUTE, HOUR, DAY = 60, 3600, 86_400
TEST_DAYS = 14

# Of the catalogue: what a question is, and an answer that is right.
SKILLS = ["standard", "vegan", "gluten-free", "wedding", "ovens"]
CHOICE = {"id": "q1", "text": "Wet hands?", "choices": ["dry them", "go on"], "correct": 0}
NUMBER = {"id": "q2", "text": "How many grams of butter to 300 of flour, one part in two?", "number": {"value": 150, "tolerance": 5}}
OPEN = {"id": "q3", "text": "A client is not content. What do you do?", "points": 5}
TESTS = {skill: [CHOICE, NUMBER] for skill in SKILLS} | {"talk": [CHOICE, OPEN]}
ANSWERS = {"q1": 0, "q2": 152, "q3": "Listen, then mend it."}

# Shares of those who get that far.
DECLINED_UNSEEN, LAPSED, WITHDRAWN, ACCEPTED, MARKED, KNOWN = 0.55, 0.18, 0.05, 0.6, 0.3, 0.04


class People:
    def __init__(self, days, per_day, seed):
        self.days, self.per_day, self.random = days, per_day, random.Random(seed)
        self.lines, self.expected = [], {}
        self.homes = {}  # by address: until when its application is open
        self.hired = set()  # addresses
        self.recent = collections.deque(maxlen=20 * per_day)

    def line(self, moment, key, who, workflow="hiring", **deed):
        self.lines.append((moment, {"at": stamp(moment), "workflow": workflow, "key": key, "as": who, **deed}))

    def later(self, moment, least, most):
        return moment + self.random.uniform(least, most)

    def publish(self):
        for number, (test, questions) in enumerate(TESTS.items()):
            self.line(number, test, "manager/mia", "hiring-test", event="test.created",
                      data={"test": test, "title": test.capitalize(), "questions": questions})

    def apply_all(self):
        number = 0
        for day in range(self.days):
            for moment in sorted(self.random.uniform(0.01, 0.99) for _ in range(self.per_day)):
                number += 1
                self.apply(f"a-{number:06}", (day + moment) * DAY)

    def apply(self, key, moment):
        known = self.recent and self.random.random() < KNOWN
        address = self.random.choice(self.recent) if known else f"{key}@mail.example"
        skills = self.random.sample(SKILLS, self.random.randint(1, 3))
        self.line(moment, key, "public/anonymous", event="application.submitted",
                  data={"name": f"Applicant {key}", "email": address, "skills": skills})
        if self.homes.get(address, -1) > moment:
            self.expected[key] = "repeated"
            return
        end, became = self.screen(key, moment, address, skills)
        self.homes[address], self.expected[key] = end, became
        self.recent.append(address)

    def screen(self, key, moment, address, skills):
        moment = self.later(moment, HOUR, 20 * HOUR)
        if self.random.random() < DECLINED_UNSEEN:
            self.decide(key, moment, "decline")
            return moment, "declined"
        tests = skills + (["talk"] if self.random.random() < MARKED else [])
        self.decide(key, moment, "assign", form={"tests": tests})
        return self.take(key, moment, address, tests)

    def take(self, key, moment, address, tests):
        began, fate = moment, self.random.random()
        taken = tests[:-1] if fate < LAPSED + WITHDRAWN else tests
        for test in taken:
            moment = self.later(moment, 10 * MINUTE, 2 * DAY)
            answers = {question["id"]: ANSWERS[question["id"]] for question in TESTS[test]}
            self.line(moment, key, f"candidate/{key}", event="test.submitted", data={"test": test, "answers": answers})
        if fate < LAPSED:
            return lapse(began), "lapsed"
        if fate < LAPSED + WITHDRAWN:
            moment = self.later(moment, HOUR, DAY)
            self.line(moment, key, f"candidate/{key}", event="application.withdrawn", data={})
            return moment, "withdrawn"
        if "talk" in tests:
            moment = self.later(moment, HOUR, 20 * HOUR)
            self.decide(key, moment, "mark", form={"marks": {"talk/q3": self.random.randint(0, 5)}})
        return self.judge(key, self.later(moment, HOUR, 20 * HOUR), address)

    def judge(self, key, moment, address):
        if self.random.random() >= ACCEPTED:
            self.decide(key, moment, "decline")
            return moment, "declined"
        self.decide(key, moment, "accept")
        if address not in self.hired:
            self.hired.add(address)
            return moment, "hired"
        # The provider knows the user name already: all is undone, and a manager closes it.
        moment = self.later(moment, HOUR, 20 * HOUR)
        self.decide(key, moment, "decline", comment="works here already")
        return moment, "undone"

    def decide(self, key, moment, outcome, **rest):
        self.line(moment, key, f"manager/m-{self.random.randint(1, 9)}", decide=outcome, **rest)


def stamp(seconds):
    moment = START + datetime.timedelta(milliseconds=round(seconds * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lapse(seconds):
    """The end of the last day for the tests, where the company is."""
    zone = zoneinfo.ZoneInfo(ZONE)
    day = (START + datetime.timedelta(seconds=seconds)).astimezone(zone).date()
    end = datetime.datetime.combine(day + datetime.timedelta(days=TEST_DAYS + 1), datetime.time(), zone)
    return (end - START).total_seconds()


def write(folder, days, per_day, seed):
    people = People(days, per_day, seed)
    people.publish()
    people.apply_all()
    people.lines.sort(key=lambda line: line[0])
    with open(folder / "events.jsonl", "w") as file:
        file.writelines(json.dumps(line) + "\n" for _, line in people.lines)
    (folder / "expected.json").write_text(json.dumps(people.expected))
    (folder / "end").write_text(stamp((days + 60) * DAY))
    print(f"{len(people.expected)} applications of {days} days, {len(people.lines)} events and decisions")


FINAL = {"undone": "declined"}


def check(folder):
    expected = json.loads((folder / "expected.json").read_text())
    store = sqlite3.connect(f"file:{folder}/data/pawl.db?mode=ro", uri=True)
    found = dict(store.execute("SELECT key, states FROM instances WHERE workflow = 'hiring'"))
    problems = [f"{key} is {found.get(key)}, not {became}" for key, became in expected.items()
                if found.get(key) != FINAL.get(became, became)]
    problems += [f"{key} never applied" for key in found.keys() - expected.keys()]
    hired = {key for key, became in expected.items() if became == "hired"}
    # Matching has the sample workers as well.
    for collection in ("billing.payee", "matching.worker"):
        there = {key for (key,) in store.execute("SELECT id FROM records WHERE collection = ?", (collection,))
                 if key.startswith("a-")}
        problems += [f"{collection}: {key} is there and not hired" for key in there - hired]
        problems += [f"{collection}: {key} is hired and not there" for key in hired - there]
    text = (folder / "summary.txt").read_text()
    activated = re.search(r"(\d+) iam.activate\b", text)
    if int(activated[1] if activated else 0) != len(hired):
        problems.append(f"{len(hired)} were hired, and the provider was asked: {activated and activated[0]}")
    if "refused" in text or "rejected" in text:
        problems.append("somebody was refused who had not to be: " + re.search(r"events .*", text)[0])
    if problems:
        raise SystemExit("\n".join(problems[:20] + [f"{len(problems)} problems"]))
    counts = collections.Counter(expected.values())
    print(", ".join(f"{counts[name]} {name}" for name in sorted(counts)) + ": all as they had to be; hired is who has an "
          "account, a payee and a place in matching, and nobody else has a part")


if __name__ == "__main__":
    if sys.argv[1] == "people":
        write(pathlib.Path(sys.argv[2]), *map(int, sys.argv[3:6]))
    else:
        check(pathlib.Path(sys.argv[2]))
