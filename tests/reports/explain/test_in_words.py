"""Stages in sentences: no layer loses what tells it from another, and what is read elsewhere is named."""

import pytest

from cnnspec.language.location import Location
from cnnspec.reports.explain.explain import explain
from cnnspec.reports.explain.explanation import Explanation
from cnnspec.reports.explain.parts import Paragraph, Points
from tests.support.spec_texts import HEADER, read

CONV = "conv: {filters: 4, kernel_size: 3, padding: same"


def explained(text: str, place: str | None = None) -> Explanation:
    spec, graph = read(Location(None, "<stdin>"), HEADER.format(name="small") + text)
    return explain(spec, graph, place)


def sentences(found: Explanation) -> list[str]:
    return [part.text for section in found.sections for part in section.parts if isinstance(part, Paragraph)]


def points(found: Explanation) -> list[str]:
    each = [part.items for section in found.sections for part in section.parts if isinstance(part, Points)]
    return [item for items in each for item in items]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            "conv: {filters: 8, kernel_size: 3, groups: 4, dilation_rate: 2}",
            "conv with 8 kernels of 3×3 in 4 groups, dilation 2",
        ),
        ("conv: {filters: 1, kernel_size: [3, 1]}", "conv with 1 kernel of 3×1"),
        ("depthwise_conv: {kernel_size: 3, strides: 2}", "depthwise conv of 3×3 on each channel, 4 channels, stride 2"),
        ("depthwise_conv: {kernel_size: 3, depth_multiplier: 2}", "depthwise conv of 3×3 on each channel, 8 channels"),
        (
            "separable_conv: {filters: 8, kernel_size: 3, depth_multiplier: 2}",
            "separable conv with 8 kernels of 3×3, depth multiplier 2",
        ),
        ("conv_transpose: {filters: 8, kernel_size: 3, strides: 2}", "conv transpose with 8 kernels of 3×3, stride 2"),
        ("spectral_norm: {layer: {conv: {filters: 3, kernel_size: 1}}}", "conv with 3 kernels of 1×1, spectral norm"),
        (
            "time_distributed: {layer: {conv: {filters: 3, kernel_size: 2, activation: relu}}}",
            "conv with 3 kernels of width 2, relu, each step",
        ),
        (
            "squeeze_excite: 2",
            "what comes in is multiplied by a gate made of it (9×9 average pool; then conv with 2 kernels of 1×1, "
            "relu; then conv with 4 kernels of 1×1, sigmoid)",
        ),
        (
            f"residual: {{layers: [{CONV}}}], shortcut: []}}",
            "conv with 4 kernels of 3×3; then what was read is added",
        ),
        (
            f"residual: {{layers: [{CONV}}}], shortcut: [batch_norm]}}",
            "conv with 4 kernels of 3×3; then what was read, by way of a shortcut (batch norm), is added",
        ),
        (
            "parallel: {merge: add, branches: {a: [], b: [activation: relu]}}",
            "2 branches side by side, joined by add: the input as it is | relu",
        ),
    ],
)
def test_a_step_is_told_whole(entry: str, told: str) -> None:
    found = explained(f"inputs: {{image: [9, 9, 4]}}\nmodel: {{body: [{entry}]}}\n", "body")
    assert points(found) == [told]


def test_steps_that_run_ahead_in_time_differ_from_those_that_do_not() -> None:
    entries = "conv: {filters: 4, kernel_size: 3, padding: causal}, conv: {filters: 4, kernel_size: 3, padding: same}"
    found = explained(f"inputs: {{text: [9, 4]}}\nmodel: {{body: [{entries}]}}\n", "body")
    assert points(found) == ["conv with 4 kernels of width 3, causal", "conv with 4 kernels of width 3"]


