"""Makes the pictures of this folder: the workbook as LibreOffice prints it, the page as Chromium shows and prints it.

    python docs/pictures/make.py target/debug/usagebook

Needs soffice, chromium, pdftoppm and pdftotext (Debian: libreoffice-calc-nogui, chromium, poppler-utils,
fonts-dejavu-core, fonts-droid-fallback), and pip install pillow playwright. Other versions of these draw other pixels, so
that no test compares them.
"""

import pathlib
import subprocess
import sys
import tempfile

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REPORT = ["report", "fixtures/real/complete", "--period", "2026-10", "--as-of", "2026-11-23", "--quiet"]
CONFIGURATION = ["--config", "docs/pictures/usagebook.toml"]
PRICES = ["--prices", "fixtures/prices/rates.toml"]
SHEETS = ["Cover", "Amounts", "Summary", "Trend", "Checks"]
WIDTH = 1200


def run(*command):
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True)
    assert outcome.returncode == 0, outcome.stderr.decode()
    return outcome.stdout.decode()


def keep(source, name):
    """A small picture: as wide as a README shows it, of few colours."""
    picture = Image.open(source).convert("RGB")
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, picture.height * WIDTH // picture.width), Image.Resampling.LANCZOS)
    path = HERE / f"{name}.png"
    picture.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {picture.width} x {picture.height}, {path.stat().st_size:,} bytes")


def drawn(document, page, folder):
    """One page of a PDF, from 1, as a picture."""
    target = folder / f"{document.stem}-{page}"
    run("pdftoppm", "-r", "120", "-f", str(page), "-l", str(page), "-singlefile", "-png", str(document), str(target))
    return target.with_suffix(".png")


def pages(document):
    """The lines of each page, without blanks at their ends."""
    text = run("pdftotext", "-layout", str(document), "-")
    return [[line.strip() for line in page.splitlines() if line.strip()] for page in text.split("\f")]


def workbook(binary, folder):
    run(binary, *REPORT, *CONFIGURATION, *PRICES, "-o", folder / "october.xlsx")
    run("soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, folder / "october.xlsx")
    document = folder / "october.pdf"
    # The foot of each page names its sheet.
    feet = [page[-1] if page else "" for page in pages(document)]
    for sheet in SHEETS:
        page = next(at for at, foot in enumerate(feet, 1) if f"{sheet}, page " in foot)
        keep(drawn(document, page, folder), f"workbook-{sheet.lower()}")


def page(binary, folder):
    run(binary, *REPORT, *CONFIGURATION, *PRICES, "-o", folder / "october.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, scheme, width, height in [
            ("page", "light", 1200, 1500), ("page-dark", "dark", 1200, 1500), ("page-phone", "light", 390, 1200)
        ]:
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
            tab = context.new_page()
            tab.goto((folder / "october.html").as_uri())
            tab.screenshot(path=folder / f"{name}.png")
            keep(folder / f"{name}.png", name)
            if name == "page":
                tab.pdf(path=folder / "page.pdf", prefer_css_page_size=True, print_background=True)
            context.close()
        browser.close()
    keep(drawn(folder / "page.pdf", 1, folder), "page-paper")


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        workbook(binary, pathlib.Path(folder))
        page(binary, pathlib.Path(folder))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
