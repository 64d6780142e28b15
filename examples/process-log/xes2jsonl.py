"""xes2jsonl.py LOG.xes[.gz] > STREAM.jsonl: a process log in XES (IEEE 1849) as a stream for `pawl replay`, in order of time.

The case is the key, the activity the event: `W_Call back`, `START` becomes `W_Call_back.start`; of what is completed the name alone.
The case's own attributes are data of its first event; the resource is the sender."""

import gzip
import json
import re
import sys
import xml.etree.ElementTree as XML
from datetime import datetime

READ = {"int": int, "float": float, "boolean": lambda text: text == "true"}


def attributes(element):
    pairs = ((child.get("key"), child) for child in element if child.get("value") is not None)
    return {key: READ.get(kind(child), str)(child.get("value")) for key, child in pairs}


def kind(element):
    return element.tag.rpartition("}")[2]


def lines(trace):
    case, first = attributes(trace), True
    for number, event in enumerate(attributes(child) for child in trace if kind(child) == "event"):
        name, step = event.pop("concept:name"), event.pop("lifecycle:transition", "complete").lower()
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", name) + ("" if step == "complete" else f".{step}")
        line = {"at": event.pop("time:timestamp"), "key": case["concept:name"], "event": name,
                "id": f"{case['concept:name']}-{number}"}
        if "org:resource" in event:
            line["actor"] = f"resource/{event.pop('org:resource')}"
        yield {**line, "data": {**(case if first else {}), **event}}
        first = False


path = sys.argv[1]
found = []
for _, element in XML.iterparse((gzip.open if path.endswith(".gz") else open)(path, "rb")):
    if kind(element) == "trace":
        found += lines(element)
        element.clear()
for line in sorted(found, key=lambda line: datetime.fromisoformat(line["at"])):
    print(json.dumps(line, ensure_ascii=False))
