#!/usr/bin/env python3
"""oracle.py SEED COUNT: one random chart a line, as JSON, with what must come of it by the letter of SCXML and by
Pawl's own rules. Tests/StatechartTests/Oracle runs the same charts and compares. oracle.py SEED: that one, to read.

A trace has one line for the start and one for each event: the microsteps (event, transitions, states left and
entered, in their order), the effects in their order, and then where the chart is: states, history, data."""

import json
import sys

from appendix_d import Interpreter, Runaway, StepFailed, document_order
from charts import Chart, indices

LIMIT = 20  # microsteps


def trace(chart, semantics):
    run = Interpreter(chart.states, chart.data, semantics, LIMIT)
    lines = []
    for event in [None] + chart.events:
        try:
            run.start() if event is None else run.take(event)
            lines.append(line(run))
        except (Runaway, StepFailed) as failure:
            lines.append("never ends" if isinstance(failure, Runaway) else "fails")
            if event is None:
                break
    return lines


def line(run):
    history = sorted(run.history_value.items(), key=lambda pair: pair[0].index)
    parts = [microstep(*step) for step in run.microsteps]
    parts += ["; ".join(run.effects)]
    parts += ["in " + listed(document_order(run.configuration))]
    parts += ["h%d=%s" % (state.index, listed(value)) for state, value in history]
    parts += ["%s=%d" % pair for pair in sorted(run.data.items())]
    if run.has_failed:
        parts += ["with errors"]
    if run.final is not None:
        parts += ["ended in %d" % run.final.index]
    return " | ".join(part for part in parts if part)


def microstep(name, transitions, exited, entered):
    return "%s t%s -%s +%s" % (name or "always", listed(transitions), listed(exited), listed(entered))


def listed(things):
    return ",".join(map(str, indices(things)))


def show(chart):
    for state in chart.states:
        margin = "  " * (len(state.ancestors) + 1)
        begin = " begins in %s" % listed(state.initial) if state.initial else ""
        print("%s%d %s%s" % (margin, state.index, state.kind, begin))
        for t in state.transitions:
            print("%s  t%d on %s%s -> %s%s" % (
                margin, t.index, t.trigger, " if " + t.guard.cel if t.guard else "", listed(t.targets) or "(stays)",
                "" if t.internal else ", re-entering"))
    for semantics in ("scxml", "pawl"):
        print(semantics)
        for event, text in zip([None] + chart.events, trace(chart, semantics)):
            print("  %s: %s" % (event["name"] if event else "start", text))


def main():
    seed = int(sys.argv[1])
    if len(sys.argv) < 3:
        return show(Chart(seed))
    for number in range(seed, seed + int(sys.argv[2])):
        chart = Chart(number)
        print(json.dumps({
            "seed": number, "limit": LIMIT, "chart": chart.json(), "events": chart.events,
            "scxml": trace(chart, "scxml"), "pawl": trace(chart, "pawl"),
        }, separators=(",", ":")))


if __name__ == "__main__":
    main()
