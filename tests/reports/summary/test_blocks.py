"""Blocks in a summary: what folds, what is said of shortcuts, gates and names, what stands in one line."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from cnnspec.analysis import analyse
from cnnspec.reports.draw import draw
from cnnspec.reports.latex import as_latex
from cnnspec.reports.markdown import as_markdown
from cnnspec.reports.notation import Bracket, Line, Named, Pieces, in_words
from cnnspec.reports.page import Page
from cnnspec.reports.safe import latex
from cnnspec.reports.summary.as_json import summary_csv, summary_json
from cnnspec.reports.summary.collect import Summary, collect
from cnnspec.reports.summary.compare import compare_sheet
from cnnspec.reports.summary.stages import stage_sheet
from cnnspec.reports.terminal import lay_out
from tests.support.places import ROOT
from tests.support.spec_texts import bundled, graph_of, summary_of

ZOO = ROOT.parent / "shared" / "zoo"
NETWORKS = sorted(ZOO.glob("*.yaml"))
beside = pytest.mark.skipif(not ZOO.is_dir(), reason="no folder of networks beside the project")


def summary(entries: str, size: str = "[16, 16, 4]", blocks: str = "", expand: bool = False) -> Summary:
    """That of a network of one stage with these entries."""
    text = f"inputs: {{image: {size}}}\n{blocks}model: {{stage: {entries}}}\n"
    return collect("small", "", graph_of(text), expand=expand)


def words(entries: str, size: str = "[16, 16, 4]", blocks: str = "", expand: bool = False) -> list[str]:
    """What the table says of a stage with these entries."""
    return in_words(summary(entries, size, blocks, expand).stages[0].blocks)


UNIT = """
blocks:
  unit:
    params: {strides: 1, padding: same, dilation: 1, groups: 1, act: relu, norm: batch, rate: 0.1, start: he_normal}
    layers:
      - residual:
          layers:
            - conv:
                filters: 4
                kernel_size: 3
                strides: $strides
                padding: $padding
                dilation_rate: $dilation
                groups: $groups
                activation: $act
                norm: $norm
                kernel_initializer: $start
            - conv: {filters: 4, kernel_size: 3, padding: same, norm: batch}
            - dropout: $rate
