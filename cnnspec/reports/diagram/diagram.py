"""The diagram of a network, as a value that writes itself: as text, SVG, Mermaid and DOT, and for others to write."""

from enum import StrEnum

from rich.text import Text

from cnnspec.graph.nodes import Graph
from cnnspec.reports import numbers
from cnnspec.reports.diagram.build import Depth, structure_of
from cnnspec.reports.diagram.cards import boxes_drawing
from cnnspec.reports.diagram.colours import Theme
from cnnspec.reports.diagram.counted import costs
from cnnspec.reports.diagram.dot import as_dot
from cnnspec.reports.diagram.drawing import Drawing
from cnnspec.reports.diagram.mermaid import as_mermaid
from cnnspec.reports.diagram.outline import outline
from cnnspec.reports.diagram.page import Heading
from cnnspec.reports.diagram.parts import Structure
from cnnspec.reports.diagram.svg import as_svg
from cnnspec.reports.diagram.terminal import in_text
from cnnspec.reports.diagram.volumes import volumes_drawing
from cnnspec.reports.page import Page
from cnnspec.reports.safe import shown
from cnnspec.source.frozen import frozen


class Style(StrEnum):
    """What stands for a stage: a box with what is inside, or volumes of its tensors' sizes."""

    boxes = "boxes"
    volumes = "volumes"


@frozen
class Diagram:
    """A network that is laid out when it is asked for."""

    structure: Structure
    heading: Heading
    style: Style = Style.boxes

    def __repr__(self) -> str:
        return f"<Diagram {self.heading.name}: {len(self.structure.stages)} stages>"

    def __str__(self) -> str:
        return self.text(Page()).plain

    def text(self, page: Page) -> Text:
        """The drawing in lines of text, for a page of some width."""
        return in_text(self.structure, (self.heading.name, *self.heading.lines), page)

    def drawing(self) -> Drawing:
        """Boxes, wires and texts at their places."""
        draw = volumes_drawing if self.style is Style.volumes else boxes_drawing
        return draw(self.structure, self.heading)

    def svg(self, theme: Theme = Theme.auto) -> str:
        """The text of an SVG file."""
        return as_svg(self.drawing(), theme)

    def mermaid(self) -> str:
        """The text of a Mermaid flow chart."""
        return as_mermaid(outline(self.structure))

    def dot(self) -> str:
        """The text of a DOT file."""
        return as_dot(outline(self.structure), self.heading.name)


def diagram(
    name: str,
    reference: str,
    graph: Graph,
    *,
    style: Style = Style.boxes,
    depth: Depth = Depth.blocks,
    unfold: bool = False,
) -> Diagram:
    """The diagram of a graph under the name by which a person knows it (`resnet@50`); `unfold` draws every repeat."""
    structure = structure_of(graph, depth, unfold)
    cost = ", ".join(costs(graph.nodes, numbers.count, "multiply-adds"))
    usual = f"usual: {', '.join(structure.usual)}" if structure.usual else ""
    lines = tuple(shown(line) for line in (reference, cost, usual) if line)
    return Diagram(structure, Heading(shown(name), lines), style)
