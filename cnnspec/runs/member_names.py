"""Names of members of a packed run: each is a file below one folder on every system, and no two are the same there."""

import re
import unicodedata
from collections.abc import Iterable

_FORBIDDEN = re.compile(r'[<>:"\\|?*]')
_DEVICES = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$"}) | {
    f"{name}{number}" for name in ("com", "lpt") for number in "0123456789¹²³"
}
"""What Windows takes for devices, with any ending."""
_LONGEST = 200
"""Bytes of one part of a name."""
_DEEPEST = 4


def wrong_with(name: str) -> str:
    """Why a member may not be called so, in words that follow `it`; empty where it may."""
    parts = name.split("/")
    if not name or name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "has an absolute path"
    if ".." in re.split(r"[/\\]", name):
        return "leads out of its folder"
    if len(parts) > _DEEPEST:
        return "lies too deep"
    return next(filter(None, map(_wrong_with_part, parts)), "")


def _wrong_with_part(part: str) -> str:
    if not part.isprintable() or _FORBIDDEN.search(part) or unicodedata.normalize("NFC", part) != part:
        return "has characters that are no file's on every system"
    if not part or part.startswith(".") or part != part.strip(" ") or part.endswith("."):
        return "has an empty or hidden part, or one that Windows would cut"
    if part.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
        return "is a device of Windows"
    return "is too long" if len(part.encode(errors="replace")) > _LONGEST else ""


def clash(names: Iterable[str]) -> str:
    """Two names that some system would take for one file, or for a file and its folder; empty where there are none."""
    seen: dict[str, str] = {}
    for name in names:
        key = _folded(name)
        if key in seen:
            return f"{seen[key]} twice" if seen[key] == name else f"both {seen[key]} and {name}"
        seen[key] = name
    for key, name in seen.items():
        parts = key.split("/")
        for depth in range(1, len(parts)):
            if (above := "/".join(parts[:depth])) in seen:
                return f"both {seen[above]} and {name}"
    return ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
