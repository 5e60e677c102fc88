"""Prices the pages of a real server anew, in fractions, and compares every amount of usagebook with that.

    python tests/foreign/prices.py target/debug/usagebook

Python 3.11 has all that it needs. The price list is fixtures/prices/rates.toml, as it is and with yen and Kuwaiti dinars
for its euros and dollars, by users and by component usages; no code of usagebook is used.
"""

import collections
import csv
import decimal
import fractions
import gzip
import io
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUT = ROOT / "fixtures/real/complete"
PARENTS = ROOT / "fixtures/real/component-usages"
CARD = ROOT / "fixtures/prices/rates.toml"
RATES = ROOT / "fixtures/prices/exchange-rates.csv"
KEYS = ["period", "customer_uuid", "project_uuid", "offering_uuid", "resource_uuid", "component_type", "measured_unit"]
BY = "period,customer,project,offering,resource,component"


def uuid_of(uri):
    return uri.rstrip("/").rsplit("/", 1)[-1]


def charge_lines(basis):
    """Usage by parent, of its users or its own; usage of a float is the decimal that it prints."""
    lines = {}
    for path in sorted(INPUT.glob("*/*.json.gz")):
        for record in json.load(gzip.open(path), parse_float=decimal.Decimal):
            key = {**{name: record.get(name) for name in KEYS}, "period": record["billing_period"][:7]}
            for name in ("customer", "project", "offering"):
                key[f"{name}_name"] = record[f"{name}_name"]
            line = lines.setdefault(uuid_of(record["component_usage"]), {**key, "usage": fractions.Fraction(0)})
            line["usage"] += fractions.Fraction(decimal.Decimal(record["usage"]))
    if basis == "users":
        return list(lines.values())
    # A parent that is not in the dump is charged by its users.
    for path in sorted(PARENTS.glob("*/*.json.gz")):
        for parent in json.load(gzip.open(path), parse_float=decimal.Decimal):
            usage = fractions.Fraction(decimal.Decimal(parent["usage"]))
            if parent["uuid"] in lines:
                lines[parent["uuid"]]["usage"] = usage
            else:
                key = {name: parent.get(name) for name in KEYS}
                key |= {f"{name}_name": parent[f"{name}_name"] for name in ("customer", "project", "offering")}
                period = parent["billing_period"][:7]
                lines[parent["uuid"]] = {**key, "period": period, "component_type": parent["type"], "usage": usage}
    return list(lines.values())


def price_of(prices, line):
    """The most specific price that holds."""
    def fits(price):
        names = [name for name in ("customer", "project", "offering") if name in price or f"{name}_uuid" in price]
        return (
            price["component_type"] == line["component_type"]
            and price["measured_unit"] == line["measured_unit"]
            and price.get("valid_from", "0000") <= line["period"] <= price.get("valid_to", "9999")
            and all(line[f"{name}_name"] == price.get(name) or line[f"{name}_uuid"] == price.get(f"{name}_uuid") for name in names)
        )

    def weight(price):
        return ("project" in price, "customer" in price, "offering" in price or "offering_uuid" in price)

    best = sorted(filter(fits, prices), key=weight)
    assert best and (len(best) == 1 or weight(best[-1]) > weight(best[-2])), line
    return best[-1]


def amount(price, usage):
    tiers = price.get("tiers", [{"unit_price": price.get("unit_price")}])
    tiers = [(fractions.Fraction(tier.get("up_to", 10**30)), fractions.Fraction(str(tier["unit_price"]))) for tier in tiers]
    if usage < 0:
        return usage * tiers[0][1]
    billable = max(fractions.Fraction(0), usage - fractions.Fraction(price.get("included", 0)))
    if price.get("tier_mode") == "volume":
        total = billable * next(unit_price for up_to, unit_price in tiers if billable <= up_to)
    else:
        starts = [fractions.Fraction(0)] + [up_to for up_to, _ in tiers]
        total = sum(max(min(billable, up_to) - start, 0) * unit_price for start, (up_to, unit_price) in zip(starts, tiers))
    return max(total, fractions.Fraction(price.get("minimum", 0)))


PLACES = {"JPY": 0, "EUR": 2, "USD": 2, "KWD": 3}


