"""Walks through `usagebook desk` in Chromium: every view in light, dark and on a phone, by mouse and by keyboard.

    python tests/foreign/desk.py target/debug/usagebook

The command keeps a book of fixtures/real, and one of hostile names; pip install playwright axe-playwright-python, and Debian's
chromium in the place of a browser of playwright's own.
"""

import csv
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = ROOT / "fixtures/real"
PRICES = ROOT / "fixtures/prices/rates.toml"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("light", 1366), ("dark", 1366), ("light", 320)]
CLOCK = {"SOURCE_DATE_EPOCH": "1796083200"}
HOSTILE = ["</script><script>alert(1)</script>", "\"'&<b>", "\u202egnp.exe", "n" * 10_000, " "]


def run(*arguments, ok=(0, 3)):
    """A command, and what it printed."""
    command = [COMMAND, *map(str, arguments)]
    outcome = subprocess.run(command, cwd=ROOT, env=os.environ | CLOCK, capture_output=True, text=True)
    assert outcome.returncode in ok, (command, outcome.stderr)
    return outcome.stdout


def make_book(folder):
    """August closed with prices, September and October open; settings beside it."""
    book, usages = folder / "usage.book", REAL / "component-usages"
    months = ["2026-08", "2026-09"]
    run("add", *(REAL / "complete" / month for month in months), "--parents", *(usages / month for month in months),
        "--book", book, "--new", "--pulled-at", "2026-10-02T08:00:00Z", "-q")
    run("add", REAL / "complete/2026-10", "--parents", usages / "2026-10", "--book", book, "--pulled-at", "2026-11-03T08:00:00Z", "-q")
    run("acknowledge", "2026-08", "users_exceed_parent", "--book", book, "--by-whom", "Mari Maasikas", "--reason", "Confirmed")
    run("close", "2026-08", "--book", book, "--prices", PRICES, "--by-whom", "Mari Maasikas", "--note", "As billed")
    settings = folder / "usagebook.toml"
    settings.write_text(f'[month]\nbook = "usage.book"\nto = "outputs"\nprices = "{PRICES}"\n')
    return settings


def make_hostile(folder):
    """A book in which every name is an attack."""
    fields = next(csv.reader(io.StringIO(run("list", REAL / "complete/2026-10", "--format", "csv", "--page-size", "1"))))
    rows = list(csv.DictReader(io.StringIO(run("list", REAL / "complete/2026-10", "--format", "csv", "--page-size", "40"))))
    names = ["customer_name", "project_name", "resource_name", "offering_name", "username", "component_type"]
    known = {}
    for number, row in enumerate(rows):
        for name in names:
            text = known.setdefault((name, row[name]), HOSTILE[len(known) % (len(HOSTILE) - (name == "component_type"))])
            # One user under a component usage has one record.
            row[name] = f"{text}{number}" if name == "username" else text
    out = io.StringIO()
    writer = csv.DictWriter(out, fields)
    writer.writeheader()
    writer.writerows(rows)
    file = folder / "hostile.csv"
    file.write_text(out.getvalue())
    run("add", file, "--book", folder / "hostile.book", "--new", "--pulled-at", "2026-11-03T08:00:00Z", "-q")
    settings = folder / "hostile.toml"
    settings.write_text('[month]\nbook = "hostile.book"\nto = "outputs"\n')
    return settings


