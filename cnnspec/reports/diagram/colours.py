"""The colours of a drawing, on light and on dark ground: a fill and an edge for each category, inks for texts."""

from enum import StrEnum

from cnnspec.source.frozen import frozen


class Theme(StrEnum):
    """On which ground a drawing stands; `auto` follows what its reader prefers."""

    auto = "auto"
    light = "light"
    dark = "dark"


@frozen
class Palette:
    """Colours as `#rrggbb`. `fills` has (fill, edge) by category."""

    ground: str
    card: str
    head: str
    border: str
    frame: str
    ink: str
    faint: str
    wire: str
    skip: str
    fills: dict[str, tuple[str, str]]

    def of_box(self, role: str, category: str) -> tuple[str, str]:
        """The fill and the edge of a box; no fill for a frame."""
        own = {
            "stage": (self.card, self.border),
            "title": (self.head, self.border),
            "sheet": (self.head, self.border),
            "frame": ("", self.frame),
            "dot": (self.skip, self.skip),
        }
        return self.fills[category] if category else own[role]

    def of_text(self, role: str) -> str:
        """The ink of a text."""
        return self.faint if role in ("faint", "shape", "caption") else self.ink

    def of_face(self, category: str, side: str) -> tuple[str, str]:
        """The fill and the edge of a side of a volume, as light falls on it."""
        fill, edge = self.fills[category]
        return _mixed(fill, edge, SIDES[side]), edge


SIDES = {"front": 0.12, "top": 0.0, "side": 0.38}
"""The sides of a volume that are seen, with how much of its edge's colour each has."""


def _mixed(one: str, other: str, part: float) -> str:
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


LIGHT = Palette(
    ground="#ffffff",
    card="#f8fafc",
    head="#eef2f7",
    border="#c3cddb",
    frame="#a8b5c8",
    ink="#1b2636",
    faint="#4d5b70",
    wire="#7c8aa0",
    skip="#d5631a",
    fills={
        "input": ("#ffffff", "#64748b"),
        "convolution": ("#d6e6fd", "#3b78d8"),
        "pooling": ("#fcdcda", "#d9534f"),
        "dense": ("#d3f1de", "#2f9e5f"),
        "recurrent": ("#cdf1ec", "#12928a"),
        "attention": ("#fbdcec", "#cf3f8c"),
        "embedding": ("#e8f4c4", "#7a9a18"),
        "norm": ("#e6dffb", "#7e5bd0"),
        "activation": ("#fdeebf", "#c2900c"),
        "dropout": ("#eceff3", "#98a4b3"),
        "merge": ("#e3e8ef", "#5f6f86"),
        "gate": ("#fbe3cf", "#c8732c"),
        "preparation": ("#f1efe9", "#a39a86"),
        "block": ("#dfe3fb", "#5d6bd6"),
        "other": ("#f3f4f6", "#9aa3b0"),
    },
)
DARK = Palette(
    ground="#0e1420",
    card="#161e2c",
    head="#1e293b",
    border="#364459",
    frame="#4b5b74",
    ink="#e7edf6",
    faint="#bccadd",
    wire="#8091aa",
    skip="#f39a55",
    fills={
        "input": ("#0e1420", "#94a3b8"),
        "convolution": ("#1c3b66", "#5c9bf2"),
        "pooling": ("#5a2427", "#ee7b76"),
        "dense": ("#174a30", "#4cc484"),
        "recurrent": ("#11494a", "#35c3b6"),
        "attention": ("#571f40", "#ee77b6"),
        "embedding": ("#3c4a12", "#a9cc3c"),
        "norm": ("#3a2d66", "#a98df0"),
        "activation": ("#544010", "#e3b43a"),
        "dropout": ("#272f3c", "#7f8da1"),
        "merge": ("#2b3648", "#93a4bd"),
        "gate": ("#553015", "#ee9a58"),
        "preparation": ("#36322a", "#b5aa92"),
        "block": ("#2a3170", "#8e9af5"),
        "other": ("#262d38", "#8793a5"),
    },
)


def palette_of(theme: Theme) -> Palette:
    """The colours of a theme; where the reader would choose, those on light."""
    return DARK if theme is Theme.dark else LIGHT
