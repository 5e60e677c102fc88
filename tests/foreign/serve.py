"""Asks `usagebook serve` with the clients that people have: waldur-api-client, HTTPie, fetch in Node; and schemathesis.

    python tests/foreign/serve.py target/debug/usagebook

The command serves fixtures/real; the clients must be there (pip install waldur-api-client httpie schemathesis; node).
"""

import datetime
import decimal
import gzip
import importlib.metadata
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import uuid

from waldur_api_client import AuthenticatedClient
from waldur_api_client.api.marketplace_component_user_usages import (
    marketplace_component_user_usages_count as count,
    marketplace_component_user_usages_list as listing,
    marketplace_component_user_usages_retrieve as retrieve,
)
from waldur_api_client.models.component_user_usage_field_enum import ComponentUserUsageFieldEnum as Field
from waldur_api_client.models.component_user_usage_o_enum import ComponentUserUsageOEnum as Order

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUT = ROOT / "fixtures/real/complete"
TOKEN = "0123456789abcdef"
LIST = "/api/marketplace-component-user-usages/"
BINARIES = pathlib.Path(sys.executable).parent


def records():
    """The records as the portal wrote them."""
    found = []
    for path in sorted(INPUT.rglob("page*.json.gz")):
        with gzip.open(path, "rt") as file:
            found += json.load(file, parse_float=decimal.Decimal)
    return found


class Server:
    def __enter__(self):
        command = [COMMAND, "serve", INPUT, "--listen", "127.0.0.1:0", "--cors-origin", "https://app.example.org"]
        self.process = subprocess.Popen(command, env=os.environ | {"USAGEBOOK_TOKEN": TOKEN}, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r" records at (http://[^/]+)/", line)
            if found:
                break
        self.url = found[1]
        self.log = open(os.devnull, "w")
        self.reader = subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=self.log)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(20) == 0
        self.reader.wait(20)
        self.log.close()


def check_python(server, expected):
    """Every filter and order of the official client against a plain loop over the records."""
    client = AuthenticatedClient(server.url, token=TOKEN, prefix="Token")
    by_uuid = {record["uuid"]: record for record in expected}
    everything = listing.sync_all(client=client)
    assert sorted(item.uuid.hex for item in everything) == sorted(by_uuid)
    for item in everything:
        check_item(item, by_uuid[item.uuid.hex])
    sample = expected[100]
    day = datetime.date.fromisoformat
    for arguments, passes in [
        ({"billing_period_month": 9}, lambda record: record["billing_period"] == "2026-09-01"),
        ({"billing_period_year": 2026}, lambda record: True),
        ({"component_usage_billing_period": day("2026-10-01")}, lambda record: record["billing_period"] == "2026-10-01"),
        ({"date_after": day("2026-09-30")}, lambda record: record["date"][:10] >= "2026-09-30"),
        ({"date_before": day("2026-09-29")}, lambda record: record["date"][:10] <= "2026-09-29"),
        *(
            ({name: uuid.UUID(sample[name])}, lambda record, name=name: record[name] == sample[name])
            for name in ("customer_uuid", "project_uuid", "offering_uuid", "resource_uuid")
        ),
        (
            {"resource": f"{server.url}/api/marketplace-resources/{sample['resource_uuid']}/"},
            lambda record: record["resource_uuid"] == sample["resource_uuid"],
        ),
        ({"type_": "storage"}, lambda record: record["component_type"] == "storage"),
        ({"username": "ALICE"}, lambda record: "alice" in record["username"].lower()),
        ({"type_": "storage", "billing_period_month": 8}, lambda record: (record["component_type"], record["billing_period"]) == ("storage", "2026-08-01")),
    ]:
        passing = {record["uuid"] for record in expected if passes(record)}
        found = listing.sync_all(client=client, **arguments)
        assert sorted(item.uuid.hex for item in found) == sorted(passing), arguments
        assert count.sync(client=client, **arguments) == len(passing), arguments
        assert passing, arguments
    for orders in ([], *([order] for order in Order), [Order.VALUE_1, Order.USERNAME], [Order.COMPONENT_USAGE_BILLING_PERIOD, Order.USERNAME, Order.USAGE]):
        found = [by_uuid[item.uuid.hex] for item in listing.sync_all(client=client, o=orders, field=[Field.UUID])]
        assert found == ordered(expected, [str(order) for order in orders]), orders
    page = listing.sync(client=client, field=[Field.USERNAME, Field.USAGE], page=3, page_size=7)
    assert [set(item.to_dict()) for item in page] == [{"username", "usage"}] * 7
    check_item(retrieve.sync(uuid.UUID(sample["uuid"]), client=client), sample)
    return len(everything)


def ordered(expected, orders):
    found = sorted(expected, key=lambda record: record["uuid"])
    if not orders:
        found.sort(key=lambda record: record["component_type"])
        found.sort(key=lambda record: moment(record["date"]), reverse=True)
    for order in reversed(orders):
        name = order.lstrip("-").removeprefix("component_usage__")
        found.sort(key=lambda record: record[name], reverse=order.startswith("-"))
    return found


def moment(text):
    return datetime.datetime.fromisoformat(text)


def check_item(item, record):
    written = item.to_dict()
    for name, value in record.items():
        mine = written[name]
        if name.endswith("uuid"):
            assert mine.replace("-", "") == value, (name, mine, value)
        elif name in ("created", "modified", "date"):
            assert moment(mine) == moment(value), (name, mine, value)
        else:
            assert mine == (float(value) if name == "usage" else value), (name, mine, value)


def check_httpie(server, expected):
    """The commands of the endpoint's documentation."""
    def http(*arguments):
        command = [BINARIES / "http", "--ignore-stdin", "--print=hb", "--pretty=none", *arguments]
        outcome = subprocess.run(command, capture_output=True, text=True, check=True)
        head, body = outcome.stdout.replace("\r\n", "\n").split("\n\n", 1)
        return head, body

    url, token = server.url + LIST, f"Authorization:Token {TOKEN}"
    head, body = http("GET", url, token)
    assert head.startswith("HTTP/1.1 200") and f"x-result-count: {len(expected)}" in head.lower(), head
    assert len(json.loads(body)) == 10
    head, body = http("GET", url, token, "billing_period_year==2026", "billing_period_month==10", "o==-usage", "page_size==3")
    assert [record["billing_period"] for record in json.loads(body)] == ["2026-10-01"] * 3
    record = expected[5]
    _, body = http("GET", f"{url}{record['uuid']}/", token)
    assert json.loads(body, parse_float=decimal.Decimal) == record
    head, body = http("HEAD", url, token, "type==storage")
    assert "x-result-count: " in head.lower() and not body.strip()
    head, body = http("GET", url)
    assert "401" in head and json.loads(body) == {"detail": "Authentication credentials were not provided."}


def check_fetch(server, expected):
    script = ROOT / "tests/foreign/fetch.mjs"
    outcome = subprocess.run(["node", script, server.url, TOKEN], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout)["records"] == len(expected)


def check_schema(server):
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
    command = [
        BINARIES / "st", "run", f"{server.url}/openapi.json", "--checks", checks, "--header", f"Authorization: Token {TOKEN}",
        "--max-examples", "60", "--seed", "1", "--generation-database", "none", "--no-color",
    ]
    with tempfile.TemporaryDirectory() as folder:
        outcome = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def main():
    expected = records()
    with Server() as server:
        listed = check_python(server, expected)
        check_httpie(server, expected)
        check_fetch(server, expected)
        check_schema(server)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("waldur-api-client", "httpie", "schemathesis"))
    print(f"{listed} records served to {versions} and fetch as they are")


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    main()