class Desk:
    """The command as it runs, and a browser that it let in."""

    def __init__(self, browser, settings):
        self.browser, self.settings = browser, settings

    def __enter__(self):
        command = [COMMAND, "desk", "--config", str(self.settings), "--no-browser"]
        self.process = subprocess.Popen(command, env=os.environ | CLOCK, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"open at ((http://[^/]+)\S+)", line):
                break
        self.start, self.base = found.groups()
        self.context = self.browser.new_context(bypass_csp=False, color_scheme="light", viewport={"width": 1366, "height": 900})
        self.page = self.context.new_page()
        self.asked, self.said = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(self.start)
        self.page.wait_for_url(self.base + "/")
        return self

    def __exit__(self, *_):
        elsewhere = [url for url in self.asked if not url.startswith(self.base + "/") and not url.startswith("data:")]
        assert not elsewhere, elsewhere
        assert not self.said, self.said
        self.context.close()
        self.process.terminate()
        assert self.process.wait(20) == 0

    def open(self, path):
        answer = self.page.goto(self.base + path)
        assert answer.status == 200, (path, answer.status)

    def look(self, path):
        """No objection of axe's, and nothing beyond the edge, in any look. Axe needs a page in which its script may run."""
        state = self.context.storage_state()
        for scheme, width in LOOKS:
            context = self.browser.new_context(
                storage_state=state, bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
            page = context.new_page()
            page.goto(self.base + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
            told = [(v["id"], v["impact"], [node["target"] for node in v["nodes"]][:3]) for v in violations if v["impact"] != "minor"]
            assert not told, (path, scheme, width, told)
            context.close()


def plain(text):
    return text.replace("\u202f", "").replace("\u2212", "-").lstrip("+").strip()


def check_figures(desk):
    """Every amount and usage of the table is the command's, in its order."""
    desk.open("/figures?period=2026-10&by=customer&by=component")
    rows = desk.page.locator("#figures tbody tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
    headings = [plain(text) for text in desk.page.locator("#figures thead th").all_text_contents()]
    desk.page.get_by_text("Show the command").click()
    command = desk.page.locator(".command code").first.text_content().split()[1:]
    lines = list(csv.DictReader(io.StringIO(run(*command, "--format", "csv"))))
    assert len(rows) == len(lines) > 50, (len(rows), len(lines))
    for row, line in zip(rows, lines):
        shown = dict(zip(headings, map(plain, row)))
        assert (shown["Usage"], shown["Amount"]) == (line["usage"], plain(line["amount"])), (shown, line)
    return len(rows)


def check_downloads(desk, folder):
    """What the browser keeps has the bytes that the command writes."""
    desk.open("/figures?period=2026-10&by=customer&by=component")
    command = desk.page.locator(".command code").first.text_content().split()[1:]
    for ending in ("xlsx", "csv", "parquet"):
        with desk.page.expect_download() as download:
            desk.page.locator(".downloads").get_by_text(ending, exact=True).click()
        target = folder / f"figures.{ending}"
        run(*command, "-o", target)
        assert pathlib.Path(download.value.path()).read_bytes() == target.read_bytes(), ending


def check_way_by_keyboard(desk):
    """From the months to the records behind a figure, and back, without a mouse; the focus is always to be seen."""
    desk.open("/")
    page = desk.page
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("[document.activeElement.className, document.activeElement.getAttribute('href')]")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", focused
        if (focused[1] or "").startswith("/figures?period=2026-10"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/figures?period=2026-10")
    page.locator("#figures tbody a[href^='/behind']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/behind?*")
    assert page.get_by_role("heading", name="How the amounts came about").is_visible()
    assert "page-" in page.locator("#records").text_content(), "the file of a record"
    page.go_back()
    page.wait_for_url("**/figures?period=2026-10")
    page.reload()
    assert page.get_by_role("heading", level=1).text_content() == "Figures of October 2026"


def check_form(desk):
    """A question is asked by a form, and its address can be kept."""
    desk.open("/figures?period=2026-10")
    desk.page.get_by_label("Compare with").select_option(label="the previous month")
    desk.page.get_by_role("checkbox", name="Component").uncheck()
    desk.page.get_by_role("button", name="Show", exact=True).click()
    desk.page.wait_for_url("**compare=previous-month**")
    assert "Previous period" in desk.page.locator("#figures thead").text_content()
    desk.page.locator("#figures thead a").get_by_text("Amount", exact=True).click()
    desk.page.wait_for_url("**sort=-amount**")
    assert desk.page.locator("#figures th[aria-sort='descending']").count() == 1


def check_strangers(desk):
    """Neither another browser nor a page of another address sees anything; no script runs."""
    context = desk.browser.new_context()
    page = context.new_page()
    for path in ("/", "/log", "/start", desk.start[len(desk.base):]):
        assert page.goto(desk.base + path).status == 403, path
    page.set_content(f"<iframe src='{desk.base}/'></iframe><script src='{desk.base}/assets/desk.css'></script>")
    context.close()
    desk.open("/")
    assert desk.context.cookies()[0]["httpOnly"] and desk.context.cookies()[0]["sameSite"] == "Strict"
    assert desk.page.evaluate("document.cookie") == ""


def main():
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = pathlib.Path(name)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        settings, hostile = make_book(folder), make_hostile(folder)
        with Desk(browser, settings) as desk:
            rows = check_figures(desk)
            check_downloads(desk, folder)
            check_way_by_keyboard(desk)
            check_form(desk)
            check_strangers(desk)
            desk.open("/figures?period=2026-10")
            behind = desk.page.locator("#figures tbody a[href^='/behind']").first.get_attribute("href")
            views = ["/", "/figures?period=2026-10&compare=previous-month", behind, "/warnings?period=2026-10",
                     "/changes?period=2026-08", "/changes?period=2026-10", "/log"]
            for view in views:
                desk.open(view)
                desk.look(view)
        with Desk(browser, hostile) as desk:
            alerts = []
            desk.page.on("dialog", lambda dialog: alerts.append(dialog.message))
            hostile_views = ["/", "/figures?by=customer&by=project&by=component&by=user", "/warnings", "/log"]
            for view in hostile_views:
                desk.open(view)
                assert desk.page.locator("script").count() == 0, view
                desk.look(view)
            assert not alerts, alerts
        print(f"{rows} rows the same in Chromium {browser.version}; {len(views) + len(hostile_views)} views in {len(LOOKS)} looks, "
              "nothing asked for elsewhere, nothing that axe objects to")
        browser.close()


if __name__ == "__main__":
    COMMAND = str(pathlib.Path(sys.argv[1]).resolve())
    main()
