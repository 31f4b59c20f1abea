"""How wide text is in Bitstream Vera, by the font's own file."""

from functools import cache
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont


@cache
def _fonts() -> tuple[str, str]:
    for name in ("Vera", "VeraBd"):
        pdfmetrics.registerFont(TTFont(f"Test{name}", str(Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf")))
    return "TestVera", "TestVeraBd"


def vera_width(text: str, size: float, bold: bool = False) -> float:
    """In the unit of `size`."""
    return float(pdfmetrics.stringWidth(text, _fonts()[bold], size))
