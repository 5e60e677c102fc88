"""Reads the PDF of bills as a stranger would, computes every amount anew in fractions, and compares all totals with the
report's. The same of bills that a book issued, and of the notes of a restated month, which come to the difference of the two versions.

    python tests/foreign/bills.py target/debug/usagebook

A folder of fonts of one's own is tried with a font that font.py makes. Needs pikepdf, pdfplumber, pdfua and fonttools, and a build with the feature bill. The prices are fixtures/prices/rates.toml, as they are and with
yen and Kuwaiti dinars for euros and dollars.
"""

import csv
import decimal
import email
import email.policy
import fractions
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import accessible
import font
import pdfplumber
import pikepdf

ROOT = pathlib.Path(__file__).resolve().parents[2]
INPUT = ROOT / "fixtures/real/complete"
CARD = ROOT / "fixtures/prices/rates.toml"
CUSTOMERS = ROOT / "fixtures/bills/customers.csv"
CONFIG = ROOT / "fixtures/bills/usagebook.toml"
PERIOD = ["--period", "2026-10", "--as-of", "2026-11-23"]
DECIMALS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
# A customer whose name no built-in font has.
CJK, CJK_UUID = "国立計算科学研究所", "c4a2af394744475e8039874e70352888"
NUMBER = re.compile(r"−?[\d,]+(\.\d+)?")


def fraction(text):
    return fractions.Fraction(text.replace(",", "").replace("−", "-"))


def rounded(exact, decimals):
    """Half up, halves away from zero."""
    scaled = abs(exact) * 10**decimals
    units = scaled.numerator // scaled.denominator
    units += 2 * (scaled - units) >= 1
    return fractions.Fraction(units if exact >= 0 else -units, 10**decimals)


def cost(quantity, price):
    """What a quantity costs, by the text in the column of prices; before rounding."""
    match = re.fullmatch(r"(.*) [A-Z]{3} at ([\d.]+)", price)
    rate = fraction(match[2]) if match else fractions.Fraction(1)
    price = match[1] if match else price
    match = re.fullmatch(r"of (\S+) together: (.*)", price)
    together = fraction(match[1]) if match else quantity
    price = match[2] if match else price
    match = re.fullmatch(r"(.*), at least (\S+)", price)
    least = fraction(match[2]) if match else None
    price = match[1] if match else price
    if "×" not in price and "free" not in price:
        return quantity * fraction(price) * rate
    amount, charged = fractions.Fraction(0), fractions.Fraction(0)
    for part in price.split(" + "):
        if part.endswith(" free"):
            # `60.84 of 500` where less is used than is free.
            used, _, free = part[:-5].rpartition(" of ")
            assert not used or 0 <= fraction(used) <= fraction(free), price
            charged += min(fraction(used or free), max(together, 0))
            continue
        count, unit_price = part.split(" × ")
        amount += fraction(count) * fraction(unit_price)
        charged += fraction(count)
    assert charged == together, (price, charged, together)
    amount = amount if least is None else max(amount, least)
    return amount * rate if together == quantity else amount * rate * quantity / together


class Part:
    def __init__(self, currency):
        self.currency, self.lines, self.credits = currency, [], []
        self.net, self.vat, self.total = None, [], None


def visual_lines(page):
    """Words of a page, line by line from above."""
    lines = []
    for word in sorted(page.extract_words(keep_blank_chars=False), key=lambda word: (word["bottom"], word["x0"])):
        if lines and abs(lines[-1][0]["bottom"] - word["bottom"]) < 2:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word["x0"]) for line in lines]


