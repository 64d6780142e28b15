"""The peer: DBOS Transact on the work of W1a and W2, on SQLite with WAL and synchronous=FULL.

usage: dbos_bench.py null CLIENTS SECONDS FOLDER
       dbos_bench.py http CLIENTS SECONDS FOLDER PORT

Five sequential steps, each recorded before the next one begins; threads in a closed loop; one line of JSON.
"""

import http.client
import json
import os
import resource
import sqlite3
import sys
import threading
import time

from dbos import DBOS

NAME = "9f1c2a7e-5b1d-4f0e-9a63-0c5d1e7a2b34"
RESULT = {"ok": True, "adapter": "null", "reference": NAME, "amount": 129900, "currency": "EUR", "note": ""}
RESULT["note"] = "x" * (191 - len(json.dumps(RESULT, separators=(",", ":"))))
ORDER = {
    "orderId": "o-1",
    "customer": "c-42",
    "items": [{"sku": "A-1", "qty": 2}, {"sku": "B-7", "qty": 1}],
    "total": 129900,
    "currency": "EUR",
}
WARM_UP = 0.5
local = threading.local()
port = 0


@DBOS.step()
def null_step(number):
    return RESULT


@DBOS.step()
def http_step(number):
    if not hasattr(local, "connection"):
        local.connection = http.client.HTTPConnection("127.0.0.1", port)
    local.connection.request(
        "POST", "/step", json.dumps({"step": number}), {"Content-Type": "application/json"}
    )
    return json.loads(local.connection.getresponse().read())


@DBOS.workflow()
def null_order(order):
    for number in range(1, 6):
        result = null_step(number)
    return result


@DBOS.workflow()
def http_order(order):
    for number in range(1, 6):
        result = http_step(number)
    return result


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident_megabytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS:"))


def launch(folder):
    path = os.path.join(folder, "dbos.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        level = database.execute("PRAGMA synchronous").fetchone()[0]
    if level != 2:
        sys.exit(f"synchronous is {level}, 2 (FULL) is needed for a fair comparison")
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{path}",
            "log_level": "ERROR",
            "application_version": "1",
            "executor_id": "bench",
        }
    )
    DBOS.launch()


def closed_loop(workflow, clients, seconds):
    """-> the seconds of every workflow that ended within the window, the window, the CPU seconds in it."""
    latencies = []
    opens = time.monotonic() + WARM_UP
    closes = opens + seconds

    def client():
        while True:
            start = time.monotonic()
            if start >= closes:
                return
            workflow(ORDER)
            end = time.monotonic()
            if opens <= end < closes:
                latencies.append(end - start)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP)
    before = cpu_seconds()
    time.sleep(seconds)
    cpu = cpu_seconds() - before
    for thread in threads:
        thread.join()
    return sorted(latencies), seconds, cpu


def main():
    global port
    kind, clients, seconds, folder = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    if kind == "http":
        port = int(sys.argv[5])
    launch(folder)
    workflow = {"null": null_order, "http": http_order}[kind]
    workflow(ORDER)
    latencies, window, cpu = closed_loop(workflow, clients, seconds)
    count = len(latencies)
    at = lambda percent: latencies[min(count - 1, count * percent // 100)] * 1000 if count else 0.0
    line = {
        "workload": "W1a" if kind == "null" else "W2",
        "clients": clients,
        "count": count,
        "perSecond": count / window,
        "p50ms": at(50),
        "p99ms": at(99),
        "cpuMs": cpu * 1000 / max(count, 1),
        "rssMB": resident_megabytes(),
    }
    print(json.dumps(line), flush=True)
    # Its pools hold threads; everything is measured.
    os._exit(0)


main()
