"""Somebody floods the public entry from one address while orders come in over the API. What must hold: the flood is
turned away (all but its burst), another address still gets in, every order is acknowledged. What is measured: how long the
orders take without the flood and with it, in turns, so that the machine's moods fall on both."""

import argparse
import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

from market import Endpoint, System, free_port

APPLICATION = json.dumps({"name": "Mallory", "email": "mallory@mail.example", "skills": ["standard"]})
FLOODER, STRANGER = "192.0.2.66", "192.0.2.7"


def apply(port, count, rate, address, statuses, ends):
    """Sends `count` applications at a steady rate over one connection; a server that closes it is connected to again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    begin = time.monotonic()
    for number in range(count):
        if ends.is_set():
            break
        time.sleep(max(0, begin + number / rate - time.monotonic()))
        connection.request("POST", "/public/hiring", APPLICATION, headers)
        response = connection.getresponse()
        response.read()
        statuses[response.status] = statuses.get(response.status, 0) + 1


def orders(system, name, rate, seconds):
    """Starts orders at a rate; returns how long each took, in milliseconds."""
    waits = []
    endpoint = Endpoint(system.port)
    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0, begin + number / rate - time.monotonic()))
        key = f"{name}-{number}"
        sent = time.monotonic()
        status, answer = endpoint.call(
            "PUT", f"/v1/workflows/order/instances/{key}",
            {"orderId": key, "clientId": "c-1", "service": "standard", "visitAt": "2031-01-15T10:00:00Z"}, "client/c-1")
        waits.append((time.monotonic() - sent) * 1e3)
        if status != 201:
            raise SystemExit(f"an order was answered {status}: {answer}")
    return waits


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def flooded(system, public, name, options, statuses):
    """Orders while the flood runs; what a stranger of another address is told meanwhile."""
    ends, threads = threading.Event(), 4
    rate = options.rate / 60 / threads
    flood = [
        threading.Thread(
            target=apply, args=(public, int(rate * options.seconds * 3), rate, FLOODER, statuses[number], ends))
        for number in range(threads)]
    for thread in flood:
        thread.start()
    waits = orders(system, name, options.orders, options.seconds)
    other = {}
    apply(public, 1, 1, STRANGER, other, threading.Event())
    ends.set()
    for thread in flood:
        thread.join()
    return waits, other


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=20_000, help="applications a minute")
    parser.add_argument("--orders", type=int, default=40, help="orders a second")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=8, help="of each round's halves")
    options = parser.parse_args()
    public = free_port()
    calm, crowd, violations = [], [], []
    statuses = [{} for _ in range(4)]
    with tempfile.TemporaryDirectory(prefix="pawl-flood-") as folder:
        system = System(Path(folder), 1, public=public)
        system.start()
        try:
            orders(system, "warm", options.orders, 2)
            for number in range(options.rounds):
                calm.append(orders(system, f"calm-{number}", options.orders, options.seconds))
                waits, other = flooded(system, public, f"crowd-{number}", options, statuses)
                crowd.append(waits)
                if number < 5 and other != {201: 1}:
                    violations.append(f"another address was told {other}")
                print(
                    f"  round {number + 1}: orders p50 {percentile(calm[-1], .5):.2f} ms, p99 {percentile(calm[-1], .99):.2f}; "
                    f"flooded p50 {percentile(waits, .5):.2f}, p99 {percentile(waits, .99):.2f}", flush=True)
            started = system.count("workflow:hiring")
        finally:
            system.stop()
    told = {}
    for part in statuses:
        for status, count in part.items():
            told[status] = told.get(status, 0) + count
    sent = sum(told.values())
    seconds = options.rounds * options.seconds
    print(f"  flood: {sent} applications ({sent / seconds * 60:.0f} a minute), answered {told}; {started} instances")
    if set(told) - {201, 429} or told.get(201, 0) > 6:
        violations.append(f"the flood was answered {told}")
    for part, name in ((.5, "p50"), (.99, "p99")):
        without = statistics.median(percentile(waits, part) for waits in calm)
        with_it = statistics.median(percentile(waits, part) for waits in crowd)
        print(f"  orders, median of rounds: {name} {without:.2f} ms, flooded {with_it:.2f} ms ({with_it / without:.2f})")
    if violations:
        print("\n".join(violations))
        raise SystemExit(f"flood: {len(violations)} violations")
    print("flood: passed", flush=True)


if __name__ == "__main__":
    main()
