"""The fonts of this machine, where its systems and matplotlib keep them: plain ones of many letters first."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
_FIRST = ("dejavusans.", "notosans-regular", "notosans[", "arialuni", "arial.", "segoeui.", "liberationsans-regular")
"""How the names of files begin that are looked at before all others."""
_STYLED = ("bold", "italic", "oblique", "light", "thin", "black", "mono", "condensed", "serif")
_PLACEHOLDERS = "lastresort"
"""Unicode's Last Resort font, which matplotlib and macOS have, has for every character a box that tells its block."""
_MOST = 4000
"""Files that are listed at most."""


def installed_fonts() -> list[Path]:
    """Files of fonts, those first in which a name is read best; none on a machine without any."""
    found = {path for folder in _folders() for path in _fonts_in(folder)}
    return sorted(found, key=_rank)


def _rank(path: Path) -> tuple[int, int, str]:
    name = path.name.lower()
    first = next((place for place, start in enumerate(_FIRST) if name.startswith(start)), len(_FIRST))
    return first, sum(style in name for style in _STYLED), str(path)


def _folders() -> Iterator[Path]:
    given = os.environ
    homes = [Path(given[name]) for name in ("HOME", "USERPROFILE") if given.get(name)]
    for home in homes:
        yield from (home / each for each in (".fonts", ".local/share/fonts", "Library/Fonts"))
    yield from (Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    data = (given.get("XDG_DATA_HOME", ""), *(given.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":"))
    yield from (Path(each) / "fonts" for each in data if each)
    windows = {"WINDIR": "Fonts", "LOCALAPPDATA": "Microsoft/Windows/Fonts"}
    yield from (Path(given[name]) / below for name, below in windows.items() if given.get(name))
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin:
        yield Path(matplotlib.origin).parent / "mpl-data/fonts/ttf"


def _fonts_in(folder: Path) -> Iterator[Path]:
    count = 0
    for at, _, names in os.walk(folder):  # what cannot be listed is passed over
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS) and _PLACEHOLDERS not in name.lower() and count < _MOST:
                count += 1
                yield Path(at, name)
