"""The page itself: one text of which nothing comes from a run, under a policy that lets its own script run alone."""

import base64
import hashlib
from importlib.resources import files

_HERE = "cnnspec.reports.demo"


def demo_page() -> tuple[bytes, str]:
    """The page, and its policy: its style and its script by their hashes, pictures within it, answers of its server."""
    style, script, body = (_read(name) for name in ("page.css", "page.js", "page.html"))
    page = body.replace("/* style */", style).replace("/* script */", script)
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page.encode(), policy


def _read(name: str) -> str:
    return files(_HERE).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
