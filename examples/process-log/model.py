"""model.py STREAM.jsonl REJECTS.jsonl: the rules of workflows/application once more, without an engine; says which lines it would refuse and
by which code, and whether a replay refused the same."""

import collections
import json
import sys

AFTER = {"submitted": ("A_PARTLYSUBMITTED", "partly"), "partly": ("A_PREACCEPTED", "preaccepted"),
         "preaccepted": ("A_ACCEPTED", "accepted"), "accepted": ("A_FINALIZED", "finalized")}
LAST = {"A_APPROVED", "A_REGISTERED", "A_ACTIVATED"}
ENDS = {"A_DECLINED", "A_CANCELLED"}
ANSWERED = {"O_ACCEPTED": "taken", "O_DECLINED": "none", "O_SELECTED": "selected"}
OFFER = {"none": {"O_SELECTED": "selected"}, "selected": {"O_CREATED": "created"}, "created": {"O_SENT": "sent"},
         "sent": {"O_SENT_BACK": "back", **ANSWERED}, "back": ANSWERED, "taken": {}}
KNOWN = {event for event, _ in AFTER.values()} | LAST | ENDS | {event for state in OFFER.values() for event in state} | {"O_CANCELLED"}


class Case:
    def __init__(self):
        self.state, self.offer, self.missing, self.end = "submitted", "none", set(LAST), None

    def refuses(self, event):
        if self.end:
            return "ended"
        if event in ENDS:
            self.end = event
        elif event == "O_CANCELLED":
            self.offer = "none"
        elif event in OFFER[self.offer]:
            self.offer = OFFER[self.offer][event]
        elif self.state == "finalized" and event in self.missing:
            self.missing.remove(event)
            self.end = None if self.missing else "active"
        elif AFTER.get(self.state, ("",))[0] == event:
            self.state = AFTER[self.state][1]
        else:
            return "not-expected"
        return None


cases, expected = {}, {}
for number, event in enumerate(map(json.loads, open(sys.argv[1])), 1):
    key, name = event["key"], event["event"]
    if name == "A_SUBMITTED":
        cases[key] = Case()
    elif (code := cases[key].refuses(name) if name in KNOWN else "unknown-event"):
        expected[number] = code
found = {line["line"]: line["code"] for line in map(json.loads, open(sys.argv[2]))}
print(len(expected), "refused:", dict(collections.Counter(expected.values())), "ends:", dict(collections.Counter(case.end for case in cases.values())))
if found != expected:
    sys.exit(f"the replay refused {len(found)}; other lines: {sorted(found.items() ^ expected.items())[:5]}")
