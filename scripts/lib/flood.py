"""The public entry is flooded from one address, and from a thousand others at once, while orders come in over the API. What
must hold: the flood is turned away (all but its burst), an address that nobody has seen still gets in, every order is
acknowledged. What is measured: how long the orders take without the flood and with it, in turns, so that the machine's moods
fall on both. The times are a figure to read; `--most 1.5` judges them too, on a machine that does nothing else: the flood's
own senders take a part of the cores."""

import argparse
import functools
import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

from market import Endpoint, System, free_port

FLOODER = "192.0.2.66"


@functools.lru_cache(maxsize=None)
def application(address):
    return json.dumps({"name": "Mallory", "email": f"m-{address}@mail.example", "skills": ["standard"]})


def crowd(number):
    """A thousand addresses in 250 networks."""
    number %= 1000
    return f"198.18.{number // 4}.{number % 4 + 1}"


def apply(port, count, rate, address, statuses, ends):
    """Sends `count` applications at a steady rate over one connection; a server that closes it is connected to again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    begin = time.monotonic()
    for number in range(count):
        if ends.is_set():
            break
        time.sleep(max(0, begin + number / rate - time.monotonic()))
        sender = address(number)
        headers = {"Content-Type": "application/json", "X-Forwarded-For": sender}
        connection.request("POST", "/public/hiring", application(sender), headers)
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
            target=apply, args=(public, int(rate * options.seconds * 3), rate, lambda _: FLOODER, statuses[number], ends))
        for number in range(threads)]
    if options.crowd:
        rate = options.crowd / 60
        flood.append(threading.Thread(
            target=apply, args=(public, int(rate * options.seconds * 3), rate, crowd, statuses[threads], ends)))
    for thread in flood:
        thread.start()
    waits = orders(system, name, options.orders, options.seconds)
    other = {}
    # From a network of its own each time, as people are; and not at once a second time.
    for attempt in range(options.tries):
        apply(public, 1, 1, lambda _: f"203.{len(options.seen)}.{attempt}.7", other, threading.Event())
        if 201 in other:
            break
        time.sleep(0.5)
    options.seen.append(other)
    ends.set()
    for thread in flood:
        thread.join()
    return waits, other


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=20_000, help="applications a minute")
    parser.add_argument("--crowd", type=int, default=2_000, help="applications a minute from a thousand other addresses")
    parser.add_argument("--tries", type=int, default=10, help="of somebody who applies meanwhile")
    parser.add_argument("--most", type=float, help="judge the times too: what p99 may grow by")
    parser.add_argument("--orders", type=int, default=40, help="orders a second")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=8, help="of each round's halves")
    options = parser.parse_args()
    public = free_port()
    calm, flooded_rounds, violations = [], [], []
    statuses = [{} for _ in range(5)]
    options.seen = []
    with tempfile.TemporaryDirectory(prefix="pawl-flood-") as folder:
        system = System(Path(folder), 1, public=public)
        system.start()
        try:
            orders(system, "warm", options.orders, 2)
            for number in range(options.rounds):
                calm.append(orders(system, f"calm-{number}", options.orders, options.seconds))
                waits, other = flooded(system, public, f"crowd-{number}", options, statuses)
                flooded_rounds.append(waits)
                if 201 not in other:
                    violations.append(f"somebody else who applied meanwhile was told {other}")
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
    one = {}
    for part in statuses[:4]:
        for status, count in part.items():
            one[status] = one.get(status, 0) + count
    let_in = told.get(201, 0) + sum(other.get(201, 0) for other in options.seen)
    if started != let_in:
        violations.append(f"{let_in} applications were let in, {started} instances stand")
    if set(told) - {201, 429} or one.get(201, 0) > 6:
        violations.append(f"the flood was answered {told}, the one address {one}")
    print(f"  from one address {one}; from the others {statuses[4]}; who applied meanwhile was let in after "
          f"{', '.join(str(sum(other.values())) for other in options.seen)} tries")
    for part, name in ((.5, "p50"), (.99, "p99")):
        without = statistics.median(percentile(waits, part) for waits in calm)
        with_it = statistics.median(percentile(waits, part) for waits in flooded_rounds)
        print(f"  orders, median of rounds: {name} {without:.2f} ms, flooded {with_it:.2f} ms ({with_it / without:.2f})")
    rounds = [percentile(flood, .99) / percentile(before, .99) for before, flood in zip(calm, flooded_rounds)]
    print(f"  p99, flooded to calm, of each round: {', '.join(f'{ratio:.2f}' for ratio in rounds)}")
    if options.most and statistics.median(rounds) > options.most:
        violations.append(f"orders take {statistics.median(rounds):.2f} times as long at p99 while the entry is flooded")
    if violations:
        print("\n".join(violations))
        raise SystemExit(f"flood: {len(violations)} violations")
    print("flood: passed", flush=True)


if __name__ == "__main__":
    main()
