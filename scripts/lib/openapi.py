"""The API against its own description: Schemathesis makes requests out of /openapi.json, right ones and wrong ones, and each answer
must have a status, a content type and members that the description names. The server has one instance of each kind of trouble, and the
sandbox around it, so that actions have something to do."""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from market import PAWL, ROOT, System, rfc3339

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance", "unsupported_method",
          "negative_data_rejection")

PROBE = """workflow: probe
version: 1
input: {type: object, properties: {people: {type: array, items: {type: string}, default: [ana, bob]}}}
context: {seen: {type: integer, default: 0}}
search: {seen: context.seen}
events:
  probe.go: {data: {type: object, properties: {n: {type: integer}}}}
initial: waiting
states:
  waiting:
    after: {30d: asking}
    on: {probe.go: {target: asking, guard: event.data.n > 0}}
  asking:
    invoke:
      person:
        role: clerk
        title: Look
        form: {note: {type: string}}
        outcomes: {accept: {target: voting}, decline: {comment: required, target: done}}
        due: 1d
        remind: {every: 1d, notify: {to: a@example.com, subject: Look, text: Please}}
  voting:
    invoke:
      person: {role: clerk, title: Vote, assignee: '${item}', outcomes: {accept: {}, decline: {}}}
      forEach: {in: '${input.people}'}
      onDone: done
      onError: done
  done: {type: final, output: {seen: '${context.seen}'}}
"""
CLOCK = """workflow: probe-clock
version: 1
start: {schedule: {cron: '0 6 * * 1', zone: UTC, overlap: bufferAll}}
initial: waiting
events: {probe.go: {}}
states: {waiting: {on: {probe.go: done}}, done: {type: final}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", type=Path, default=Path(os.environ.get("PAWL", PAWL)))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        project = folder / "project"
        for part in ("workflows", "adapters", "calendars"):
            shutil.copytree(ROOT / part, project / part)
        for name, text in (("probe", PROBE), ("probe-clock", CLOCK)):
            (project / "workflows" / name).mkdir()
            (project / "workflows" / name / "workflow.yaml").write_text(text)
        system = System(folder / "run", 1, binary=arguments.binary.absolute(), project=project)
        try:
            system.start()
            content = seed(system)
            description = folder / "openapi.json"
            description.write_text(json.dumps(sharpened(system.insist("GET", "/openapi.json")[1], content)))
            sys.exit(ask(system, description, arguments))
        finally:
            system.stop()


def seed(system):
    """Some of each kind of trouble, so that what one request ends is there for the next."""
    def told(method, path, body, actor="operator/ana", **headers):
        status, answer = system.insist(method, path, body, actor, headers)
        if status not in (200, 201):
            raise SystemExit(f"{method} {path}: {status} {answer}")

    def probe(kind, path="", body=None, actor="operator/ana", **headers):
        for number in range(EACH):
            method = "POST" if path else "PUT"
            told(method, f"/v1/workflows/probe/instances/{kind}-{number}{path}", body or {}, actor, **headers)

    go = {"event": "probe.go", "data": {"n": 1}}
    for kind in KINDS:
        probe(kind)
    for kind in ("asked", "voting", "ended"):
        probe(kind, "/events", go)
    decide = "/tasks/only/decide"
    seen = {"If-Match": "*"}
    probe("voting", decide, {"outcome": "accept"}, "clerk/ana", **seen)
    probe("ended", decide, {"outcome": "decline", "comment": "no"}, "clerk/ana", **seen)
    probe("stopped", "/events", {"event": "probe.go"})
    probe("paused", "/actions/pause", {"reason": "audit"})
    told("POST", "/v1/schedules/probe-clock/run", {"reason": "by hand"})
    told("POST", "/v1/substitutions", {"for": "clerk/bob", "by": "clerk/ana", "until": tomorrow(system)})
    return system.attach(b"a word\n", "word.txt", "text/plain", ACTOR)["sha256"]


KINDS = ("asked", "voting", "waiting", "stopped", "paused", "ended")
EACH = 30
ACTOR = "clerk/ana"


def tomorrow(system):
    return rfc3339(system.now() + datetime.timedelta(days=1))


def sharpened(description, content):
    """Requests lead to what is there, and every object is closed: a member that the description does not name is a fault of it."""
    known = {
        "path": {
            "workflow": one_of("probe", "probe-clock"), "task": one_of("only", "1", "2"), "sha256": one_of(content),
            "key": {"type": "string", "pattern": f"^({'|'.join(KINDS)})-[12]?[0-9]$"},
            "id": {"type": "string", "pattern": "^(1?[1-9]?[1-9]|probe/asked-[12]?[0-9])$"},
        },
        "query": {"until": one_of("terminal", "state:asking"), "filter": one_of("health:stuck", "role:clerk")},
        "header": {"If-Match": one_of("*", '"1-1"', '"2"')},
    }
    for path in description["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                names = known[parameter["in"]].get(parameter["name"])
                if names:
                    parameter["schema"] = names
                if parameter["name"] == "wait":  # `until` alone waits half a minute
                    parameter.update(required=True, schema={"enum": ["0s", "10ms", 0, "0"]})
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if isinstance(body, dict):
                for name, choices in BODIES.items():
                    member = body.get("properties", {}).get(name, {"format": ""})
                    fitting = [choice for choice in choices if fits(choice, member)]
                    if "format" not in member and fitting:
                        body["properties"][name] = dict(member, enum=fitting)
    for schema in description["components"]["schemas"].values():
        close(schema)
    return description


BODIES = {
    "incident": [1, 2], "state": ["waiting", "asking", "done"], "outcome": ["accept", "decline"], "event": ["probe.go"],
    "context": [{"seen": 1}], "form": [{}, {"note": "x"}], "output": [{}], "to": ["bob", 1, 2],
}


def fits(choice, member):
    """One name may be a text in one body and a number in another."""
    kinds = {"string": str, "integer": int, "object": dict}
    declared = member.get("type", [])
    declared = declared if isinstance(declared, list) else [declared]
    return not declared or any(isinstance(choice, kinds[kind]) for kind in declared if kind in kinds)


def one_of(*names):
    return {"type": "string", "enum": list(names)}


def close(schema):
    if isinstance(schema, list):
        for element in schema:
            close(element)
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            close(part)


def ask(system, description, arguments):
    """First who only looks, while there is something of everything; then whoever changes it."""
    seconds = arguments.seconds // 3
    return (run(system, description, arguments, seconds, "--include-method", "GET")
            or run(system, description, arguments, arguments.seconds - seconds, "--exclude-method", "GET"))


def settings(system):
    """Any refusal will do for what does not fit: 412 and 428 come before what is wrong with the body."""
    path = system.folder / "schemathesis.toml"
    path.write_text('[checks.negative_data_rejection]\nexpected-statuses = ["4xx"]\n')
    return path


def run(system, description, arguments, seconds, *chosen):
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(settings(system)), "run", str(description), "--url", f"http://127.0.0.1:{system.port}",
        "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--seed", str(arguments.seed),
        "--max-time", str(seconds), "--max-examples", "40", "--continue-on-failure", "--suppress-health-check", "all",
        "--request-timeout", "40", "--warnings", "off", "--header", f"Pawl-Actor:{ACTOR}",
        # The second address of an instance leads to the same handlers; a stream never ends.
        "--exclude-operation-id-regex", "^((?!get|put).*ByKey|streamEvents)$", *chosen,
        "--generation-database", "none", "--no-color",
    ]
    if os.environ.get("REPORT"):
        command += ["--report-ndjson-path", os.environ["REPORT"]]
    return subprocess.run(command, cwd=system.folder).returncode


if __name__ == "__main__":
    main()
