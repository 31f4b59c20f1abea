"""`cnnspec diagram`: the picture of a network."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cnnspec import door
from cnnspec.cli.boundary import ends_here, understood, usage_error
from cnnspec.cli.new_file import check_new_file
from cnnspec.cli.options import SetOption, SpecArgument, standard_input
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import page, say
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.colours import Theme
from cnnspec.reports.diagram.diagram import Diagram, Style
from cnnspec.reports.diagram.diagram import diagram as draw
from cnnspec.reports.safe import shown
from cnnspec.runs.files import write_with

_OF_THE_EXTRA = {".pdf": ("reportlab", "pypdfium2"), ".png": ("reportlab", "pypdfium2")}
"""The libraries that files of an ending need, which come with an extra of the package."""
_OF_OTHERS = {".mmd": "Mermaid", ".dot": "Graphviz"}
_ENDINGS = (".svg", ".png", ".pdf", ".mmd", ".dot")


@ends_here
def diagram(
    spec: SpecArgument,
    output: Annotated[
        Path | None,
        Option("--output", "-o", metavar="FILE", help="The file to write: .svg, .png, .pdf, .mmd (Mermaid) or .dot."),
    ] = None,
    style: Annotated[
        Style, Option("--style", help="Boxes with what is inside, or volumes of the tensors' sizes.")
    ] = Style.boxes,
    depth: Annotated[Depth, Option("--depth", help="How deep it goes.")] = Depth.blocks,
    unfold: Annotated[bool, Option("--unfold", help="Draw every repeat.")] = False,
    theme: Annotated[Theme, Option("--theme", help="The ground; auto is as the reader's system is.")] = Theme.auto,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    settings: SetOption = None,
) -> None:
    """Draw a network: its stages, blocks with their repeats, skips and branches; without -o in the terminal."""
    if output is not None:
        _check(output, force)
    if style is Style.volumes and (output is None or output.suffix in _OF_OTHERS):
        raise _no_volumes(output)
    read, graph, _ = understood(spec, settings or (), standard_input)
    drawn = draw(read.shown, read.reference, graph, style=style, depth=depth, unfold=unfold)
    if output is None:
        say(drawn.text(page()))
        return
    write_with(output, lambda path: _fill(path, _content(drawn, output.suffix, theme)))
    say(f"{shown(str(output))}: {shown(read.shown)}")


def _no_volumes(output: Path | None) -> SystemExit:
    """Show that volumes are for files that hold pictures; to be raised."""
    where = "in the terminal" if output is None else f"in a file for {_OF_OTHERS[output.suffix]}"
    named = shown(str((output or Path("network")).with_suffix(".svg")))
    return usage_error(f"volumes are not drawn {where}", f"write -o {named}, or leave out --style volumes")


def _check(output: Path, force: bool) -> None:
    if output.suffix not in _ENDINGS:
        named = shown(str(output.parent / f"{output.stem or 'network'}.svg"))
        raise usage_error(f"{shown(str(output))} ends in none of {', '.join(_ENDINGS)}", f"write -o {named}")
    check_new_file(output, force, "-o")
    _check_extra(output)


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _content(drawn: Diagram, ending: str, theme: Theme) -> bytes:
    if ending in _OF_THE_EXTRA:
        return _painted(drawn, ending, theme)
    text = {".svg": lambda: drawn.svg(theme), ".mmd": drawn.mermaid, ".dot": drawn.dot}
    return text[ending]().encode()


def _painted(drawn: Diagram, ending: str, theme: Theme) -> bytes:
    return (door.pdf.as_pdf if ending == ".pdf" else door.pdf.as_png)(drawn.drawing(), theme)


def _check_extra(output: Path) -> None:
    """Raise what ends the command where a library is missing that its file needs."""
    missing = [name for name in _OF_THE_EXTRA.get(output.suffix, ()) if find_spec(name) is None]
    if missing:
        needed = (
            f"{output.suffix} needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed"
        )
        raise usage_error(needed, "pip install 'cnnspec[diagram]', or write .svg, which needs nothing")