def parts_of(pdf):
    """What a bill says, by its words and where they are."""
    parts, edges, row = [], None, None
    for page in pdf.pages:
        # The watermark is turned.
        page = page.filter(lambda item: abs(item.get("matrix", (1, 0))[1]) < 1e-6)
        row = None
        for line in visual_lines(page):
            words = [word["text"] for word in line]
            text = " ".join(words)
            if words[:4] == ["Description", "Quantity", "Unit", "Price"]:
                currency = words[-1].strip("()")
                if not parts or parts[-1].currency != currency:
                    parts.append(Part(currency))
                edges = {
                    "quantity": line[1]["x1"], "unit": line[2]["x0"], "price": line[3]["x0"], "amount": line[-1]["x1"],
                }
                continue
            if edges is None:
                continue
            part = parts[-1]
            match = re.match(r"(Total to pay|Credit balance) ([A-Z]{3}) (\S+)$", text)
            if match:
                assert match[2] == part.currency, text
                part.total, edges = fraction(match[3]), None
                continue
            match = re.match(r"Net total (\S+)$", text)
            if match:
                part.net = fraction(match[1])
                continue
            match = re.match(r"VAT (\S+) % of (\S+) (\S+)$", text)
            if match:
                part.vat.append(tuple(map(fraction, match.groups())))
                continue
            at_right = [word for word in line if abs(word["x1"] - edges["amount"]) < 1.5 and NUMBER.fullmatch(word["text"])]
            in_quantity = [word for word in line if abs(word["x1"] - edges["quantity"]) < 1.5]
            in_price = [word for word in line if word["x0"] > edges["price"] - 1 and word not in at_right]
            if at_right and in_quantity and not text.startswith("Subtotal"):
                row = {
                    "quantity": fraction(in_quantity[-1]["text"]),
                    "price": [word["text"] for word in in_price],
                    "amount": fraction(at_right[0]["text"]),
                    "bottom": line[0]["bottom"],
                    # On a note, a line as it was billed has the opposite sign.
                    "sign": -1 if words[0] == "Before:" else 1,
                }
                part.lines.append(row)
            elif at_right and not text.startswith("Subtotal"):
                part.credits.append(fraction(at_right[0]["text"]))
                row = None
            elif row and in_price and not at_right and line[0]["bottom"] - row["bottom"] < 14:
                row["price"] += [word["text"] for word in in_price]
                row["bottom"] = line[0]["bottom"]
            else:
                row = None
    return parts


def check_document(path):
    attached, pages = read_document(path, (595.276, 841.89))
    assert sorted(attached) == ["bill.csv", "bill.json"], (path, sorted(attached))
    return attached, pages


def read_document(path, size):
    """What is attached and how many pages there are, once the whole is known to be a good PDF for archives and for all readers."""
    subprocess.run(["qpdf", "--check", path], check=True, stdout=subprocess.DEVNULL)
    accessible.check(path)
    other = subprocess.run([sys.executable, "-m", "pdfua", "check", path], capture_output=True, text=True)
    assert other.returncode == 0, other.stdout
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            box = [float(side) for side in page.mediabox]
            assert all(abs(found - wanted) < 1 for found, wanted in zip(box[2:], size)), (path, box)
        attached = {name: pdf.attachments[name].get_file().read_bytes().decode() for name in pdf.attachments}
        return attached, len(pdf.pages)


def check_rows(program, book, folder):
    """What changed, in records and in money, what is behind a figure, and the checks: as documents that say what JSON does."""
    commands = [
        ["late"],
        ["late", "--amounts"],
        ["diff", "2026-10"],
        ["diff", "2026-10", "--amounts"],
        ["explain", "--period", "2026-10", "--customer", "O'Brien & Søn; A/S"],
    ]
    for at, command in enumerate(commands):
        path = folder / f"rows-{at}.pdf"
        run(program, *command, "--book", book, "-o", path, "--config", CONFIG)
        attached, _ = read_document(path, (841.89, 595.276))
        [data] = attached.values()
        own = json.loads(run(program, *command, "--book", book, "--format", "json"))
        shown = json.loads(data)
        assert len(shown["rows"]["rows"]) == len(own["rows"]), (path, len(shown["rows"]["rows"]), len(own["rows"]))
        text = squeezed(subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True).stdout)
        assert "\u200b" not in text, path
        column = "amount" if "--amounts" in command else "usage"
        for row in own["totals"]:
            figure = f"{decimal.Decimal(row[column] or 0):,}".replace("-", "−")
            assert row[column] is None or figure in text, (path, row)
            name = row.get("customer_name")
            assert not name or re.search("".join(map(spelled, squeezed(name))), text), (path, name)
    return len(commands)


def squeezed(text):
    return re.sub(r"[\s\u200b]+", "", text)


def spelled(character):
    """A pattern of a character, as it is or by its number."""
    number = "\\u{%x}" % ord(character)
    return f"(?:{re.escape(character)}|{re.escape(number)})"


