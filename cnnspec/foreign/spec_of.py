"""The spec that says the same as a network of a file."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnnspec.analysis import analyse
from cnnspec.foreign.alike import (
    everywhere,
    with_activation,
    with_optional_shortcuts,
    with_projections,
    with_rows_as_residuals,
)
from cnnspec.foreign.blocks import Block, Blocks
from cnnspec.foreign.fused import Fused, fused
from cnnspec.foreign.network import ForeignLayer, ForeignNetwork
from cnnspec.foreign.places import placed
from cnnspec.foreign.regions import regions
from cnnspec.foreign.reused import with_reuse
from cnnspec.foreign.runs import with_repeats
from cnnspec.foreign.sameness import same
from cnnspec.foreign.skeletons import Shapes
from cnnspec.foreign.spec_document import block_of, input_of, model_of, value_of
from cnnspec.foreign.stages import units
from cnnspec.foreign.usual import leaning, most_say, without_usual
from cnnspec.foreign.yaml_text import lines
from cnnspec.source.diagnostic import rejected
from cnnspec.source.frozen import frozen
from cnnspec.source.route import NOWHERE

_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


@frozen
class ImportedSpec:
    """The text of a spec, and in a sentence each what of the file it does not say.

    `passed_over` are the layers of the file that no entry stands for, as if what they read were what they give.
    """

    text: str
    left_out: tuple[str, ...]
    passed_over: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The text."""
        return self.text


def spec_of(network: ForeignNetwork, origin: str) -> ImportedSpec:
    """The spec of a network, folded as far as it stays the same; `origin` is what it was read from.

    Raises Rejected where no layer is left.
    """
    joined = fused(network)
    if not joined.nodes:
        known = ", ".join(dict.fromkeys(each.written or each.kind for each in joined.lost[:6]))
        raise rejected(
            "bad-model", f"{origin} has no layer that a spec can say, but for its inputs: {known}", at=NOWHERE
        )
    left = tuple(_left_out(network, joined.lost))
    text = ""
    for folding in _FOLDINGS:
        document = _document(network, joined, folding)
        text = _text(document, origin, left)
        graph = analyse("-", standard_input=text.encode).graph
        if graph is not None and same(joined, [each.name for each in network.inputs], graph):
            break
    return ImportedSpec(_allowing(text), left, tuple(layer.name for layer in joined.lost))


def _allowing(text: str) -> str:
    """The text with what a file's network is warned of allowed, line by line: it is as it was found."""
    for _ in range(_ROUNDS):
        found = analyse("-", standard_input=text.encode, every_variant=True)
        codes: dict[int, set[str]] = {}
        for each in found.diagnostics:
            if each.severity == "warning" and each.span is not None:
                codes.setdefault(each.span.line, set()).add(each.code)
        if found.wrong or not codes:
            break
        rows = text.split("\n")
        for line, each_code in codes.items():
            rows[line - 1] += f"  # cnnspec: allow {', '.join(sorted(each_code))}"
        text = "\n".join(rows)
    return text


_ROUNDS = 3


_FOLDINGS: tuple[frozenset[str], ...] = (
    frozenset({"blocks", "optional", "if_same", "projections"}),
    frozenset({"blocks", "optional", "projections"}),
    frozenset({"blocks"}),
    frozenset(),
)
"""What is tried, one after the other: everything, then less."""


def _document(network: ForeignNetwork, joined: Fused, folding: frozenset[str]) -> dict[str, Any]:
    plainer, defaults = without_usual(joined)
    again = with_reuse(plainer)
    vertices = regions(again.fused, [each.name for each in network.inputs])
    for vertex in vertices:
        vertex.items = list(with_activation(tuple(vertex.items)))
    where = placed(network, plainer.outputs, vertices, again.titles)
    titles, rows = [title for title, _ in where.stages], [row for _, row in where.stages]
    blocks: list[Block] = []
    if "projections" in folding:
        rows = [everywhere(row, with_projections) for row in rows]
    if "optional" in folding:
        rows = with_optional_shortcuts(rows, Shapes.of(rows))
    if "if_same" in folding:
        rows = with_rows_as_residuals(rows, Shapes.of(rows))
    if "blocks" in folding:
        found = Blocks(rows, Shapes.of(rows), units(rows))
        found.find()
        rows, blocks = found.rows, found.blocks
        rows = [with_repeats(row, blocks) for row in rows]
        blocks = [replace(block, layers=with_repeats(block.layers, blocks)) for block in blocks]
    said = most_say([*rows, *(block.layers for block in blocks)])
    defaults = {kind: {**defaults.get(kind, {}), **said.get(kind, {})} for kind in dict.fromkeys((*defaults, *said))}
    rows = [everywhere(row, lambda item: leaning(item, said)) for row in rows]
    blocks = [replace(block, layers=everywhere(block.layers, lambda item: leaning(item, said))) for block in blocks]
    document: dict[str, Any] = {"cnnspec": 1, "name": _spec_name(network.name)}
    if defaults:
        document["defaults"] = {kind: value_of(each) for kind, each in defaults.items()}
    if blocks:
        document["blocks"] = {block.name: block_of(block) for block in blocks}
    document["inputs"] = {name: input_of(given) for name, given in where.inputs.items()}
    document["model"] = model_of(list(zip(titles, rows, strict=True)))
    if where.outputs:
        document["outputs"] = dict(where.outputs)
    return document


def _spec_name(name: str) -> str:
    word = _NAME.sub("-", name).strip("-_.")[:64]
    return word if re.match(r"[A-Za-z]", word) else f"model-{word}".rstrip("-")[:64]


def _left_out(network: ForeignNetwork, lost: tuple[ForeignLayer, ...]) -> Iterator[str]:
    """What the spec does not say, a sentence each."""
    for layer in lost:
        called = layer.written or layer.kind
        known = f": {'; '.join(layer.unknown)}" if layer.unknown else ""
        reads = f", reads {', '.join(layer.inputs[:3])}" if layer.inputs else ""
        yield f"the layer {layer.name} of class {called}{reads}{known}"
    gone = {layer.name for layer in lost}
    for layer in network.layers:
        if layer.unknown and layer.name not in gone:
            yield f"of {layer.name} ({layer.kind}): {'; '.join(layer.unknown)}"
    yield from network.left_out


def _text(document: dict[str, Any], origin: str, left: tuple[str, ...]) -> str:
    head = [f"# Imported from {_one_line(origin)}."]
    if left:
        head.append("# Left out, as no spec can say it:")
        head += [f"# - {_one_line(each)}" for each in left]
    body = [line for key, value in document.items() for line in lines(key, value)]
    return "\n".join([*head, "", *body, ""])


def _one_line(text: str) -> str:
    return re.sub(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]+", " ", text)[:300]