"""


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("dilation: 2", "dilation 2"),
        ("groups: 2", "3×3 g2, 4"),
        ("act: tanh", "tanh"),
        ("act: linear", "linear"),
        ("norm: layer", "layer norm"),
        ("norm: none", "no norm"),
        ("norm: {batch: {epsilon: 0.1}}", "batch norm epsilon 0.1"),
        ("rate: 0.2", "dropout 0.2"),
        ("start: glorot_uniform", "kernel initializer glorot uniform"),
    ],
)
def test_blocks_that_differ_in_one_argument_do_not_fold_and_it_is_said(argument: str, said: str) -> None:
    """Not of those that have the usual one."""
    first, second = words(f"[{{unit: {{repeat: 3}}}}, {{unit: {{{argument}}}}}]", blocks=UNIT, expand=True)
    assert first.endswith("× 3 +") and said not in first
    assert said in second and "×" not in second.replace("3×3", "")


def test_a_padding_is_said_where_it_changes_the_size() -> None:
    entries = (
        "[{conv: {filters: 4, kernel_size: 3, padding: %s}}, {conv: {filters: 4, kernel_size: 1, padding: valid}}]"
    )
    assert [words(entries % padding)[0] for padding in ("same", "valid", "1", "2", "[[1, 1], [0, 2]]")] == [
        "3×3, 4",
        "3×3, 4, valid",
        "3×3, 4",
        "3×3, 4, pad 2",
        "3×3, 4, pad [[1, 1], [0, 2]]",
    ]
    assert words(entries % "same")[1] == "1×1, 4"
    assert words("[conv: {filters: 4, kernel_size: 3, padding: causal}]", "[10, 4]") == ["width 3, 4, causal"]
    assert words("[max_pool: 2]", "[8, 8, 4]") == ["2×2 max pool, stride 2"]
    assert words("[max_pool: 2]", "[9, 8, 4]") == ["2×2 max pool, stride 2, valid"]


def test_zeros_on_both_sides_are_told_from_those_of_same_where_both_are_there() -> None:
    """With a stride they lie elsewhere; the sizes are the same."""
    conv = "{{conv: {{filters: 4, kernel_size: 3, strides: 2, padding: {}}}}}"
    both, same = conv.format(1), conv.format("same")
    assert words(f"[{both}, {both}]") == ["[3×3, 4, stride 2] × 2"]
    assert words(f"[{same}, {same}]") == ["[3×3, 4, stride 2] × 2"]
    assert words(f"[{both}, {same}]") == ["3×3, 4, stride 2, pad 1", "3×3, 4, stride 2"]


def test_only_the_first_block_may_have_strides_of_its_own() -> None:
    def strides(*each: int) -> list[str]:
        return words(f"[{', '.join(f'{{unit: {{strides: {by}}}}}' for by in each)}]", "[32, 32, 4]", UNIT, expand=True)

    assert strides(2, 1, 1) == ["[3×3, 4; 3×3, 4; dropout 0.1] × 3 +"]
    assert strides(1, 1, 2) == [
        "[3×3, 4; 3×3, 4; dropout 0.1] × 2 +",
        "[3×3, 4, stride 2; 3×3, 4; dropout 0.1] + projection",
    ]
    assert strides(1, 2, 1) == [
        "[3×3, 4; 3×3, 4; dropout 0.1] +",
        "[3×3, 4, stride 2 then 1; 3×3, 4; dropout 0.1] × 2 +",
    ]


def test_a_first_stride_is_said_unless_the_sizes_of_the_stage_tell_it() -> None:
    pair = "{conv: {filters: 4, kernel_size: 3, padding: same, repeat: 4, first: {strides: 2}}}"
    assert words(f"[{pair}]") == ["[3×3, 4] × 4"]
    assert words(f"[max_pool: 2, {pair}]") == ["2×2 max pool, stride 2", "[3×3, 4, stride 2 then 1] × 4"]
    assert words(f"[{pair}]", "[null, 16, 4]") == ["[3×3, 4, stride 2 then 1] × 4"]
    assert words(f"[{pair}]", "[1, 1, 4]") == ["[3×3, 4, stride 2 then 1] × 4"]


LAYERS = "layers: [conv: {filters: %s, kernel_size: 3, padding: same, activation: relu}]"


@pytest.mark.parametrize(
    ("filters", "more", "mark"),
    [
        (4, "", " +"),
        (8, "", " + projection"),
        (4, "shortcut: projection", " + projection"),
        (8, "shortcut: pad", " + pad"),
        (4, "shortcut: none", ""),
        (8, "shortcut: if_same", ""),
        (4, "shortcut: []", " +"),
        (8, "shortcut: [conv: {filters: 8, kernel_size: 1}]", " + projection"),
        (8, "shortcut: [conv: {filters: 8, kernel_size: 1, norm: batch}]", " + 1×1, 8, batch norm"),
        (4, "shortcut: [avg_pool: {pool_size: 3, strides: 1, padding: same}]", " + 3×3 average pool"),
    ],
)
def test_a_shortcut_is_marked_with_what_is_on_it(filters: int, more: str, mark: str) -> None:
    (said,) = words(f"[residual: {{{LAYERS % filters}, {more}}}]")
    assert said == (f"[3×3, {filters}, relu]{mark}" if mark else f"3×3, {filters}")


def test_blocks_with_and_without_a_shortcut_stand_apart() -> None:
    entries = f"[{{residual: {{{LAYERS % 4}}}}}, {{residual: {{{LAYERS % 4}, shortcut: none}}}}, max_pool: 2]"
    assert words(entries)[:2] == ["[3×3, 4, relu] +", "3×3, 4"]


def test_projections_of_all_blocks_are_told_from_that_of_the_first() -> None:
    entries = f"[residual: {{{LAYERS % 8}, repeat: 3}}]"
    assert words(entries) == ["[3×3, 8, relu] × 3 +"]
    assert words(entries.replace("repeat", "shortcut: projection, repeat")) == ["[3×3, 8, relu] × 3 + projection"]


def test_the_activation_after_an_addition_is_said_where_it_is_not_the_usual_one() -> None:
    one, other = (f"{{residual: {{{LAYERS % 4}, activation: {name}, repeat: 2}}}}" for name in ("relu", "tanh"))
    assert words(f"[{one}, {other}, {one}]") == [
        "[3×3, 4, relu] × 2 +",
        "[3×3, 4, relu] × 2 +, then tanh",
        "[3×3, 4, relu] × 2 +",
    ]


def test_what_is_usual_is_said_under_the_table() -> None:
    entry = "conv: {filters: 4, kernel_size: 3, padding: same, norm: batch, activation: %s, repeat: 3}"
    small = summary(f"[{entry % 'gelu'}, {entry % 'tanh'}]")
    assert in_words(small.stages[0].blocks) == ["[3×3, 4] × 3", "[3×3, 4, tanh] × 3"]
    assert "\n usual  batch norm, gelu" in lay_out((stage_sheet(small),), Page(80)).plain
    assert json.loads(summary_json([small]))[0]["usual"] == ["batch norm", "gelu"]


@pytest.mark.parametrize(
    ("beside", "alone", "said"),
    [
        (False, True, ""),
        (True, True, "a bias beside norms"),
        (False, False, "no bias"),
        (True, False, "a bias in convolutions beside norms, and in no others"),
    ],
)
def test_the_bias_of_convolutions_is_said_where_norms_do_not_decide_it(beside: bool, alone: bool, said: str) -> None:
    normed = f"conv: {{filters: 4, kernel_size: 1, norm: batch, use_bias: {str(beside).lower()}}}"
    plain = f"conv: {{filters: 4, kernel_size: 1, use_bias: {str(alone).lower()}}}"
    usual = summary(f"[{normed}, {plain}, {plain}, flatten, dense: 2]").usual
    assert [each for each in usual if "bias" in each] == [said] * bool(said)


def test_networks_side_by_side_have_each_what_is_usual_in_it() -> None:
    entry = "[conv: {filters: 4, kernel_size: 3, activation: %s, repeat: 2}]"
    each = tuple(replace(summary(entry % name), name=name) for name in ("relu", "tanh"))
    lines = lay_out((compare_sheet(each),), Page(80)).plain.splitlines()
    assert lines[-2:] == [" usual  relu (relu)", " usual  tanh (tanh)"]


def test_factors_say_their_activations() -> None:
    conv = "[conv: {{filters: 4, kernel_size: 2, activation: {}}}]"
    branches = f"[{conv.format('tanh')}, {conv.format('sigmoid')}]"
    said = words(f"[parallel: {{merge: multiply, branches: {branches}}}]", "[20, 4]")
    assert said == ["{width 2, 4, valid, tanh | width 2, 4, valid, sigmoid} multiply"]


GATE = """
blocks:
  gate:
    params: {to: 2, second: sigmoid}
    layers:
      - parallel:
          merge: multiply
          branches:
            - []
            - - global_avg_pool: {keepdims: true}
              - conv: {filters: $to, kernel_size: 1, activation: relu}
              - conv: {filters: $channels, kernel_size: 1, activation: $second}
