"""Opens the page of usagebook in Chromium: figures, keyboard, contrast, paper, and that nothing leaves it.

    python tests/foreign/page.py target/debug/usagebook

The command is run on fixtures/real; pip install playwright axe-playwright-python, and Debian's chromium in the place of a
browser that playwright would fetch.
"""

import csv
import fractions
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
OCTOBER = ["report", "fixtures/real/complete", "--period", "2026-10", "--as-of", "2026-11-23"]
COLUMNS = ["period", "customer_name", "project_name", "offering_name", "component_type", "measured_unit", "usage", "records", "users"]
EVIL = "</script><img src=x onerror=alert(1)><!--'\"&\u202e\u0007"
WIDTHS = {"phone": 390, "tablet": 800, "desk": 1280}


def run(*arguments):
    outcome = subprocess.run([COMMAND, *arguments], capture_output=True, cwd=ROOT)
    assert outcome.returncode in (0, 3), outcome.stderr.decode()
    return outcome.stdout.decode()


class Tab:
    """A page in a browser that must ask for nothing and complain of nothing."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(offline=True, **options)
        self.page = self.context.new_page()
        self.wrong = []
        self.requests = []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        # What the policy refuses shows on the console too; this tells of it by its name.
        self.page.add_init_script("addEventListener('securitypolicyviolation', (event) => console.log('policy: ' + event.violatedDirective))")
        self.page.goto(path.as_uri())
        self.path = path

    def __enter__(self):
        return self.page

    def __exit__(self, kind, *_):
        if kind is None:
            assert not self.wrong, self.wrong
            left = [url for url in self.requests if url != self.path.as_uri() and not url.startswith("data:")]
            assert not left, left
        self.context.close()


def shown(text):
    """As the page shows a name: what acts is spelled out, and nothing is blank."""
    acts = lambda character: unicodedata.category(character) == "Cc" or character == "\u202e"
    return "".join(f"\\u{{{ord(character):x}}}" if acts(character) else character for character in text) or "(none)"


def plain(text):
    """A figure as CSV has it."""
    return text.replace("\u202f", "").replace("\u2212", "-").replace("+", "")


def body(page, table):
    rows = f"[...document.querySelectorAll('#{table} tbody tr:not(.sub)')]"
    return page.evaluate(f"{rows}.map((row) => [...row.cells].map((cell) => cell.textContent))")


def all_pages(page, table):
    """The rows that turning the pages shows."""
    rows = body(page, table)
    following = page.locator(f"#{table} .tools button", has_text="Next")
    while following.is_visible() and following.is_enabled():
        following.focus()
        page.keyboard.press("Enter")
        rows += body(page, table)
    return rows


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")


def check_figures(browser, path):
    expected = [[line[name] for name in COLUMNS] for line in csv.DictReader(io.StringIO(run(*OCTOBER, "--format", "csv")))]
    with Tab(browser, path) as page:
        unfold(page)
        rows = all_pages(page, "detail")
    assert len(rows) == len(expected) > 200, (len(rows), len(expected))
    for row, line in zip(rows, expected):
        names = [re.sub(r" \[[0-9a-f]{8,32}\]$", "", name) for name in row[:6]]
        assert names == [shown(name) for name in line[:6]], (names, line)
        assert [plain(figure) for figure in row[6:]] == line[6:], (row, line)
    return len(rows)


def check_fewer_decimals(browser, path):
    """What the script spells is what the command spells, to the last digit: for each row drawn as data."""
    text = path.read_text()
    page_html = text.replace('data-decimals="2"', 'data-decimals="1"')
    rounded = path.with_name("rounded.html")
    rounded.write_text(page_html)
    with Tab(browser, rounded) as page:
        unfold(page)
        rows = all_pages(page, "detail")[50:]
    expected = list(csv.DictReader(io.StringIO(run(*OCTOBER, "--format", "csv"))))[50:]
    for row, line in zip(rows, expected):
        hundredths = int(line["usage"].replace(".", ""))
        tenths = (abs(hundredths) + 5) // 10
        assert int(plain(row[6]).replace(".", "")) == (-tenths if hundredths < 0 else tenths), (row, line)


def check_accessibility(browser, path):
    """Nothing that axe-core calls more than minor: a username of blanks is an empty heading of its row."""
    for scheme in ("light", "dark"):
        for width in (WIDTHS["phone"], WIDTHS["desk"]):
            with Tab(browser, path, color_scheme=scheme, bypass_csp=True, viewport={"width": width, "height": 900}) as page:
                unfold(page)
                results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
                violations = results.response["violations"]
                told = [(v["id"], v["impact"], [node["target"] for node in v["nodes"]][:3]) for v in violations if v["impact"] != "minor"]
                assert not told, (scheme, width, told)


def check_widths(browser, path):
    """No window is so narrow that the whole page has to be moved sideways."""
    for width in (320, *WIDTHS.values()):
        with Tab(browser, path, viewport={"width": width, "height": 800}) as page:
            unfold(page)
            found = page.evaluate("document.documentElement.scrollWidth")
            assert found <= width, (width, found)


def check_amounts_in_sight(browser, path):
    """On a laptop and on A4 no figure of a table is beyond the edge; without attributes nothing is."""
    outside = """([selector, width]) => [...document.querySelectorAll('main .table ' + selector)]
        .filter((cell) => cell.getBoundingClientRect().width > 0 && cell.getBoundingClientRect().right
            > Math.min(width, cell.closest('.scroll').getBoundingClientRect().right) + 0.5)
        .map((cell) => cell.closest('.table').id + ': ' + cell.textContent)"""
    has_attributes = "attributes" in path.name
    with Tab(browser, path, viewport={"width": 1366, "height": 768}) as page:
        unfold(page)
        page.screenshot(path=str(path.with_suffix(".png")))
        assert page.locator("#detail td.n").count() > 200
        for selector in ("td.n",) if has_attributes else ("td", "th"):
            found = page.evaluate(outside, [selector, 1366])
            assert not found, (path.name, selector, found[:5])
    # A4 across, without its margins.
    paper = 271 * 96 / 25.4
    with Tab(browser, path, viewport={"width": int(paper), "height": 700}) as page:
        unfold(page)
        page.emulate_media(media="print")
        for selector in ("td", "th"):
            found = page.evaluate(outside, [selector, paper])
            assert not found, (path.name, "A4", selector, found[:5])


def check_money_first(browser, path):
    """The amounts of the page: each currency's rows come to its total, and changes are this month's less last month's."""

    def amount(text):
        return None if text == "" else fractions.Fraction(re.sub(r"[^\d.\-]", "", text.replace("\u2212", "-")))

    with Tab(browser, path) as page:
        sections = page.eval_on_selector_all("main > section", "sections => sections.map(section => section.id)")
        assert sections[:3] == ["headline", "amounts", "units"], sections
        assert page.eval_on_selector("#units details", "details => !details.open")
        rows = page.eval_on_selector_all("#amounts-by-customer tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
        totals = page.eval_on_selector_all("#amounts-by-customer tfoot tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
        sums = {}
        for _, currency, now, before, change, percent, *_ in rows:
            now, before = amount(now), amount(before)
            assert amount(change) == (now or 0) - (before or 0), (currency, now, before, change)
            assert (percent == "") == (not before)
            sums[currency] = sums.get(currency, 0) + (now or 0)
        assert {row[1]: amount(row[2]) for row in totals} == sums and len(sums) == 2, (totals, sums)
        for width in (1366, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width, width


def check_sorting(page):
    """By keyboard alone: sort, narrow, turn pages."""
    head = page.locator("#by-customer thead th", has_text="Usage").first
    button = head.get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    usages = [float(plain(row[3])) for row in all_pages(page, "by-customer") if row[3]]
    assert len(usages) > 150 and usages == sorted(usages, reverse=True)
    button.focus()
    page.keyboard.press(" ")
    assert head.get_attribute("aria-sort") == "ascending"
    usages = [float(plain(row[3])) for row in all_pages(page, "by-customer") if row[3]]
    assert usages == sorted(usages)
    button.focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert page.locator("#by-customer tbody tr.sub").count() > 0, "subtotals are back"


def check_narrowing(page):
    search = page.locator("#by-customer input")
    search.focus()
    page.keyboard.type("ülikool STORAGE")
    rows = body(page, "by-customer")
    assert rows and all("Tartu" in row[0] and "storage" in row[1] for row in rows), rows
    assert re.match(rf"{len(rows)} of 166 rows; totals are over all rows", page.locator("#by-customer [role=status]").inner_text())
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.locator("#by-customer select").select_option("hours")
    rows = all_pages(page, "by-customer")
    assert rows and {row[2] for row in rows} == {"hours"}


def check_keyboard(browser, path):
    with Tab(browser, path) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", "the first stop skips to the figures"
        check_sorting(page)
    with Tab(browser, path) as page:
        check_narrowing(page)
    with Tab(browser, path) as page:
        unfold(page)
        page.evaluate("document.querySelector('#detail .scroll').focus()")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", outline


def check_without_script(browser, path):
    with Tab(browser, path, java_script_enabled=False) as page:
        text = page.locator("main").inner_text()
        assert "37\u202f667.48" in text and "Tartu Ülikool" in text
        assert page.locator("#by-customer tbody tr").count() > 166, "all of the summary, subtotals among them"
        page.locator("summary", has_text="Detail").click()
        assert "shows the first 50 rows of 243; all of them are in the workbook and in CSV" in page.locator("#detail").inner_text()
        assert page.get_by_role("button").count() == 0, "nothing that would do nothing"


def check_names(browser, folder):
    record = (ROOT / "fixtures/single/record-01.json").read_text()
    record = json.loads(record)
    record = record[0] if isinstance(record, list) else record
    for field in ("customer_name", "project_name", "offering_name", "username", "measured_unit", "component_type"):
        record[field] = EVIL
    copies = []
    # Enough for rows that the script draws.
    for number in range(80):
        copies.append({**record, "uuid": f"{number:032x}", "username": f"{EVIL} {number}"})
    dump, path = folder / "evil.json", folder / "evil.html"
    dump.write_text(json.dumps(copies))
    run("report", str(dump), "--as-of", "2026-11-23", "--by", "customer,user", "--users", "-o", str(path))
    with Tab(browser, path) as page:
        unfold(page)
        assert page.evaluate("document.images.length") == 0
        assert shown(EVIL) in page.locator("h3").first.inner_text()
        rows = all_pages(page, "detail")
        assert len(rows) == 80 and all(row[0] == shown(EVIL) and row[1].startswith(shown(EVIL)) for row in rows), rows[-1]


def check_paper(browser, path, folder):
    pdf = folder / "page.pdf"
    with Tab(browser, path) as page:
        page.pdf(path=pdf, prefer_css_page_size=True, print_background=True)
    info = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True).stdout.decode()
    assert re.search(r"Page size: +841\.\d+ x 594\.\d+ pts|Page size: +842 x 595", info), info
    pages = int(re.search(r"Pages: +(\d+)", info).group(1))
    texts = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True).stdout.decode().split("\f")[:pages]
    assert all(f"{number} / {pages}" in text for number, text in enumerate(texts, 1)), "pages are numbered"
    summary = [text for text in texts if re.search(r"Customer .*Component .*Records", text)]
    assert len(summary) >= 8, "the heads of the summary stand on each of its pages"
    whole = "".join(texts)
    assert re.search(r"37\s?667\.48", whole) and "Rows that contain" not in whole
    assert "folded; unfold it before printing" in whole
    return pages


def main():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "chromium is not there: apt-get install chromium"
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = pathlib.Path(name)
        path, users = folder / "october.html", folder / "users.html"
        run(*OCTOBER, "-o", str(path))
        run(*OCTOBER[:-1], "2026-10-20", "--users", "--prices", "fixtures/prices/rates.toml", "-o", str(users))
        # Chromium's own sandbox asks for rights that root in a container does not have.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        rows = check_figures(browser, path)
        check_fewer_decimals(browser, path)
        check_accessibility(browser, users)
        for one in (path, users):
            check_widths(browser, one)
        for name, more in (("plain", []), ("attributes", ["--attributes", "fixtures/join/customers.csv"])):
            one = folder / f"{name}.html"
            run(*OCTOBER, "--prices", "fixtures/prices/rates.toml", *more, "-o", str(one))
            check_amounts_in_sight(browser, one)
            check_money_first(browser, one)
        check_keyboard(browser, path)
        check_without_script(browser, path)
        check_names(browser, folder)
        pages = check_paper(browser, path, folder)
        print(f"{rows} rows the same in Chromium {browser.version}, {pages} pages of A4, nothing asked for, nothing that axe objects to")
        browser.close()


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    main()
