"""Specs that would hang, or fill the memory or the stack: each ends soon, with one clear mistake."""

import time

import pytest

from cnnspec.analysis import analyse
from cnnspec.source.diagnostic import MOST_KEPT

HEAD = "cnnspec: 1\ninputs: {x: [8, 8, 3]}\n"
OPEN = "cnnspec: 1\ninputs: {x: [null, 3]}\n"


def many(text: str, count: int, separator: str = ", ") -> str:
    return separator.join(text.replace("%", str(number)) for number in range(count))


def blocks(depth: int, body: str, innermost: str = "identity") -> str:
    """Blocks, each made from the one before it, which `@` stands for."""
    lines = [f"  b{number}: {{layers: [{body.replace('@', f'b{number - 1}')}]}}" for number in range(1, depth)]
    return "blocks:\n  b0: {layers: [" + innermost + "]}\n" + "\n".join(lines) + f"\nmodel: [b{depth - 1}]\n"


def nested(depth: int) -> str:
    """Variables in lists in lists, each in the next."""
    lines = [f"  v{number}: {'[' * 40}$v{number - 1}{']' * 40}" for number in range(1, depth)]
    return "vars:\n  v0: 1\n" + "\n".join(lines) + f"\nmodel: [dense: '${{len(v{depth - 1})}}']\n"


LAUGHS = "".join(f"  v{number}: [{many(f'$v{number - 1}', 10)}]\n" for number in range(1, 12))
COMPUTED = "".join(f"  v{number}: '${{[{many(f'v{number - 1}', 10)}]}}'\n" for number in range(1, 12))

CASES = {
    "lists of lists": (HEAD + "vars:\n  v0: [1, 1]\n" + LAUGHS + "model: [dense: '${len(v11)}']\n", "too-many-values"),
    "computed lists": (
        HEAD + "vars:\n  v0: [1, 1]\n" + COMPUTED + "model: [dense: '${len(v11)}']\n",
        "too-many-values",
    ),
    "lists in lists": (HEAD + nested(60), "too-deep"),
    "a long list, often": (
        HEAD + f"vars: {{v: [{many('1', 50_000)}]}}\nmodel:\n" + many("  - dense: ${len(v)}", 3000, "\n"),
        "too-many-values",
    ),
    "blocks twice in blocks": (HEAD + blocks(40, "@, @", "identity: {when: false}"), "model-too-large"),
    "blocks in blocks": (HEAD + blocks(60, "residual: {layers: [@]}"), "too-deep"),
    "many layers": (HEAD + "model: [identity: {repeat: 20000}, identity]\n", "model-too-large"),
    "many parts": (
        HEAD + "model: [conv: {filters: 1, kernel_size: 1, norm: batch, activation: relu, repeat: 9000}]\n",
        "model-too-large",
    ),
    "many sources": (
        HEAD + f"blocks: {{b: {{layers: [add: {{from: [{many('input', 5000)}]}}]}}}}\nmodel: [b: {{repeat: 20000}}]\n",
        "model-too-large",
    ),
    "many parameters": (
        HEAD + f"blocks: {{b: {{params: {{{many('p%: 1', 5000)}}}, layers: [identity]}}}}\n"
        "model: [b: {repeat: 20000}]\n",
        "model-too-large",
    ),
    "many variants": (
        HEAD + f"vars: {{n: 1}}\nvariants: {{{many('v%: {}', 20_000)}}}\nmodel: [dense: $n]\n",
        "model-too-large",
    ),
    "unknown lengths in quotients": (
        OPEN + "blocks: {b: {layers: [identity: {name: a}, concat: {axis: 1, from: [a, a]}, max_pool: 3]}}\n"
        "model: [b: {repeat: 500}]\n",
        "shape-mismatch",
    ),
    "unknown lengths that double": (
        OPEN + "blocks:\n  b: {layers: [identity: {name: a}, max_pool: {name: p}, concat: {axis: 1, from: [a, p]}]}\n"
        "model: [b: {repeat: 60}]\n",
        "shape-mismatch",
    ),
    "unknown lengths times millions": (OPEN + "model: [up_sample: {size: 1000000, repeat: 2000}]\n", "shape-mismatch"),
    "known lengths times millions": (HEAD + "model: [up_sample: {size: 1000000, repeat: 2000}]\n", "shape-mismatch"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code"), CASES.values(), ids=CASES.keys())
def test_a_spec_without_bounds_ends_soon_with_one_mistake(text: str, code: str) -> None:
    start = time.process_time()
    analysis = analyse("-", (), lambda: text.encode(), every_variant=True)
    assert {diagnostic.code for diagnostic in analysis.diagnostics} == {code}, analysis.diagnostics[:3]
    assert len(analysis.diagnostics) == 1
    assert time.process_time() - start < 60, "far more than it takes"


def test_many_mistakes_are_found_as_fast_as_they_are_written() -> None:
    """Names, kinds and shapes, thousands of each: no comparison of all with all."""
    texts = [
        HEAD + "model:\n" + many("  - identity: {from: unknown%, name: n%}", 2000, "\n"),
        HEAD + "model:\n" + many("  - idnetity%", 5000, "\n"),
        HEAD + "model:\n  - identity: {repeat: 5000}\n  - parallel:\n      branches:\n"
        + many("        - [dense: {units: 3, norm: {batch: {axis: 7}}}]", 2000, "\n"),
    ]  # fmt: skip
    start = time.process_time()
    for text, count in zip(texts, (2000, 5000, 2000), strict=True):
        found = analyse("-", (), text.encode).diagnostics
        assert sum(diagnostic.more or 1 for diagnostic in found) == count and len(found) == MOST_KEPT + 1
    assert time.process_time() - start < 60, "far more than it takes"


def test_a_long_chain_of_variables_is_no_deep_one() -> None:
    lines = "".join(f"  v{number}: '${{v{number - 1} + 1}}'\n" for number in range(2000, 0, -1))
    analysis = analyse("-", (), lambda: (HEAD + "vars:\n" + lines + "  v0: 0\nmodel: [dense: $v2000]\n").encode())
    assert analysis.graph is not None and analysis.graph.nodes[-1].output == (8, 8, 2000)
