"""Every key of a spec but `data` and `training`, every argument of an entry and of what holds entries does something.

Whether it does the right thing is held elsewhere; here nothing may be read and then forgotten.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cnnspec.analysis import Analysis, analyse
from cnnspec.language.composites import EntryArguments, Parallel, Residual, Reuse, SqueezeExcite
from cnnspec.language.keys import FACTS, TOP_LEVEL
from cnnspec.layers.model import Fields
from cnnspec.reports.summary.as_json import summary_json
from cnnspec.reports.summary.collect import collect

CONV = "conv: {filters: 4, kernel_size: 3, padding: same}"
SPEC = "cnnspec: 1\nname: small\ninputs: {x: [8, 8, 4]}\nmodel:\n  - "
RESIDUAL = SPEC + f"residual: {{layers: [{CONV}]}}"
PARALLEL = SPEC + f"parallel: {{branches: {{a: [{CONV}], b: []}}}}"
FOR = SPEC + "parallel: {for: {n: [2, 3]}, layers: [conv: {filters: $n, kernel_size: 1}]}"
ENTRY = SPEC + f"{CONV[:-1]}}}\n  - global_avg_pool"
TWO = "cnnspec: 1\nname: small\ninputs: {x: [4], y: [4]}\nmodel:\n  one: [dense: {units: 4, from: x}]\n"
STAGES = "cnnspec: 1\nname: small\ninputs: {x: [4]}\nmodel: {one: [dense: 4], two: [dense: 5]}\n"
GATE = SPEC + "squeeze_excite: {units: 2}"
VARIED = "cnnspec: 1\nname: small\nvars: {n: 4}\nvariants: {wide: {n: 9}}\ninputs: {x: [4]}\nmodel: [dense: $n]\n"
BLOCK = "cnnspec: 1\nname: small\nblocks: {b: {layers: [dense: 4]}}\ninputs: {x: [4]}\nmodel: [b]\n"

CHANGES: Mapping[str, tuple[str, str]] = {
    "residual.layers": (RESIDUAL, RESIDUAL.replace("kernel_size: 3", "kernel_size: 5")),
    "residual.shortcut": (RESIDUAL, RESIDUAL.replace("{layers", "{shortcut: projection, layers")),
    "residual.activation": (RESIDUAL, RESIDUAL.replace("{layers", "{activation: relu, layers")),
    "parallel.branches": (PARALLEL, PARALLEL.replace("b: []", "c: [dense: 4]")),
    "parallel.for": (FOR, FOR.replace("[2, 3]", "[2, 5]")),
    "parallel.layers": (FOR, FOR.replace("kernel_size: 1", "kernel_size: 2")),
    "parallel.merge": (PARALLEL, PARALLEL.replace("{branches", "{merge: add, branches")),
    "parallel.divide": (PARALLEL, PARALLEL.replace("{branches", "{divide: true, branches")),
    "reuse.entry": (
        TWO
        + "  two: [dense: {units: 4, from: y}]\n  all: [reuse: {entry: one, from: two}]\noutputs: {a: one, b: all}\n",
        TWO
        + "  two: [dense: {units: 4, from: y}]\n  all: [reuse: {entry: two, from: two}]\noutputs: {a: one, b: all}\n",
    ),
    "squeeze_excite.units": (GATE, GATE.replace("units: 2", "units: 1")),
    **{
        f"squeeze_excite.{key}": (GATE, GATE.replace("}", f", {key}: {value}}}"))
        for key, value in {"activation": "silu", "gate": "hard_sigmoid", "form": "dense"}.items()
    },
    "entry.name": (ENTRY, ENTRY.replace("{filters", "{name: called, filters")),
    "entry.from": (
        TWO + "  two: [dense: {units: 4, from: y}]\noutputs: {a: one, b: two}\n",
        TWO + "  two: [dense: {units: 4, from: one}]\noutputs: {a: one, b: two}\n",
    ),
    "entry.repeat": (ENTRY, ENTRY.replace("{filters", "{repeat: 2, filters")),
    "entry.first": (
        ENTRY.replace("{filters", "{repeat: 2, filters"),
        ENTRY.replace("{filters", "{repeat: 2, first: {strides: 2}, filters"),
    ),
    "entry.last": (
        ENTRY.replace("{filters", "{repeat: 2, filters"),
        ENTRY.replace("{filters", "{repeat: 2, last: {strides: 2}, filters"),
    ),
    "entry.when": (ENTRY, ENTRY.replace("{filters", "{when: false, filters")),
    "cnnspec": (ENTRY, ENTRY.replace("cnnspec: 1", "cnnspec: 2")),
    "name": (ENTRY, ENTRY.replace("name: small", "name: other")),
    "reference": (ENTRY, ENTRY + "\nreference: He et al. 2015"),
    "extends": (ENTRY, "cnnspec: 1\nname: small\nextends: lenet\n"),
    "vars": (VARIED, VARIED.replace("n: 4}", "n: 5}")),
    "variants": (VARIED + "default_variant: wide\n", VARIED.replace("n: 9", "n: 7") + "default_variant: wide\n"),
    "default_variant": (VARIED, VARIED + "default_variant: wide\n"),
    "blocks": (BLOCK, BLOCK.replace("dense: 4", "dense: 5")),
    "defaults": (ENTRY, ENTRY + "\ndefaults: {conv: {strides: 2}}"),
    "inputs": (ENTRY, ENTRY.replace("[8, 8, 4]", "[9, 8, 4]")),
    "model": (ENTRY, ENTRY.replace("global_avg_pool", "global_max_pool")),
    "outputs": (STAGES, STAGES + "outputs: {a: one, b: two}\n"),
    "expect": (ENTRY, ENTRY + "\nexpect: {params: 3}"),
    **{f"expect.{fact}": (ENTRY, f"{ENTRY}\nexpect: {{{fact}: {'[3]' if fact == 'output' else 3}}}") for fact in FACTS},
}
"""By key, a spec and the same with another value."""
ELSEWHERE = {
    "description": "for who reads the file, and the spec that a run keeps",
    "data": "each key under test where data is read",
    "pretrained": "for start_from, under test where weights are fetched",
    "training": "each key under test where networks are trained",
}
SECTIONS: Mapping[str, type[Fields]] = {
    "residual": Residual, "parallel": Parallel, "reuse": Reuse, "squeeze_excite": SqueezeExcite, "entry": EntryArguments
}  # fmt: skip


def keys() -> Iterator[str]:
    """Every key at the top, every argument, every fact."""
    yield from TOP_LEVEL
    for name, section in SECTIONS.items():
        for field, described in section.model_fields.items():
            yield f"{name}.{described.alias or field}"
    yield from (f"expect.{fact}" for fact in FACTS)


def test_every_key_is_tried() -> None:
    assert set(keys()) == set(CHANGES) | set(ELSEWHERE)


def seen(text: str, folder: Path) -> tuple[Any, ...]:
    """What is said of a spec: its mistakes, and its network."""
    path = folder / "small.yaml"
    path.write_text(text)
    analysis: Analysis = analyse(str(path))
    mistakes = tuple(each.message for each in analysis.diagnostics)
    if analysis.spec is None or analysis.graph is None:
        return mistakes
    network = summary_json((collect(analysis.spec.name, analysis.spec.reference, analysis.graph),), layers=True)
    return (*mistakes, network, *(node.name for node in analysis.graph.nodes))


@pytest.mark.parametrize("key", CHANGES)
def test_another_value_of_a_key_is_another_network_or_a_mistake(key: str, tmp_path: Path) -> None:
    before, after = CHANGES[key]
    assert seen(before, tmp_path) == seen(before, tmp_path) != seen(after, tmp_path)
