"""Two specs differ where their meaning does, and nowhere else; from either side the same differs."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.comparison.compare import Compared, Differences, compare
from cnnspec.comparison.differences import ArgumentChanged, FiguresChanged, Moved, Repeated, StageRenamed
from tests.support.often import examples
from tests.support.rewritten_specs import changed, specs, writings

OFTEN = settings(
    max_examples=examples(12, 25),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def compared(text: str) -> Compared:
    analysis = analyse("-", (), text.encode)
    assert not analysis.wrong, (text, analysis.diagnostics)
    spec, graph = analysis.require()
    return Compared(spec.shown, graph, spec)


def named(argument: str) -> Compared:
    spec, graph = analyse(argument).require()
    return Compared(spec.shown, graph, spec)


def differences(one: str, other: str) -> Differences:
    found = compare(named(one), named(other))
    assert compare(named(other), named(one)) == found.mirrored()
    assert found.mirrored().mirrored() == found
    return found


def small(model: str, more: str = "", shape: str = "[8, 8, 3]") -> Compared:
    return compared(f"cnnspec: 1\nname: small\ninputs: {{image: {shape}}}\nmodel: {model}\n{more}")


def told(one: Compared, other: Compared) -> list[str]:
    found = compare(one, other)
    assert compare(other, one) == found.mirrored()
    return [str(each) for each in found.all if not isinstance(each, FiguresChanged)]


@pytest.mark.parametrize("name", ["resnet@152", "inception-v3", "unet", "siamese", "textcnn", "vit"])
def test_a_bundled_spec_does_not_differ_from_itself(name: str) -> None:
    assert not differences(name, name)


@OFTEN
@given(st.data())
def test_no_way_of_writing_the_same_is_a_difference(data: Any) -> None:
    """Order of keys, comments, quotes, variables in place of values, repeats written out, blocks or none."""
    spec = data.draw(specs())
    assume(not analyse("-", (), json.dumps(spec).encode).wrong)
    one, other = data.draw(writings(spec)), data.draw(writings(spec))
    assert not compare(compared(one), compared(other)).all


@OFTEN
@given(st.data())
def test_every_change_is_a_difference_and_from_the_other_side_its_mirror(data: Any) -> None:
    spec = data.draw(specs())
    other = data.draw(changed(spec))
    assume(other != spec)
    texts = json.dumps(spec), json.dumps(other)
    analyses = [analyse("-", (), text.encode) for text in texts]
    assume(not any(each.wrong for each in analyses))
    one, two = (Compared("drawn", graph, spec) for spec, graph in (each.require() for each in analyses))
    found = compare(one, two)
    assert found.all, texts
    assert compare(two, one) == found.mirrored()
    assert str(found) != str(found.mirrored())


def test_repeats_are_folded_and_what_follows_from_them_is_told_by_stage() -> None:
    """As in ResNet-50 and 101, of which one stage differs."""
    first, *rest = differences("resnet@50", "resnet@101").all
    assert isinstance(first, Repeated) and str(first) == "conv4_x: × 6 -> × 23"
    assert all(isinstance(each, FiguresChanged) for each in rest)
    assert "parameters 25,610,152 -> 44,654,504" in str(rest[-1])
    assert "multiply-adds 3.86G -> 7.57G" in str(rest[-1])


def test_a_renamed_stage_is_told_as_such_and_nothing_else() -> None:
    one = small("{stem: [conv: {filters: 4, kernel_size: 3}], head: [global_avg_pool, dense: 3]}")
    other = small("{begin: [conv: {filters: 4, kernel_size: 3}], head: [global_avg_pool, dense: 3]}")
    found = compare(one, other).all
    assert [type(each) for each in found] == [StageRenamed]
    assert str(found[0]) == "stem -> begin: renamed"


def test_a_moved_entry_is_told_once() -> None:
    body = "conv: {filters: 4, kernel_size: 3, activation: relu}"
    one = small(f"{{body: [dropout: 0.5, {body}], head: [global_avg_pool, dense: 3]}}")
    other = small(f"{{body: [{body}], head: [global_avg_pool, dropout: 0.5, dense: 3]}}")
    found = compare(one, other).all
    assert [type(each) for each in found] == [Moved]
    assert "dropout 0.5 moved" in str(found[0]) and "body" in str(found[0]) and "head" in str(found[0])


def test_an_argument_that_changes_alike_in_several_layers_is_one_difference() -> None:
    block = "conv: {filters: 4, kernel_size: 3, padding: same, kernel_initializer: %s, repeat: 3}"
    one, other = (small(f"{{body: [{block % word}]}}") for word in ("he_normal", "he_uniform"))
    (only,) = compare(one, other).all
    assert isinstance(only, ArgumentChanged) and len(only.names) == 3
    assert str(only) == "body: conv in 3 layers: kernel_initializer he_normal -> he_uniform"


def test_numbers_that_change_in_several_layers_are_told_as_a_range() -> None:
    row = "dropout: {rate: '${(i + 1) / %d}', repeat: 3}"
    (only,) = compare(small(f"{{body: [{row % 10}]}}"), small(f"{{body: [{row % 8}]}}")).all
    assert str(only) == "body: dropout in 3 layers: rate 0.1 to 0.3 -> 0.125 to 0.375"
    assert "body.dropout2: 0.2 -> 0.25" in only.verbose()


def test_a_skip_that_is_written_as_residual_or_by_name_is_the_same() -> None:
    """What is read is compared, not how it is written."""
    conv = "conv: {filters: 3, kernel_size: 3, padding: same"
    one = small(f"[residual: {{layers: [{conv}}}]}}]")
    other = small(f"[{conv}, name: main}}, add: {{from: [image, main]}}]")
    assert not compare(one, other)


def test_branches_may_change_places_in_a_sum_but_not_in_a_concat() -> None:
    left, right = "left: [max_pool: {pool_size: 2, strides: 1, padding: same}]", "right: [unit_norm]"
    for merge, differs in (("add", False), ("concat", True)):
        one = small(f"[parallel: {{merge: {merge}, branches: {{{left}, {right}}}}}]")
        other = small(f"[parallel: {{merge: {merge}, branches: {{{right}, {left}}}}}]")
        assert bool(compare(one, other)) is differs


def test_two_layers_alike_are_not_one_that_is_used_twice() -> None:
    """The outputs are the same shapes; the weights are shared in one alone."""
    written = "[dense: {units: 4, name: one, from: image}, %s: {%s, name: two, from: image}, add: {from: [one, two]}]"
    two, once = written % ("dense", "units: 4"), written % ("reuse", "entry: one")
    found = told(small(two, shape="[6]"), small(once, shape="[6]"))
    assert any("the weights of" in line for line in found), found


def test_what_a_phase_freezes_is_told_of_the_layers() -> None:
    model = "{stem: [conv: {filters: 4, kernel_size: 3}], head: [global_avg_pool, dense: 3]}"
    phases = "training: {phases: [{name: a, freeze: [%s]}, {name: b}]}"
    found = told(small(model, phases % "stem"), small(model, phases % "head"))
    assert len(found) == 2 and all("frozen in phases" in line for line in found), found


def test_defaults_that_are_written_out_are_no_difference() -> None:
    one = small("[conv: {filters: 4, kernel_size: 3}, max_pool: 2, flatten, dense: 3]", "training: {optimizer: adam}")
    other = small(
        "[conv: {filters: 4, kernel_size: [3, 3], strides: [1, 1], padding: 0, activation: linear, norm: none}, "
        "max_pool: {pool_size: [2, 2], strides: 2}, flatten, dense: {units: 3, use_bias: true}]",
        "training: {optimizer: {adam: {learning_rate: 0.001}}, epochs: 1}",
    )
    assert not compare(one, other)


def test_stages_that_lie_beside_each_other_are_told_each_with_its_own_content() -> None:
    """Two branches that end apart are one fork through four stages, of which none is told as the layer of another."""
    siamese = compared(
        """cnnspec: 1