"""


def test_a_squeeze_and_excitation_gate_is_a_phrase_and_no_depth() -> None:
    entries = "[conv: {filters: 8, kernel_size: 3}, gate: 2, gate: {second: hard_sigmoid}, flatten, dense: 3]"
    small = summary(entries, blocks=GATE)
    assert in_words(small.stages[0].blocks)[1:3] == ["SE 2", "SE 2, hard sigmoid"]
    assert small.weight_layers == 2


def test_a_gate_of_dense_layers_does_not_look_like_one_of_convolutions() -> None:
    path = "global_avg_pool: {keepdims: true}, dense: {units: 2, activation: relu}, "
    dense = f"{{parallel: {{merge: multiply, branches: [[], [{path}dense: {{units: 4, activation: sigmoid}}]]}}}}"
    said = words(f"[{dense}, {{gate: {{to: 2, repeat: 2}}}}]", blocks=GATE)
    assert said == ["SE 2, squeeze dense, excite dense", "[SE 2] × 2"]


def test_a_gate_in_a_word_is_said_as_one_that_is_written_out() -> None:
    entries = "[squeeze_excite: 2, squeeze_excite: {units: 2, gate: hard_sigmoid}]"
    assert words(entries) == words("[gate: 2, gate: {second: hard_sigmoid}]", blocks=GATE)
    said = words("[squeeze_excite: {units: 2, form: dense}, {gate: {to: 2, repeat: 2}}]", blocks=GATE)
    assert said == ["SE 2, squeeze dense, excite dense", "[SE 2] × 2"]


def test_the_activations_of_a_gate_are_not_taken_for_each_other() -> None:
    pairs = ["relu", "sigmoid", "silu", "hard_sigmoid", "linear"]
    entries = [f"squeeze_excite: {{units: 2, activation: {a}, gate: {b}}}" for a in pairs for b in pairs]
    said = words(f"[{', '.join(entries)}]")
    assert len(set(said)) == len(entries) and "SE 2, silu, gate linear" in said


def test_blocks_with_a_gate_fold() -> None:
    block = "{layers: [residual: {layers: [conv: {filters: 4, kernel_size: 3, padding: same}, squeeze_excite: 2]}]}"
    assert words("[unit: {repeat: 3}]", blocks=f"blocks: {{unit: {block}}}\n") == ["[3×3, 4; SE 2] × 3 +"]


def test_depth_is_counted_along_factors_that_are_no_gates() -> None:
    branches = "[[conv: {filters: 4, kernel_size: 1, repeat: 3}], [conv: {filters: 4, kernel_size: 1}]]"
    assert summary(f"[parallel: {{merge: multiply, branches: {branches}}}]").weight_layers == 3


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("conv: {filters: 100, kernel_size: 3, padding: same}", "width 3, 100"),
        ("max_pool: 2", "width 2 max pool, stride 2"),
        ("global_avg_pool", "width 20 average pool"),
        ("crop: [1, 2]", "crop cropping [1, 2]"),
        ("zero_pad: [1, 2]", "zero pad [1, 2]"),
        ("layer_norm: {axis: [1, 2]}", "layer norm axis [1, 2]"),
        ("crop: 2", "crop cropping 2"),
        ("batch_norm: {axis: 1}", "batch norm axis 1"),
    ],
)
def test_a_number_says_what_it_is(entry: str, said: str) -> None:
    assert words(f"[{{{entry}}}]" if ":" in entry else f"[{entry}]", "[20, 4]") == [said]


def test_a_concatenation_along_another_axis_names_it() -> None:
    entries = "[identity: {name: a}, max_pool: {pool_size: 1, name: b}, concat: {axis: 1, from: [a, b]}]"
    assert words(entries)[-1] == "concat axis 1 of a, b"


CELL = """
blocks:
  cell:
    params: {f: 4}
    layers:
      - conv: {filters: $f, kernel_size: 3, padding: same, name: wide}
      - conv: {from: input, filters: $f, kernel_size: 1, name: narrow}
      - add: {from: [wide, narrow]}
