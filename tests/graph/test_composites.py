"""Entries that stand for several layers: what the language declares of them is what the walk takes."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from cnnspec.analysis import Analysis, analyse
from cnnspec.language.check import argument_names
from cnnspec.language.composites import APART, ENTRY_ARGUMENTS, Composite, Merge, Shortcut

WRITTEN = {
    "residual": {"layers": "[identity]", "shortcut": "none", "activation": "relu"},
    "parallel": {"branches": "[[identity], [identity]]", "merge": "add", "divide": "false"},
    "reuse": {"entry": "first"},
    "squeeze_excite": {"units": "2", "activation": "silu", "gate": "hard_sigmoid", "form": "dense"},
}
LOOPED = {"for": "{k: [3, 5]}", "layers": "[identity]"}
ENTRY = {"name": "last", "from": "first", "repeat": "2", "first": "{}", "last": "{}", "when": "true"}
DECLARED = [(kind, argument) for kind, member in Composite.members.items() for argument in argument_names(member)]


@pytest.fixture
def analysed(tmp_path: Path) -> Callable[..., Analysis]:
    """A model of a named entry and one composite with these arguments."""

    def look(kind: str, arguments: dict[str, str] | str) -> Analysis:
        inside = (
            arguments if isinstance(arguments, str) else f"{{{', '.join(f'{k}: {v}' for k, v in arguments.items())}}}"
        )
        path = tmp_path / "spec.yaml"
        path.write_text(
            "cnnspec: 1\ninputs: {x: [8, 8, 4]}\nmodel:\n"
            f"  - conv: {{filters: 4, kernel_size: 1, name: first}}\n  - {kind}: {inside}\n"
        )
        return analyse(str(path))

    return look


@pytest.mark.parametrize(("kind", "argument"), DECLARED)
def test_the_walk_takes_every_declared_argument(kind: str, argument: str, analysed: Callable[..., Analysis]) -> None:
    """Nothing is said of it; only what it stands beside may be wrong."""
    arguments = LOOPED if argument in LOOPED and kind == "parallel" else WRITTEN[kind]
    assert argument in arguments
    assert analysed(kind, arguments).diagnostics == ()
    wrong = [each.code for each in analysed(kind, {**arguments, f"no_{argument}_no": "1"}).diagnostics]
    assert wrong == ["unknown-argument"]


@pytest.mark.parametrize("argument", ENTRY_ARGUMENTS)
@pytest.mark.parametrize("kind", Composite.members)
def test_every_composite_takes_what_every_entry_takes(
    kind: str, argument: str, analysed: Callable[..., Analysis]
) -> None:
    assert analysed(kind, {**WRITTEN[kind], argument: ENTRY[argument]}).diagnostics == ()


@pytest.mark.parametrize("kind", Composite.members)
def test_a_composite_with_a_value_alone_sets_its_first_argument(kind: str, analysed: Callable[..., Analysis]) -> None:
    first = Composite.members[kind].first_argument()
    alone, named = analysed(kind, WRITTEN[kind][first]), analysed(kind, {first: WRITTEN[kind][first]})
    assert alone.diagnostics == ()
    assert [node.name for node in alone.graph.nodes] == [node.name for node in named.graph.nodes]


@pytest.mark.parametrize("merge", [merge for merge in get_args(Merge) if merge != APART])
def test_every_declared_merge_is_a_layer_that_joins_the_branches(merge: str, analysed: Callable[..., Analysis]) -> None:
    _, graph = analysed("parallel", {**WRITTEN["parallel"], "merge": merge}).require()
    assert graph.nodes[-1].kind == merge
    assert len(graph.nodes[-1].inputs) == 2


@pytest.mark.parametrize("shortcut", get_args(Shortcut))
def test_every_declared_shortcut_leads_past_the_main_path(shortcut: str, analysed: Callable[..., Analysis]) -> None:
    """`auto` and `if_same` choose the identity here, where the shapes agree."""
    _, graph = analysed("residual", {**WRITTEN["residual"], "shortcut": shortcut}).require()
    step = graph.stages[-1].steps[-1]
    assert step.shortcut == {"auto": "identity", "if_same": "identity"}.get(shortcut, shortcut)


def test_a_ratio_of_a_gate_leads_to_units_of_the_channels(tmp_path: Path) -> None:
    """What the help writes computes where it says so: in a block."""
    path = tmp_path / "spec.yaml"

    def found(arguments: str) -> Analysis:
        blocks = f"blocks:\n  gate:\n    layers:\n      - squeeze_excite: {{{arguments}}}\n"
        path.write_text(f"cnnspec: 1\nname: spec\ninputs: {{x: [8, 8, 16]}}\nmodel: [gate]\n{blocks}", encoding="utf-8")
        return analyse(str(path))

    for word in ("ratio", "reduction"):
        (help,) = [each.help for each in found(f"{word}: 4").diagnostics if each.code == "unknown-argument"]
        assert (written := re.search(r'units: ".*"', help))
        assert not found(written[0]).diagnostics