name: siamese
inputs: {left: [8, 8, 2], right: [8, 8, 2]}
model:
  encode: [conv: {filters: 4, kernel_size: 3, from: left}, flatten, dense: 6]
  other: [reuse: {entry: encode, from: right}]
  compare: [subtract: {from: [encode, other]}, dense: {units: 1, activation: sigmoid}]
  size: [dense: {units: 2, from: encode}]
outputs: {same: compare, size: size}
"""
    )
    plain = small("{stem: [conv: {filters: 3, kernel_size: 5}], head: [global_avg_pool, dense: 3]}")
    found = told(plain, siamese)
    expected = {
        "network: + input right: 8×8×2",
        "encode: + stage (3×3, 4, valid; flatten; 144 × 6) reading left",
        "other: + stage (3×3, 4, valid; flatten; 144 × 6) with the weights of encode reading right",
        "compare: + stage (subtract; 6 × 1, sigmoid) reading encode.dense1, other.reuse1.encode.dense1",
        "size: + stage (6 × 2) reading encode.dense1",
        "stem: - stage (5×5, 3, valid)",
        "head: - stage (4×4 average pool; 3 × 3)",
    }
    assert expected <= set(found) and len(expected) == sum(" + " in line or " - " in line for line in found), found


def test_numbers_that_change_places_are_told_one_by_one() -> None:
    """From the least to the most they are the same."""
    row = "parallel: {for: {k: [%s]}, layers: [conv: {filters: '${4 * k}', kernel_size: $k, padding: same}]}"
    one, other = (small(f"{{body: [{row % sizes}]}}") for sizes in ("2, 3, 5", "5, 3, 2"))
    assert told(one, other) == [
        "body: conv in 2 layers: kernel_size [2, 5] -> [5, 2]",
        "body: conv in 2 layers: filters [8, 20] -> [20, 8]",
    ]


def test_an_output_that_is_called_otherwise_is_told_as_that() -> None:
    """Its name decides what the model gives: a tensor, or tensors by name."""
    model = "{stem: [conv: {filters: 3, kernel_size: 3}], head: [flatten, dense: 3]}"
    none, one, other = (small(model, more) for more in ("", "outputs: {output: head}", "outputs: {kind: head}"))
    assert told(none, one) == ["network: the output is now called output"]
    assert told(one, none) == ["network: the output is no longer called output"]
    assert told(one, other) == ["network: output output is now called kind"]
    model = "{stem: [flatten], head: [dense: 3], size: [dense: {units: 2, from: stem}]}"
    two, turned = small(model, "outputs: {kind: head, size: size}"), small(model, "outputs: {sort: head, size: size}")
    assert told(two, turned) == ["network: output kind is now called sort"]