def half_up(exact, places):
    units = abs(exact) * 10**places + fractions.Fraction(1, 2)
    return (-1 if exact < 0 else 1) * decimal.Decimal(units.numerator // units.denominator).scaleb(-places)


def priced(card_text, rates_text, currency, basis):
    """Amounts by the keys of a report and currency; credits have no usage."""
    card = tomllib.loads(card_text)
    rates = {(row["period"], row["from"]): fractions.Fraction(row["rate"]) for row in csv.DictReader(io.StringIO(rates_text))}
    scopes = collections.defaultdict(list)
    charged = charge_lines(basis)
    for line in charged:
        price = price_of(card["price"], line)
        owner = line[f"{price.get('scope', 'resource')}_uuid"]
        scopes[card["price"].index(price), line["period"], line["offering_uuid"], owner].append(line)
    amounts = collections.defaultdict(decimal.Decimal)

    def add(keys, exact, period, own):
        rate = rates[period, own] if currency and own != currency else 1
        amounts[(*keys, currency or own)] += half_up(exact * rate, PLACES[currency or own])

    for (place, period, *_), lines in scopes.items():
        price = card["price"][place]
        usage = sum(line["usage"] for line in lines)
        total = amount(price, usage)
        for line in lines:
            share = line["usage"] / usage if usage else fractions.Fraction(1, len(lines))
            assert usage or len(lines) == 1 or not total
            add([line[name] for name in KEYS], total * share, period, price["currency"])
    uuids = {line["customer_name"]: line["customer_uuid"] for line in charged}
    for credit in card["credit"]:
        customer = credit.get("customer_uuid") or uuids[credit["customer"]]
        keys = [credit["period"], customer, "", "", "", "", ""]
        add(keys, -fractions.Fraction(credit["amount"]), credit["period"], credit["currency"])
    return amounts


def reported(card, *arguments):
    command = [COMMAND, "report", INPUT, "--as-of", "2026-11-23", "--by", BY, "--format", "csv", "--prices", card, *arguments]
    outcome = subprocess.run(command, capture_output=True)
    assert outcome.returncode in (0, 3), outcome.stderr.decode()
    amounts = collections.defaultdict(decimal.Decimal)
    for row in csv.DictReader(io.StringIO(outcome.stdout.decode())):
        assert len(row["amount"].partition(".")[2]) == PLACES[row["currency"]], row
        amounts[(*(row[name] for name in KEYS), row["currency"])] += decimal.Decimal(row["amount"])
    return amounts


def runs(folder):
    """Price lists, exchange rates and the currency asked for."""
    for number, names in enumerate([{}, {"EUR": "JPY", "USD": "KWD"}, {"EUR": "KWD", "USD": "JPY"}]):
        texts = [CARD.read_text(), RATES.read_text()]
        for at, text in enumerate(texts):
            texts[at] = re.sub(r"\b(EUR|USD)\b", lambda code: names.get(code[0], code[0]), text)
        if names:
            texts[0] = texts[0].replace("decimals = 2\n", "")
        files = [folder / f"{number}-{path.name}" for path in (CARD, RATES)]
        for path, text in zip(files, texts):
            path.write_text(text)
        for currency in (None, names.get("EUR", "EUR")):
            yield files, texts, currency


def main(folder):
    for basis, ((card, rates), texts, currency) in itertools.product(("users", "component-usage"), runs(folder)):
        arguments = ["--currency", currency, "--exchange-rates", rates] if currency else []
        # The command takes component usages by itself where there are some.
        arguments += ["--basis", "users"] if basis == "users" else ["--parents", PARENTS]
        expected, found = priced(*texts, currency, basis), reported(card, *arguments)
        assert expected.keys() == found.keys(), expected.keys() ^ found.keys()
        wrong = {key: (amount, found[key]) for key, amount in expected.items() if amount != found[key]}
        assert not wrong, wrong
        totals = collections.Counter()
        for (*_, code), money in expected.items():
            totals[code] += money
        print(f"{len(expected)} amounts by {basis} are the same in fractions:", ", ".join(f"{code} {money}" for code, money in sorted(totals.items())))


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        main(pathlib.Path(folder))