SEVERAL = f"""inputs: {{left: [9, 9, 4], right: [9, 9, 4]}}
model:
  one: [{CONV}, from: left, name: early}}, {CONV}}}]
  two: [{CONV}}}]
  other: [reuse: {{entry: one, from: right}}]
  end:
    - concat: {{from: [one, one.early, two], name: all}}
    - {CONV}, from: other, name: next}}
    - add: {{from: [other, next]}}
    - activation: relu
outputs: {{all: end.all, last: end}}
"""


def test_what_is_read_elsewhere_is_named() -> None:
    assert points(explained(SEVERAL, "one")) == ["2 times conv with 4 kernels of 3×3"]
    assert sentences(explained(SEVERAL, "one"))[0] == "It reads (9, 9, 4) of left and gives (9, 9, 4):"
    assert sentences(explained(SEVERAL, "two"))[0] == "It reads (9, 9, 4) and gives (9, 9, 4):"
    assert points(explained(SEVERAL, "other")) == ["what one does, with the same weights"]
    assert sentences(explained(SEVERAL, "end"))[0].startswith(
        "It reads (9, 9, 4) of one, one.early, two and other and "
    )
    assert points(explained(SEVERAL, "end")) == [
        "concat of one, one.early and two",
        "conv with 4 kernels of 3×3, of other",
        "add of other and next",
        "relu",
    ]


def test_a_loss_that_is_left_to_the_program_is_told_as_such() -> None:
    text = (
        "inputs: {x: [4]}\nmodel: {head: [dense: {units: 3, activation: softmax}]}\ntraining: {epochs: 2, loss: LOSS}\n"
    )
    (told,) = [each for each in sentences(explained(text.replace("LOSS", "auto"))) if "trained" in each]
    assert told.endswith("; its loss is chosen by its last activation, softmax, and its labels (auto).")
    (told,) = [each for each in sentences(explained(text.replace("LOSS", "kl_divergence"))) if "trained" in each]
    assert told.endswith("; its loss is kl divergence.")


def test_repeats_of_a_block_are_counted_whatever_they_are_called() -> None:
    """Inside a block names are told from there, and what comes into it as such."""
    body = f"[{CONV}, name: wide}}, {CONV}, name: deep}}, concat: {{from: [wide, deep, input]}}, {CONV}}}]"
    text = f"inputs: {{image: [9, 9, 4]}}\nblocks: {{b: {{layers: {body}}}}}\nmodel: {{body: [b: {{repeat: 3}}]}}\n"
    conv = "conv with 4 kernels of 3×3"
    told = f"3 times the block b: 2 times {conv}; then concat of wide, deep and what came in; then {conv}"
    assert points(explained(text, "body")) == [told]


@pytest.mark.parametrize(("shortcut", "told"), [("[]", "the input as it is"), ("[batch_norm]", "entries of its own")])
def test_a_shortcut_of_no_entries_is_the_input_as_it_is(shortcut: str, told: str) -> None:
    entry = f"residual: {{layers: [{CONV}}}], shortcut: {shortcut}}}"
    found = explained(f"inputs: {{image: [9, 9, 4]}}\nmodel: {{body: [{entry}]}}\n", "body.residual1")
    assert f"is added to the shortcut, here {told}." in sentences(found)[0]


def test_a_window_over_the_places_of_a_step_is_not_one_over_steps() -> None:
    found = explained(
        "inputs: {film: [5, 9, 9, 4]}\nmodel: {body: [conv_lstm: {filters: 3, kernel_size: 2}]}\n", "body"
    )
    assert points(found) == ["2×2 conv lstm, 3"]


def test_a_layer_tells_its_dilation_beside_its_groups() -> None:
    entry = "conv: {filters: 8, kernel_size: 3, groups: 4, dilation_rate: 2}"
    found = explained(f"inputs: {{image: [9, 9, 4]}}\nmodel: {{body: [{entry}]}}\n", "body.conv1")
    assert sentences(found)[1].startswith("Here: 3×3 g4, 8, dilation 2. It reads")
