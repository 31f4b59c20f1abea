"""Pages opened in a real Chromium, without a driver: it is started, loads a page, and tells what the page became."""

import json
import re
import shutil
import subprocess
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MEASURE = """
const found = {errors: [], pictures: {}};
window.onerror = (message) => { found.errors.push(String(message)); };
function area(element) {
  const box = element.getBoundingClientRect();
  return [box.left, box.top, box.right, box.bottom];
}
window.addEventListener("load", () => {
  for (const holder of document.querySelectorAll("[data-picture]")) {
    const svg = holder.querySelector("svg"), texts = [], page = area(svg);
    for (const text of svg.querySelectorAll("text")) {
      const rect = text.parentNode.querySelector(":scope > rect");
      const inside = rect && text.parentNode !== svg;
      const below = inside ? rect : svg.querySelector("rect"), fill = getComputedStyle(below).fill;
      const ink = getComputedStyle(text).fill;
      texts.push({text: text.textContent, area: area(text), box: inside ? area(rect) : page, ink, fill});
    }
    found.pictures[holder.dataset.picture] = {page, texts};
  }
  found.scripts = document.scripts.length;
  found.dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const parser = new DOMParser();
  for (const [name, text] of Object.entries(window.files || {}))
    if (parser.parseFromString(text, "image/svg+xml").querySelector("parsererror")) found.errors.push(name);
  const told = document.createElement("pre");
  told.id = "found";
  told.textContent = JSON.stringify(found);
  document.body.appendChild(told);
});
"""


@cache
def browser() -> str:
    """The program; skips where there is none."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    return found


def opened(page: Path, *options: str) -> str:
    """What a page became after it was loaded, as text."""
    command = [
        browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *options,
        f"--user-data-dir={page.parent / 'profile'}", "--virtual-time-budget=4000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def measured(pictures: dict[str, str], folder: Path, dark: bool = False) -> dict[str, Any]:
    """Where every text of the SVG pictures came to lie, in which box, in which colours; and what went wrong."""
    page = folder / "pictures.html"
    files = json.dumps(pictures).replace("<", "\\u003c")
    body = "".join(f'<div data-picture="{name}">{svg}</div>' for name, svg in pictures.items())
    head = f'<meta charset="utf-8"><script>window.files = {files};{_MEASURE}</script>'
    page.write_text(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    became = opened(page, *(["--blink-settings=preferredColorScheme=0"] if dark else []))
    told = re.search(r'<pre id="found">(.*?)</pre>', became, re.DOTALL)
    assert told, became[-2000:]
    found: dict[str, Any] = json.loads(unescape(told[1]))
    return found
