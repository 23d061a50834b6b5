"""Pictures of the running app for the READMEs: ``python -m benchmarks.pictures http://127.0.0.1:8501 --grid CODE``.

Start the demo first (``./wangge demo``). Chromium draws the pages at 1280 x 800; colours are reduced to a palette, so that
each file stays below 350 kB.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
LARGEST_BYTES = 350_000
SLOW_MS = 120_000
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--enable-unsafe-swiftshader", "--use-angle=swiftshader"]


def main(url: str, grid: Annotated[str, typer.Option(help="Code of the grid whose panel is shown.")], folder: Path = FOLDER) -> None:
    """Draw every picture and write it to the folder."""
    queries = {"planner-map-en": "lang=en", "planner-map-zh": "lang=zh", "grid-panel-zh": f"lang=zh&grid={grid}"}
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name, query in queries.items():
            path = folder / f"{name}.png"
            path.write_bytes(reduced(picture(browser, f"{url}/?{query}")))
            typer.echo(f"{path.name} {path.stat().st_size} bytes")
        browser.close()


def picture(browser: Browser, address: str) -> bytes:
    """The page as PNG once its map is drawn."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.wait_for_selector(".wangge-map[data-ready='1']", timeout=SLOW_MS)
    page.locator(".st-key-map_beside [data-testid='stExpander']").wait_for(timeout=SLOW_MS)
    page.wait_for_timeout(1500)  # the last tiles and letters
    drawn = page.screenshot()
    page.close()
    return drawn


def reduced(drawn: bytes) -> bytes:
    """The picture with as many palette colours as the size allows, chosen so that the swatches of a legend keep theirs."""
    image = Image.open(io.BytesIO(drawn)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST_BYTES:
            break
    return out.getvalue()


if __name__ == "__main__":
    typer.run(main)
