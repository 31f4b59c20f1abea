"""A drawing as DOT text, for Graphviz."""

from collections.abc import Iterator

from cnnspec.reports.diagram.colours import LIGHT
from cnnspec.reports.diagram.outline import Cluster, Edge, Node, Outline
from cnnspec.reports.safe import shown

_SHAPES = {"box": "rounded,filled", "round": "rounded,filled,bold", "small": "rounded,filled"}


def as_dot(drawn: Outline, name: str) -> str:
    """The file's text."""
    lines = [
        f"digraph {_quoted(name)} {{",
        '  graph [fontname="Helvetica", rankdir=TB, style=rounded];',
        f'  node [fontname="Helvetica", fontsize=11, shape=box, fontcolor="{LIGHT.ink}"];',
        f'  edge [fontname="Helvetica", fontsize=9, color="{LIGHT.wire}", fontcolor="{LIGHT.faint}"];',
    ]
    lines += [line for member in drawn.members for line in _member(member, 1)]
    lines += [_edge(edge) for edge in drawn.edges]
    return "\n".join((*lines, "}")) + "\n"


def _member(member: Node | Cluster, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(member, Node):
        fill, edge = LIGHT.fills[member.category]
        look = f'style="{_SHAPES[member.shape]}", fillcolor="{fill}", color="{edge}"'
        yield f"{indent}{member.name} [label={_quoted(member.text)}, {look}];"
        return
    yield f"{indent}subgraph cluster_{member.name} {{"
    yield f'{indent}  label={_quoted(member.title)}; color="{LIGHT.border}"; fontsize=11;'
    for inner in member.members:
        yield from _member(inner, depth + 1)
    yield f"{indent}}}"


def _edge(edge: Edge) -> str:
    parts = [f"label={_quoted(edge.text)}"] if edge.text else []
    parts += ["style=dashed"] if edge.dashed else []
    said = ", ".join(parts)
    return f"  {edge.source} -> {edge.target}{f' [{said}]' if said else ''};"


def _quoted(text: str) -> str:
    """The text as a quoted string, its lines one under the other."""
    lines = (shown(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
