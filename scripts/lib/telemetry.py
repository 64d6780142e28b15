"""What a server tells of itself, read by the programs that read it elsewhere."""

import json
import subprocess
import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from gallery import Gallery

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


def expect(holds, what):
    if not holds:
        raise SystemExit(f"telemetry: {what}")


def metrics(gallery, accept):
    request = urllib.request.Request(gallery.url + "/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def samples(families):
    """By name and labels."""
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families for sample in family.samples}


def check_metrics(gallery, promtool):
    kind, text = metrics(gallery, "*/*")
    expect(kind == PLAIN, f"the plain format is called {kind}")
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    expect(checked.returncode == 0 and not checked.stderr, f"promtool: {checked.stdout}{checked.stderr}")
    plain = samples(prometheus(text))
    kind, text = metrics(gallery, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    expect(kind == OPEN, f"OpenMetrics is called {kind}")
    families = list(open_metrics(text))
    told = samples(families)
    expect(set(plain) <= set(told), f"one format lacks {sorted(set(plain) - set(told))[:5]}")

    def value(name, **labels):
        found = told.get((name, tuple(sorted(labels.items()))))
        expect(found is not None, f"there is no {name} {labels}")
        return found

    # The gallery has something of everything.
    expect(value("pawl_adapter_breaker", adapter="cookies", state="open") == 1, "the cookies' breaker is open")
    expect(value("pawl_adapter_paused", adapter="archive") == 1, "the archive is held")
    declined = gallery.get("/v1/incidents?cause=" + urllib.request.quote("bank.charge declined: charge was answered with 402"))
    expect(value("pawl_incidents_open", workflow="order", cause="bank.charge declined: charge was answered with 402")
           == len(declined["incidents"]), "incidents by cause are those that the API lists")
    stuck = gallery.get("/v1/instances?filter=" + urllib.request.quote("workflow:order health:stuck"))
    expect(value("pawl_stuck", workflow="order") == stuck["total"], "what is stuck is what the list counts")
    expect(value("pawl_flush_seconds_count") == value("pawl_batch_commits_count") > 0, "each flush is measured")
    expect(value("pawl_commits_total") == value("pawl_batch_commits_sum"), "each commit was in a batch")
    for name in ["pawl_timer_lag_seconds", "pawl_queue_length", "pawl_wal_bytes", "pawl_database_bytes",
                 "pawl_disk_free_bytes", "process_resident_memory_bytes", "process_cpu_seconds_total"]:
        value(name)
    calls = {labels: number for (name, labels), number in told.items() if name == "pawl_calls_total"}
    expect(sum(calls.values()) == sum(number for (name, _), number in told.items() if name == "pawl_call_seconds_count"),
           "each call that ended is counted and measured")
    print(f"metrics: {len(families)} families, {len(told)} samples: promtool and both parsers take them")


def check_log(gallery):
    """Lines of JSON, of which some tell what the gallery's seed does."""
    lines = [json.loads(line) for line in (gallery.folder / "log").read_text().splitlines() if line.startswith("{")]
    told = {line["message"] for line in lines}
    wanted = {"started", "a call failed", "nobody knows whether a call took effect", "incident opened",
              "breaker opened: calls wait", "adapter paused", "workflow paused", "terminated"}
    expect(wanted <= told, f"the log does not tell {sorted(wanted - told)}")
    expect(all({"time", "level", "message"} <= set(line) for line in lines), "each line has time, level and message")
    print(f"log: {len(lines)} lines of JSON, {len(told)} kinds")


def main():
    with Gallery("--log-format", "json", "--log-level", "info") as gallery:
        check_metrics(gallery, sys.argv[1])
        check_log(gallery)


if __name__ == "__main__":
    main()