"""


def test_results_have_the_names_that_people_gave_them_in_each_block_alike() -> None:
    assert words("[cell: {repeat: 2}]", blocks=CELL) == ["[3×3, 4, as wide; 1×1, 4, from input; add with wide] × 2"]


def test_the_order_of_what_is_joined_is_told() -> None:
    first = "{conv: {filters: 4, kernel_size: 1, name: a}}, {conv: {filters: 4, kernel_size: 1, name: b}}"
    assert words(f"[{first}, concat: {{from: [a, b]}}]")[-1] == "concat of a, b"
    assert words(f"[{first}, concat: {{from: [b, a]}}]")[-1] == "concat with a"
    assert words(f"[{first}, add: {{from: [a, b]}}]")[-1] == "add with a"


MIXED = """
blocks:
  mixed:
    params: {a: required, b: 4, strides: 1}
    layers:
      - parallel:
          branches:
            - [conv: {filters: $a, kernel_size: 1, strides: $strides}]
            - - conv: {filters: $b, kernel_size: 1}
              - conv: {filters: $b, kernel_size: 3, strides: $strides, padding: same}
            - [max_pool: {pool_size: 3, strides: $strides, padding: same}]
"""


def test_a_block_of_many_lines_stands_in_one_by_its_arguments_unless_expanded() -> None:
    entries = "[mixed: 8, mixed: {a: 8, b: 6}, mixed: {a: 8, b: 6}]"
    assert words(entries, blocks=MIXED) == ["mixed: a 8", "[mixed: a 8, b 6] × 2"]
    first, *_ = words(entries, blocks=MIXED, expand=True)
    assert first == "{1×1, 8 | 1×1, 4; 3×3, 4 | 3×3 max pool} concat"


def test_a_block_without_arguments_shows_its_layers() -> None:
    blocks = MIXED.replace("a: required", "a: 8")
    assert words("[mixed, mixed]", blocks=blocks) == ["[{1×1, 8 | 1×1, 4; 3×3, 4 | 3×3 max pool} concat] × 2"]


def test_a_block_that_takes_a_row_of_a_table_is_told_by_what_it_takes_of_it() -> None:
    blocks = MIXED.replace("a: required, b: 4", 'row: required, a: "${row[0]}", b: "${row[1]}"')
    assert words("[mixed: {row: [8, 6]}, mixed: {row: [8, 6]}]", blocks=blocks) == ["[mixed: a 8, b 6] × 2"]
    assert words("[mixed: {row: [8, 6], b: 5}]", blocks=blocks) == ["mixed: a 8, b 5"]


def test_a_block_that_takes_a_whole_table_shows_what_is_in_it() -> None:
    rows = '  rows: {params: {table: required}, layers: [mixed: {row: "${table[i]}", repeat: "${len(table)}"}]}\n'
    blocks = MIXED.replace("a: required, b: 4", 'row: required, a: "${row[0]}", b: "${row[1]}"') + rows
    assert words("[rows: [[8, 6], [4, 2]]]", blocks=blocks) == ["mixed: a 8, b 6", "mixed: a 4, b 2"]


def test_a_block_that_its_arguments_do_not_tell_apart_shows_its_layers() -> None:
    """Here what it reads decides how wide it is."""
    blocks = MIXED.replace("filters: $a", 'filters: "${a * channels}"')
    first, second = words("[mixed: 2, mixed: 2]", blocks=blocks)
    assert first.startswith("{1×1, 8 ") and second.startswith("{1×1, 32 ")


def test_a_block_in_one_line_says_the_strides_of_the_first() -> None:
    assert words("[mixed: {a: 8, repeat: 3, first: {strides: 2}}]", blocks=MIXED) == [
        "[mixed: a 8, first strides 2] × 3"
    ]


def lines(pieces: Pieces) -> list[Line]:
    """All lines, in order."""
    found: list[Line] = []
    for piece in pieces:
        if isinstance(piece, Line):
            found.append(piece)
        elif isinstance(piece, Named):
            found.append(Line(piece.text))
        else:
            inner = piece.pieces if isinstance(piece, Bracket) else sum(piece.branches, ())
            found += lines(inner)
    return found


@pytest.mark.parametrize("name", ["resnet@50", "photos", "textcnn", "vgg@16", "resnet-cifar"])
def test_every_format_says_the_same_of_the_blocks(name: str) -> None:
    """Of one network, and of it beside another."""
    found = bundled(name)
    sheets = (stage_sheet(found), compare_sheet((found, bundled("lenet"))))
    (model,) = json.loads(summary_json([found]))
    rows = list(csv.DictReader(io.StringIO(summary_csv([found]))))
    tex = as_latex(sheets)
    table = as_markdown(sheets).replace("\\", "")
    pages = [lay_out((sheet,), Page(400)).plain for sheet in sheets]
    for stage, row, line in zip(found.stages, model["stages"], rows, strict=True):
        assert row["blocks"] == in_words(stage.blocks) and line["blocks"] == "; ".join(row["blocks"])
        assert table.count("<br>".join(draw(stage.blocks, stacked=True))) >= 2
        assert all(tex.count(latex(str(each))) >= 2 for each in lines(stage.blocks))
        assert all(drawn in page for page in pages for drawn in draw(stage.blocks))


def test_wide_cells_fold_and_no_column_goes_at_80_columns() -> None:
    conv = "conv: {filters: 1024, kernel_size: [1, 7], dilation_rate: [1, 3], padding: same, activation: tanh}"
    branch = f"[{conv}, {conv.replace('tanh', 'relu')}]"
    parallel = f"parallel: {{branches: [{', '.join([branch] * 3)}, []], merge: add}}"
    small = summary(f"[{parallel}, residual: {{layers: {branch}, shortcut: projection}}]", "[224, 224, 1024]")
    page = lay_out((stage_sheet(small),), Page(80)).plain
    assert all(title in page for title in ("params", "MACs", "field"))
    assert max(map(cell_len, page.splitlines())) <= 80
    assert "1×7, 1024" in page


@beside
@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_of_known_networks_are_short_and_whole(path: Path, width: int) -> None:
    spec, graph = analyse(str(path)).require()
    page = lay_out((stage_sheet(collect(spec.shown, spec.reference, graph)),), Page(width)).plain
    rows = page.splitlines()
    assert max(map(cell_len, rows)) <= width and len(rows) <= 120
    assert all(re.search(rf"\b{title}\b", page) for title in ("params", "MACs", "field"))


@pytest.mark.parametrize(
    ("usual", "other", "line", "said"),
    [
        ("norm: {batch: {momentum: 0.9}}", "norm: batch", "batch norm momentum 0.99", "batch norm momentum 0.9"),
        ("norm: {group: {groups: 4}}", "norm: {group: {groups: 2}}", "group norm groups 2", "group norm 4"),
        (
            "kernel_initializer: he_normal",
            "kernel_initializer: zeros",
            "kernel initializer zeros",
            "kernel initializer he normal",
        ),
        ("kernel_regularizer: {l2: 0.1}", "", "kernel regularizer none", "kernel regularizer l2 0.1"),
    ],
)
def test_what_others_are_told_to_differ_from_is_said_under_the_table(
    usual: str, other: str, line: str, said: str
) -> None:
    entry = "conv: {filters: 4, kernel_size: 3, padding: same, %s}"
    small = summary(f"[{entry % usual}, {entry % usual}, {entry % other}, flatten, dense: 2]".replace(", }", "}"))
    assert in_words(small.stages[0].blocks)[:2] == ["[3×3, 4] × 2", f"3×3, 4, {line}"]
    assert said in small.usual


def test_a_usual_value_of_one_of_several_looks_says_whose_it_is() -> None:
    entry = "conv: {filters: %s, kernel_size: 1, kernel_regularizer: {l2: %s}}"
    each = [entry % pair for pair in ((4, 0.1), (4, 0.1), (4, 0.3), (8, 0.2), (8, 0.2), (8, 0.3))]
    found = summary(f"[{', '.join(each)}]").usual
    assert found[-2:] == ("kernel regularizer l2 0.1 in 1×1, 4", "kernel regularizer l2 0.2 in 1×1, 8")


def test_an_entry_that_is_used_again_keeps_its_name() -> None:
    layer = "conv: {filters: 4, kernel_size: 1%s}"
    blocks = summary(f"[{layer % ', name: twice'}, {layer % ''}, reuse: twice]").stages[0].blocks
    words = in_words(blocks)
    assert words[:2] == ["1×1, 4, as twice", "1×1, 4"] and words[2].endswith("twice")


def test_repeats_whose_rates_of_stochastic_depth_grow_are_one_bracket() -> None:
    """The line tells the least and the largest; a block of many lines leaves out the argument that is but the rate."""
    deep = """
