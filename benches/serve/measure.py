"""How fast `serve` answers over a large set of records, and whether its memory stays.

    benches/compare/generate.py 19600000 FOLDER parquet
    python benches/serve/measure.py target/release/usagebook FOLDER/usages.parquet [SECONDS]

Every kind of request is asked in two ways: each request once and one after the other, as nobody asked before (the time
that a client waits), and by wrk with 16 connections for SECONDS (default 20). "processor" is the time that a request of
wrk's took of one core, which is the same on a busy machine. Needs wrk; prints a table in Markdown.
"""

import http.client
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

LIST = "/api/marketplace-component-user-usages/"
FIELDS = ("uuid", "customer_uuid", "project_uuid", "offering_uuid", "resource_uuid", "component_type", "username", "billing_period")
ONCE = 200
LUA = """
local targets = {}
for line in io.lines("%s") do targets[#targets + 1] = line end
local at = math.random(#targets)
function setup(thread) end
function init(arguments) math.randomseed(os.time() + tonumber(tostring({}):match("0x(%%x+)"), 16) %% 100000); at = math.random(#targets) end
function request() at = at %% #targets + 1; return wrk.format("GET", targets[at]) end
"""


class Server:
    def __init__(self, command, records):
        self.start = time.monotonic()
        self.process = subprocess.Popen([command, "serve", records, "--listen", "127.0.0.1:0", "--quiet"], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"^([\d,]+) records at http://127.0.0.1:(\d+)/", line)
            if found:
                break
        self.records, self.port = found[1], int(found[2])
        self.ready = time.monotonic() - self.start
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)

    def memory(self, name="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1e6

    def cpu(self):
        """Seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def get(self, target):
        self.connection.request("GET", target)
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200, (target, response.status, body)
        return response, body


def sample(server):
    """Some of the values that records have, from pages all over the list."""
    fields = "&".join(f"field={name}" for name in FIELDS)
    last = int(server.records.replace(",", "")) // 100
    found = []
    for page in sorted(random.sample(range(1, last + 1), 40)):
        found += json.loads(server.get(f"{LIST}?{fields}&page_size=100&page={page}")[1])
    return found


def targets(found):
    """Kinds of requests, each as distinct as the records allow."""
    def of(make):
        made = list(dict.fromkeys(make(record) for record in random.sample(found, len(found))))
        return made[:2000]

    month = lambda record: f"component_usage__billing_period={record['billing_period']}"
    return {
        "retrieve by uuid": of(lambda record: f"{LIST}{record['uuid']}/"),
        "first page of a customer's month": of(lambda record: f"{LIST}?{month(record)}&customer_uuid={record['customer_uuid']}&page_size=100"),
        "first page of a project": of(lambda record: f"{LIST}?project_uuid={record['project_uuid']}&o=-usage&page_size=100"),
        "first page of a resource": of(lambda record: f"{LIST}?resource_uuid={record['resource_uuid']}&o=username"),
        "first page of a type in a month": of(lambda record: f"{LIST}?{month(record)}&type={record['component_type']}&o=-usage,username"),
        "first page of a month": of(lambda record: f"{LIST}?{month(record)}&page_size=300"),
        "first page of a type": of(lambda record: f"{LIST}?type={record['component_type']}&o=-component_usage__billing_period"),
        "first page of a username's part": of(lambda record: f"{LIST}?username={record['username'][:9]}"),
        "any page of a month": of(lambda record: f"{LIST}?{month(record)}&page_size=300&page={random.randint(1, 2000)}"),
        "any page of all": of(lambda record: f"{LIST}?o=-usage&page_size=100&page={random.randint(1, 190_000)}"),
    }


def once(server, kind):
    times = []
    for target in kind[:ONCE]:
        start = time.perf_counter()
        server.get(target)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)], times[-1], len(times)


def throughput(server, kind, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file, tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        file.write("\n".join(kind) + "\n")
        file.flush()
        script.write(LUA % file.name)
        script.flush()
        command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", "-s", script.name, f"http://127.0.0.1:{server.port}"]
        before = server.cpu()
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        spent = server.cpu() - before
    assert "Non-2xx" not in text, text
    millis = lambda percent: in_millis(re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", text))
    requests = int(re.search(r"(\d+) requests in", text)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), millis(50), millis(99), spent / requests * 1000


def in_millis(found):
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


def main():
    command, records = sys.argv[1:3]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    random.seed(1)
    server = Server(command, records)
    print(f"{server.records} records, ready after {server.ready:.1f} s, {server.memory():.2f} GB, {server.memory('VmHWM'):.2f} GB at most so far\n")
    kinds = targets(sample(server))
    print("| request | once: p50 | p99 | most | wrk: requests/s | p50 | p99 | processor | memory after |\n|---|---|---|---|---|---|---|---|---|", flush=True)
    for name, kind in kinds.items():
        p50, p99, most, count = once(server, kind)
        rate, loaded50, loaded99, cpu = throughput(server, kind, seconds)
        print(
            f"| {name} ({count}) | {p50:.2f} ms | {p99:.2f} ms | {most:.2f} ms "
            f"| {rate:,.0f} | {loaded50:.2f} ms | {loaded99:.2f} ms | {cpu:.2f} ms | {server.memory():.2f} GB |", flush=True,
        )
    mixed = [target for kind in kinds.values() for target in kind]
    random.shuffle(mixed)
    for _ in range(3):
        rate, loaded50, loaded99, cpu = throughput(server, mixed, seconds)
        print(f"| all of them mixed | | | | {rate:,.0f} | {loaded50:.2f} ms | {loaded99:.2f} ms | {cpu:.2f} ms | {server.memory():.2f} GB |", flush=True)
    server.process.terminate()
    server.process.wait()


if __name__ == "__main__":
    main()
