"""A drawing as Mermaid text, which GitHub and many editors show."""

from collections.abc import Iterator

from cnnspec.reports.diagram.colours import LIGHT
from cnnspec.reports.diagram.outline import Cluster, Edge, Node, Outline
from cnnspec.reports.safe import shown

_SHAPES = {"box": ("[", "]"), "round": ("([", "])"), "small": ("([", "])")}
_MARKUP = {'"': "quot", "<": "lt", ">": "gt", "&": "amp", "`": "grave", "\\": "bsol", "$": "dollar", ";": "semi"}
"""What would end a text or be read as markup: names of HTML, which nodes and frames read alike, unlike Mermaid's."""


def as_mermaid(drawn: Outline) -> str:
    """The file's text."""
    lines = ["flowchart TD", *(line for member in drawn.members for line in _member(member, 1))]
    lines += [_edge(edge) for edge in drawn.edges]
    used = sorted({node.category for member in drawn.members for node in _nodes(member)})
    for category in used:
        fill, edge = LIGHT.fills[category]
        lines.append(f"  classDef {category} fill:{fill},stroke:{edge},color:{LIGHT.ink}")
    return "\n".join(lines) + "\n"


def _member(member: Node | Cluster, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(member, Node):
        left, right = _SHAPES[member.shape]
        yield f"{indent}{member.name}{left}{_quoted(member.text)}{right}:::{member.category}"
        return
    yield f"{indent}subgraph {member.name}[{_quoted(member.title)}]"
    for inner in member.members:
        yield from _member(inner, depth + 1)
    yield f"{indent}end"


def _nodes(member: Node | Cluster) -> Iterator[Node]:
    if isinstance(member, Node):
        yield member
    else:
        for inner in member.members:
            yield from _nodes(inner)


def _edge(edge: Edge) -> str:
    arrow = "-.->" if edge.dashed else "-->"
    text = f"|{_quoted(edge.text)}|" if edge.text else ""
    return f"  {edge.source} {arrow}{text} {edge.target}"


def _quoted(text: str) -> str:
    """The text as Mermaid shows it literally, its lines one under the other."""
    lines = ("".join(map(_plain, shown(line))) for line in text.split("\n"))
    said = "<br/>".join(lines)
    return f'"{said or " "}"'


def _plain(character: str) -> str:
    return f"&{_MARKUP[character]};" if character in _MARKUP else character