vars: {rate: 0.3}
blocks:
  unit:
    params: {drop: required}
    layers:
      - residual:
          - conv: {filters: $channels, kernel_size: 3, padding: same}
          - stochastic_depth: $drop
  long:
    params: {filters: required, drop: 0}
    layers:
      - residual:
          - conv: {filters: "${4 * filters}", kernel_size: 1, activation: relu}
          - depthwise_conv: {kernel_size: 3, padding: same, activation: relu}
          - squeeze_excite: 4
          - conv: {filters: $filters, kernel_size: 1}
          - stochastic_depth: $drop
inputs: {image: [8, 8, 4]}
model:
  short: [unit: {drop: "${rate * i / 3}", repeat: 4}]
  long: [long: {filters: 4, drop: "${rate * i / 3}", repeat: 4}]
"""
    short, long = (row.blocks for row in summary_of(deep).stages)
    assert in_words(short) == ["[3×3, 4; stochastic depth 0 to 0.3] × 4 +"]
    assert in_words(long) == ["[long: filters 4, with SE, stochastic depth 0 to 0.3] × 4 +"]


def test_a_block_of_repeats_shows_how_many_there_are() -> None:
    """Its arguments say how many only to who reads the spec."""
    rows = "  stage: {params: {a: required, depth: required}, layers: [mixed: {a: $a, repeat: $depth}]}\n"
    assert words("[stage: {a: 8, depth: 3}]", blocks=MIXED + rows) == ["[mixed: a 8] × 3"]


def test_an_argument_that_asks_for_a_gate_is_not_told_beside_it() -> None:
    gate = "            - [squeeze_excite: {units: 2, when: $se}]\n"
    blocks = MIXED.replace("b: 4, ", "b: 4, se: false, ") + gate.replace("[squeeze", "[identity, squeeze")
    assert words("[mixed: {a: 8, se: true}, mixed: 8]", blocks=blocks) == ["mixed: a 8, with SE", "mixed: a 8"]


def test_an_activation_that_is_written_and_changes_nothing_is_as_none() -> None:
    layers = (
        "{conv: {filters: 4, kernel_size: 3, padding: same, activation: relu}}, {conv: {filters: 4, kernel_size: 1%s}}"
    )
    said = [words(f"[residual: [{layers % more}]]") for more in ("", ", activation: linear")]
    assert said[0] == said[1]
