"""Networks explained, drawn, compared, and read from elsewhere: values whose text is what the command prints."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cnnspec import door
from cnnspec.api.compared import found_between, held
from cnnspec.api.named import PathLike, Settings, path_of
from cnnspec.api.new_file import write_new
from cnnspec.api.printed import PAGE
from cnnspec.comparison.compare import Compared
from cnnspec.comparison.compare import Differences as Found
from cnnspec.comparison.difference import Difference
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.colours import Theme
from cnnspec.reports.diagram.diagram import Diagram as Drawn
from cnnspec.reports.diagram.diagram import Style
from cnnspec.reports.diagram.html import diagram_picture
from cnnspec.reports.explain.explanation import Explanation as Told
from cnnspec.reports.html_tables import escaped

StyleName = Literal["boxes", "volumes"]
DepthName = Literal["stages", "blocks", "layers"]
ThemeName = Literal["auto", "light", "dark"]
__all__ = [
    "Depth",
    "Diagram",
    "Differences",
    "Explanation",
    "ImportedSpec",
    "Style",
    "compared",
    "diff",
    "import_model",
]


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """A network, a layer or a value explained by the network's own numbers; notebooks show it with its formulas."""

    told: Told

    def to(self, format: Literal["text", "markdown", "json"] = "text") -> str:
        """As the command prints it: in Markdown formulas are LaTeX."""
        if format == "json":
            return self.told.json()
        return self.told.markdown() if format == "markdown" else str(self)

    def __repr__(self) -> str:
        return f"<Explanation of {self.told.network}: {self.told.title}>"

    def __str__(self) -> str:
        return self.told.text(PAGE)

    def _repr_markdown_(self) -> str:
        return self.to("markdown")


@dataclass(frozen=True, slots=True, repr=False)
class Diagram:
    """The picture of a network; `str()` draws it in lines of text, notebooks show it as SVG."""

    drawn: Drawn

    def svg(self, theme: ThemeName = "auto") -> str:
        """The text of an SVG file; on the `auto` ground it is light or dark as its reader prefers."""
        return self.drawn.svg(Theme(theme))

    def mermaid(self) -> str:
        """The text of a Mermaid flow chart."""
        return self.drawn.mermaid()

    def dot(self) -> str:
        """The text of a DOT file."""
        return self.drawn.dot()

    def save(self, path: PathLike, theme: ThemeName = "auto", force: bool = False) -> Path:
        """Write it: .svg, .png, .pdf, .mmd or .dot, by the file's ending; with `force` over a file that is there.

        Raises Rejected; ImportError where .png and .pdf lack their libraries, which `pip install 'cnnspec[diagram]'`
        brings.
        """
        return write_new(Path(path), lambda ending: self._content(ending, theme), force, _ENDINGS)

    def _content(self, ending: str, theme: ThemeName) -> bytes:
        if ending in (".png", ".pdf"):
            paint = door.pdf.as_pdf if ending == ".pdf" else door.pdf.as_png
            return paint(self.drawn.drawing(), Theme(theme))
        return {".svg": lambda: self.svg(theme), ".mmd": self.mermaid, ".dot": self.dot}[ending]().encode()

    def __repr__(self) -> str:
        return repr(self.drawn)

    def __str__(self) -> str:
        return str(self.drawn)

    def _repr_html_(self) -> str:
        return diagram_html(self)


_ENDINGS = (".svg", ".png", ".pdf", ".mmd", ".dot")


def diagram_html(diagram: Diagram) -> str:
    """The drawing as a part of a page, no wider than that; it scrolls where it is high."""
    return f'<div style="max-width:100%;overflow:auto;max-height:48em">{diagram_picture(diagram.drawn)}</div>'


@dataclass(frozen=True, slots=True, repr=False)
class Differences:
    """What differs in meaning between two specs, a sequence; empty, and false, exactly where their meaning is the same.

    `str()` tells a line each.
    """

    found: Found

    def to(self, format: Literal["text", "verbose", "markdown", "json"] = "text") -> str:
        """As the command prints them; `verbose` with the names of the layers below each."""
        if format == "json":
            return door.differences.as_json(self.found)
        if format == "markdown":
            return door.differences.as_markdown(self.found)
        return door.differences.as_lines(self.found, PAGE, verbose=format == "verbose")

    def __len__(self) -> int:
        return len(self.found.all)

    def __getitem__(self, number: int) -> Difference:
        return self.found.all[number]

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.found.all)

    def __repr__(self) -> str:
        return f"<Differences between {self.found.one} and {self.found.other}: {len(self)}>"

    def __str__(self) -> str:
        return self.to() if self else ""

    def _repr_markdown_(self) -> str:
        return self.to("markdown") if self else "no difference in meaning"


def diff(one: PathLike, other: PathLike, set: Settings | None = None, every_variant: bool = False) -> Differences:
    """What differs in meaning between two specs, runs, `git:REVISION:path` or models that `import_model` reads.

    `set` lays values over the other one; with `every_variant` all variants of both are compared, each by itself. Raises
    Rejected where one of them has mistakes.
    """
    return Differences(found_between(one, other, set, every_variant))


def compared(what: PathLike, settings: Settings | None) -> Compared:
    """Something that is held against something else; raises Rejected where it has mistakes."""
    return held(what, settings).compared()


@dataclass(frozen=True, slots=True, repr=False)
class ImportedSpec:
    """The spec of a model that somebody has, as `text`; `left_out` says what of it no spec can say."""

    text: str
    left_out: tuple[str, ...]

    def save(self, path: PathLike, force: bool = False) -> Path:
        """Write it to a file that ends in .yaml; with `force` over one that is there. Raises Rejected."""
        return write_new(Path(path), lambda ending: self.text.encode(), force, (".yaml", ".yml"))

    def __repr__(self) -> str:
        return f"<ImportedSpec: {len(self.text.splitlines())} lines, {len(self.left_out)} left out>"

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        left = "".join(f"<div>left out: {escaped(each)}</div>" for each in self.left_out)
        return f"<pre>{'<br>'.join(map(escaped, self.text.splitlines()))}</pre>{left}"


def import_model(file: PathLike) -> ImportedSpec:
    """The spec of a model of Keras (.keras, .h5, config.json, `model.to_json()`), Darknet (.cfg) or Caffe (.prototxt).

    The file is read as data, and nothing in it runs. `cnnspec.load(path).map_weights(file)` says of its weights which
    the network takes. Raises Rejected, or OSError.
    """
    found = door.importing.imported(Path(path_of(file, "import_model() takes a file")))
    return ImportedSpec(found.text, found.left_out)
