"""The shipped server by itself: from its start to its first answer, and what it costs when nobody asks."""

import http.client
import os
import signal
import subprocess
import time

from market import free_port

BINARY = ".build/release/pawl"
IDLE_SECONDS = 5


def measure(scratch):
    """-> one line as of the other workloads; the latency is the time to the first answer."""
    port = free_port()
    command = [BINARY, "serve", "--data", os.path.join(scratch, "idle"), "--port", str(port)]
    begun = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        answered = first_answer(port) - begun
        time.sleep(1)
        before = cpu_seconds(server.pid)
        time.sleep(IDLE_SECONDS)
        idle = (cpu_seconds(server.pid) - before) / IDLE_SECONDS
        return {
            "perSecond": 1 / answered,
            "p50ms": answered * 1000,
            "p99ms": answered * 1000,
            "cpuMs": idle * 1000,
            "rssMB": resident_megabytes(server.pid),
        }
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def first_answer(port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return time.monotonic()
        except OSError:
            time.sleep(0.001)
    raise TimeoutError("the server does not answer")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS:"))
