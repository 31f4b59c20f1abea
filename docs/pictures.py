"""Draws the pictures of these pages: `python docs/pictures.py` writes the SVG files beside this one."""

import contextlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnspec.analysis import analyse
from cnnspec.reports.diagnostics.text import as_text, tally
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Style, diagram
from cnnspec.reports.page import Page, put
from cnnspec.reports.summary.collect import collect
from cnnspec.reports.summary.stages import stage_sheet
from cnnspec.reports.terminal import lay_out

FOLDER = Path(__file__).parent
WIDTH = 88
PAGE = Page(WIDTH, terminal=True)
WRONG = """\
cnnspec: 1
name: mine
inputs: {image: [28, 28, 1]}
model:
  features:
    - conv: {filters: 32, kernel_size: 3, stride: 2, norm: batch, activation: relu}
    - maxpool: 2
  head:
    - flatten
    - dense: {units: "10", activation: softmax}
"""


def summary() -> Text:
    """What `cnnspec summary resnet@18` prints."""
    spec, graph = analyse("resnet@18").require()
    return lay_out((stage_sheet(collect(spec.shown, spec.reference, graph)),), PAGE)


def validate() -> Text:
    """What `cnnspec validate mine.yaml` prints for a spec with three mistakes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("mine.yaml").write_text(WRONG, encoding="utf-8")
        analysis = analyse("mine.yaml")
    return as_text(analysis.diagnostics, analysis.texts, PAGE).append(f"\n\n{tally(analysis.diagnostics)}")


PICTURES: dict[str, tuple[str, Callable[[], Text]]] = {
    "summary.svg": ("cnnspec summary resnet@18", summary),
    "validate.svg": ("cnnspec validate mine.yaml", validate),
}


DIAGRAMS: dict[str, tuple[str, Style, Depth]] = {
    "unet.svg": ("unet", Style.boxes, Depth.stages),
    "siamese.svg": ("siamese", Style.boxes, Depth.blocks),
    "vgg.svg": ("vgg@16", Style.volumes, Depth.blocks),
}
"""File -> what `cnnspec diagram` draws into it: the spec, its style and depth."""


def drawn(name: str) -> str:
    """What `cnnspec diagram SPEC --style STYLE --depth DEPTH -o FILE` writes."""
    argument, style, depth = DIAGRAMS[name]
    spec, graph = analyse(argument).require()
    return diagram(spec.shown, spec.reference, graph, style=style, depth=depth).svg()


def draw(command: str, output: Text) -> str:
    """A terminal in which the command was given and has printed the output."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    put(console, Text.assemble(("$ ", "green"), (command, "bold")))
    put(console, output)
    return console.export_svg(title=command, unique_id=command.replace(" ", "-").replace("@", "-").replace(".", "-"))


def main() -> None:
    """Write every picture."""
    for name, (command, output) in PICTURES.items():
        (FOLDER / name).write_text(draw(command, output()), encoding="utf-8")
    for name in DIAGRAMS:
        (FOLDER / name).write_text(drawn(name), encoding="utf-8")


if __name__ == "__main__":
    main()