def check_texts(path, attached):
    """Every description is there as a whole; a character that no font has is spelled out."""
    text = squeezed(subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True).stdout)
    for row in csv.DictReader(io.StringIO(attached["bill.csv"])):
        if row["charge_category"] != "Usage":
            wanted = row["charge_description"]
        else:
            side = row["charge_description"] and row["charge_description"] + ": "
            wanted = f"{side}{row['component']}, {row['resource_name']}"
        pattern = "".join(map(spelled, squeezed(wanted)))
        assert re.search(pattern, text), (path, wanted)
    assert "\u200b" not in text, (path, "a figure is not found if characters that nobody sees are in it")
    lowered = text.lower()
    for word in ("record", "sha-256", "(none)", "usagebook"):
        assert word not in lowered, (path, word)


def check_fonts(program, folder):
    """A name that no built-in font has is spelled out, and is written as it is once a folder of fonts has its characters."""
    (folder / "fonts").mkdir()
    font.make(folder / "fonts/squares.ttf", CJK)
    configuration = folder / "usagebook.toml"
    configuration.write_text(CONFIG.read_text().replace("[bill]", '[bill]\nfonts = "fonts"'))
    files = make(program, CARD, folder / "with-fonts", "--attributes", CUSTOMERS, config=configuration)
    spelled_out = "".join("\\u{%x}" % ord(character) for character in CJK)
    for of, wanted, other in [(files, CJK, spelled_out), ((folder / CARD.stem).glob("*.pdf"), spelled_out, CJK)]:
        [path] = [path for path in of if path.name.endswith(f"{CJK_UUID}.pdf")]
        check_document(path)
        text = squeezed(subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True).stdout)
        assert wanted in text and other not in text, (path, text)


def check_amounts(path, attached, billed):
    """The net total of each currency, computed from the words of the PDF. VAT of a rate is that of all that the recipient was
    billed, less the VAT of the documents before, which `billed` has with their net."""
    with pdfplumber.open(path) as pdf:
        parts = parts_of(pdf)
    data = json.loads(attached["bill.json"])
    assert [part.currency for part in parts] == [part["currency"] for part in data["parts"]], path
    nets = {}
    for part, own in zip(parts, data["parts"]):
        decimals = DECIMALS[part.currency]
        lines = [line for project in own["projects"] for offering in project["offerings"] for line in offering["lines"]]
        counts = (len(lines), len(part.lines), len(own["credits"]), part.credits)
        assert counts[0] == counts[1] and counts[2] == len(part.credits), (path, part.currency, counts)
        for line in part.lines:
            exact = line["sign"] * cost(line["sign"] * line["quantity"], " ".join(line["price"]))
            # A share of what several lines cost together is exact to twelve places.
            crumb = fractions.Fraction(1, 10**12)
            possible = {rounded(exact + off, decimals) for off in (-crumb, 0, crumb)}
            assert line["amount"] in possible, (path, line, float(exact))
        net = sum(line["amount"] for line in part.lines) + sum(part.credits)
        vat = fractions.Fraction(0)
        for rate, of, amount in part.vat:
            key = (data["recipient"]["uuid"], part.currency, rate)
            net_before, vat_before = billed.get(key, (0, 0))
            billed[key] = (net_before + of, rounded((net_before + of) * rate / 100, decimals))
            assert billed[key][1] - vat_before == amount, (path, rate, of, amount)
            vat += amount
        if part.vat:
            assert part.net == net == sum(of for _, of, _ in part.vat), (path, part.net, net)
        assert part.total == net + vat, (path, part.currency, part.total, net, vat)
        nets[part.currency] = net
    return data["recipient"]["uuid"], nets


