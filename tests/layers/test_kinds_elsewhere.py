"""What other rooms must know of a kind of layer is a trait of it: they list no kinds, and ask no node for its kind."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnspec.layers import LAYERS
from tests.support.places import PACKAGE

TRANSLATORS = (PACKAGE / "foreign",)
"""What reads the files of other programs says which kind of ours another's is: it writes specs, and asks no layer."""
CALLED_ALIKE = {
    PACKAGE / "reports" / "diagram" / "categories.py",
    PACKAGE / "reports" / "diagram" / "colours.py",
    PACKAGE / "reports" / "diagram" / "slabs.py",
    PACKAGE / "reports" / "explain" / "ideas" / "__init__.py",
}
"""Colours of drawings, and ideas of a lecture, some of which are called as one of the kinds that have them."""
ELSEWHERE = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if not {PACKAGE / "layers", *TRANSLATORS} & set(path.parents) and path not in CALLED_ALIKE
]
KINDS = set(LAYERS) - {"identity", "maximum", "minimum"}
"""Names that stand for nothing else: a shortcut too is an identity, a schema too has a minimum."""


def named(nodes: list[ast.expr] | list[ast.expr | None]) -> set[str]:
    """The kinds among what stands there."""
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts & KINDS


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "Literal"


def listed(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Lines with a collection of several kinds, or that compare something's kind with one.

    A Literal is what people may write, as the merge of a parallel.
    """
    written = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript) and _is_literal(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict):
            kinds = named(node.keys if isinstance(node, ast.Dict) else node.elts)
            if len(kinds) > 1 and id(node) not in written:
                yield node.lineno, kinds
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            asks = any(isinstance(side, ast.Attribute) and side.attr == "kind" for side in sides)
            if asks and named(sides):
                yield node.lineno, named(sides)


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_other_room_lists_kinds_of_layers(path: Path) -> None:
    assert list(listed(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("code", ['{"conv", "dense"}', '{"conv": 1, "dense": 2}', 'node.kind == "conv"'])
def test_a_list_of_kinds_is_found(code: str) -> None:
    """In each form that one had."""
    assert [line for line, _ in listed(ast.parse(code))] == [1]