def check_mail(path, attached):
    """The draft beside a bill says who gets it and what is to be paid, and has the bill attached byte by byte."""
    message = email.message_from_bytes(path.with_suffix(".eml").read_bytes(), policy=email.policy.default)
    bill = json.loads(attached["bill.json"])
    title = bill["title"] if bill["number"] else f"Draft: {bill['title']}"
    assert not message.defects and message["X-Unsent"] == "1" and message["Subject"] == title, message.items()
    assert message["Date"].datetime.date().isoformat() == bill["date"], message["Date"]
    to = message["To"].addresses if message["To"] else ()
    address = bill["recipient"]["email"]
    assert [one.addr_spec for one in to] == ([address] if address else []), (to, address)
    assert all(one.display_name == bill["recipient"]["addressee"] for one in to), to
    words = message.get_body(("plain",)).get_content()
    for part in bill["parts"]:
        total = f"{abs(decimal.Decimal(part['total'])):,}"
        heading = part["total_heading"] if bill["number"] else "Total"
        assert f"{heading}: {part['currency']}" in words and total in words, (part, words)
    assert bill["number"] or "Payable" not in words, words
    [file] = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (path.name, "application/pdf")
    assert file.get_content() == path.read_bytes(), path


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


def reported(program, card):
    """The report's amounts by customer and currency."""
    amounts = {}
    table = run(program, "report", INPUT, *PERIOD, "--prices", card, "--by", "customer", "--format", "csv", "-q")
    for row in csv.DictReader(io.StringIO(table)):
        if row["currency"] and row["amount"]:
            amounts.setdefault(row["customer_uuid"], {}).setdefault(row["currency"], fractions.Fraction(0))
            amounts[row["customer_uuid"]][row["currency"]] += fraction(row["amount"])
    return {uuid: {code: sum for code, sum in sums.items() if sum} for uuid, sums in amounts.items()}


def make(program, card, to, *more, config=CONFIG):
    run(program, "bills", INPUT, *PERIOD, "--prices", card, "--to", to, "--format", "pdf", "--eml", "-q", "--config", config, *more)
    return sorted(to.glob("*.pdf"))


def issued(program, book, to, billed):
    """Issues October, checks every document, and returns the net totals by number and the register."""
    run(program, "bills", "--book", book, "--period", "2026-10", "--issue", "--as-of", "2026-12-01", "--to", to, "--format", "pdf",
        "--eml", "-q", "--config", CONFIG)
    register = list(csv.DictReader(io.StringIO((to / "register.csv").read_text(encoding="utf-8-sig"))))
    nets, pages_max = {}, 0
    for path in sorted(to.glob("*.pdf")):
        attached, pages = check_document(path)
        check_texts(path, attached)
        check_mail(path, attached)
        _, sums = check_amounts(path, attached, billed)
        data = json.loads(attached["bill.json"])
        rows = [row for row in register if row["number"] == data["number"]]
        text = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
        assert "Draft" not in text and "draft" not in text, path
        title = {"bill": "Bill", "credit_note": "Credit note", "debit_note": "Debit note"}[data["kind"]]
        assert f"{title} {data['number']} for October 2026" in text and "1 December 2026" in text, (path, text)
        for corrected in data["corrects"]:
            assert corrected["number"] in text and any(row["number"] == corrected["number"] for row in register), path
        assert [(row["kind"], row["recipient"], row["currency"], fraction(row["net"]), fraction(row["total"])) for row in rows] == [
            (data["kind"], data["recipient"]["uuid"], part["currency"], fraction(part["net"]), fraction(part["total"]))
            for part in data["parts"]
        ], (path, rows)
        assert all(row["sha256_pdf"] == hashlib.sha256(path.read_bytes()).hexdigest() for row in rows), path
        nets[data["number"]] = sums
        pages_max = max(pages_max, pages)
    return nets, register, pages_max


def totals(program, book, version):
    sums = {}
    table = run(program, "report", "--book", book, "--version", version, "--period", "2026-10", "--by", "customer", "--format", "csv", "-q")
    for row in csv.DictReader(io.StringIO(table)):
        if row["amount"]:
            sums[row["currency"]] = sums.get(row["currency"], 0) + fraction(row["amount"])
    return sums


def summed(nets):
    sums = {}
    for net in nets.values():
        for code, amount in net.items():
            sums[code] = sums.get(code, 0) + amount
    return sums


def later(folder):
    """October as another dump shows it: some usages are other ones, and a customer has none any more."""
    pages = sorted((INPUT / "2026-10").glob("page-*.json.gz"))
    records = [record for page in pages for record in json.loads(gzip.decompress(page.read_bytes()))]
    gone = records[0]["customer_uuid"]
    for at, record in enumerate(records):
        if record["customer_uuid"] == gone:
            record.update(usage="0.00", modified="2026-11-05T00:00:00Z")
        elif at % 29 == 0:
            record.update(usage=f"{int(fraction(str(record['usage']))) + 3}.00", modified="2026-11-05T00:00:00Z")
    folder.mkdir()
    (folder / "page-1.json").write_text(json.dumps(records))
    return folder


def check_issued(program, folder):
    """Bills, then notes; each number once and none left out."""
    book = folder / "usage.book"
    run(program, "add", "--new", INPUT / "2026-10", "--book", book, "--pulled-at", "2026-11-02T08:00:00Z", "--complete", "2026-10", "-q")
    run(program, "close", "2026-10", "--book", book, "--prices", CARD, "--attributes", CUSTOMERS, "-q")
    billed = {}
    bills, _, pages = issued(program, book, folder / "issued", billed)
    assert summed(bills) == totals(program, book, "v1"), (summed(bills), totals(program, book, "v1"))
    run(program, "add", later(folder / "later"), "--book", book, "--pulled-at", "2026-11-06T08:00:00Z", "-q")
    rows = check_rows(program, book, folder)
    acknowledge(program, book)
    run(program, "restate", "2026-10", "--book", book, "--note", "late", "-q")
    notes, register, _ = issued(program, book, folder / "notes", billed)
    before, after, difference = totals(program, book, "v1"), totals(program, book, "v2"), summed(notes)
    for code in before.keys() | after.keys():
        assert difference.get(code, 0) == after.get(code, 0) - before.get(code, 0), (code, difference, before, after)
    assert any(row["kind"] == "credit_note" for row in register) and any(row["kind"] == "debit_note" for row in register)
    numbers = sorted({row["number"] for row in register})
    assert numbers == [f"2026-{place:05}" for place in range(1, len(bills) + len(notes) + 1)], numbers
    run(program, "bills", "--book", book, "--period", "2026-10", "--issue", "--eml", "--to", folder / "same", "-q")
    for path in sorted((folder / "notes").iterdir()):
        assert path.read_bytes() == (folder / "same" / path.name).read_bytes(), path
    return len(bills), len(notes), pages, rows


def acknowledge(program, book):
    """Answers for all warnings of the later dump."""
    verdict = subprocess.run([program, "check", "--book", book, "--period", "2026-10", "--version", "now", "--format", "json", "-q"],
                             capture_output=True, text=True, cwd=ROOT)
    checks = json.loads(verdict.stdout)
    for code in sorted({check["code"] for check in checks.get("checks", []) if check.get("severity") == "warning"}):
        run(program, "acknowledge", "2026-10", code, "--book", book, "--by-whom", "a test", "--reason", "as it is")


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        text = CARD.read_text().replace("EUR", "JPY").replace("USD", "KWD")
        # An amount of yen has no decimals, in credits too.
        text = text.replace("decimals = 2\n", "").replace('"250.00"', '"250"')
        other = folder / "yen.toml"
        other.write_text(text)
        count = pages_max = 0
        for card, more in [(CARD, ["--attributes", CUSTOMERS]), (other, [])]:
            files = make(program, card, folder / card.stem, *more)
            found = {}
            for path in files:
                attached, pages = check_document(path)
                check_texts(path, attached)
                check_mail(path, attached)
                uuid, nets = check_amounts(path, attached, {})
                found[uuid] = {code: net for code, net in nets.items() if net}
                pages_max = max(pages_max, pages)
            expected = reported(program, card)
            assert found == expected, (found, expected)
            count += len(files)
        check_fonts(program, folder)
        again = make(program, CARD, folder / "again", "--attributes", CUSTOMERS)
        bills, notes, pages, rows = check_issued(program, folder)
        pages_max = max(pages_max, pages)
        for path in again:
            assert path.read_bytes() == (folder / CARD.stem / path.name).read_bytes(), path
    assert pages_max <= 2, f"a bill has {pages_max} pages"
    print(f"{count} bills as PDF: every line computed anew, all totals those of the report, at most {pages_max} pages")
    print(f"{rows} lists of changes and records as PDF: they say what JSON does")
    print(f"{bills} issued bills and {notes} notes: every line computed anew, the notes come to the difference of the versions")


main()
