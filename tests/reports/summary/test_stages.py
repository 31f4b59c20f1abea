"""The stage table: He et al.'s rows, the papers' words for layers, figures that add up, and widths that hold."""

import json

import pytest
from rich.cells import cell_len

from cnnspec.language.location import Location
from cnnspec.reports.notation import in_words
from cnnspec.reports.page import Page
from cnnspec.reports.summary.as_json import summary_json
from cnnspec.reports.summary.collect import Summary, collect
from cnnspec.reports.summary.compare import aligned, common_output, compare_sheet
from cnnspec.reports.summary.layers import layer_sheet
from cnnspec.reports.summary.stages import output, stage_sheet
from cnnspec.reports.terminal import lay_out
from tests.support.golden_files import assert_golden
from tests.support.spec_texts import bundled, read, summary_of

RESNETS = ("18", "34", "50", "101", "152")
DEPTHS = {"18": (2, 2, 2, 2), "34": (3, 4, 6, 3), "50": (3, 4, 6, 3), "101": (3, 4, 23, 3), "152": (3, 8, 36, 3)}
MACS = {"18": 1814073344, "34": 3663761408, "50": 3857973248, "101": 7570194432, "152": 11282415616}
TRAINABLE = {"18": 11689512, "34": 21797672, "50": 25557032, "101": 44549160, "152": 60192808}


def he_block(variant: str, filters: int, times: int) -> str:
    wide = f"1×1, {filters}; 3×3, {filters}; 1×1, {4 * filters}"
    return f"[{wide}] × {times} +" if variant not in ("18", "34") else f"[3×3, {filters}; 3×3, {filters}] × {times} +"


@pytest.fixture(scope="module")
def resnets() -> dict[str, Summary]:
    return {variant: bundled(f"resnet@{variant}") for variant in RESNETS}


@pytest.mark.parametrize("variant", RESNETS)
def test_the_rows_of_a_resnet_are_those_of_he_et_al(resnets: dict[str, Summary], variant: str) -> None:
    summary = resnets[variant]
    last = 512 if variant in ("18", "34") else 2048
    blocks = [he_block(variant, 64 * 2**stage, times) for stage, times in enumerate(DEPTHS[variant])]
    rows = [(row.title, output(row).rpartition("×")[0] or output(row), in_words(row.blocks)) for row in summary.stages]
    assert rows == [
        ("conv1", "112×112", ["7×7, 64, stride 2"]),
        ("conv2_x", "56×56", ["3×3 max pool, stride 2", blocks[0]]),
        ("conv3_x", "28×28", [blocks[1]]),
        ("conv4_x", "14×14", [blocks[2]]),
        ("conv5_x", "7×7", [blocks[3]]),
        ("average pool", "1×1", ["7×7 average pool"]),
        ("fully connected", "1000", [f"{last} × 1000"]),
        ("softmax", "1000", ["softmax"]),
    ]
    assert summary.weight_layers == int(variant)


@pytest.mark.parametrize("variant", RESNETS)
def test_the_figures_of_a_resnet_are_exact(resnets: dict[str, Summary], variant: str) -> None:
    totals = resnets[variant].cost.totals
    assert (totals.trainable_params, totals.macs) == (TRAINABLE[variant], MACS[variant])


@pytest.mark.parametrize("variant", RESNETS)
def test_the_rows_add_up_to_the_total(resnets: dict[str, Summary], variant: str) -> None:
    (model,) = json.loads(summary_json([resnets[variant]]))
    for figure in ("params", "trainable_params", "macs"):
        assert sum(stage[figure] for stage in model["stages"]) == model[figure]


def test_the_table_of_resnet_18_is_the_one_kept(resnets: dict[str, Summary]) -> None:
    assert_golden("resnet-18.txt", lay_out((stage_sheet(resnets["18"]),), Page(88, terminal=True)).plain)


def test_all_five_resnets_stand_in_one_table_of_120_columns(resnets: dict[str, Summary]) -> None:
    assert_golden("resnets.txt", lay_out((compare_sheet(tuple(resnets.values())),), Page(120, terminal=True)).plain)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("terminal", [True, False])
def test_no_line_is_wider_than_the_page(resnets: dict[str, Summary], width: int, terminal: bool) -> None:
    every = tuple(resnets.values())
    sheets = (stage_sheet(every[2]), compare_sheet(every), layer_sheet(every[0]))
    text = lay_out(sheets, Page(width, terminal)).plain
    assert max(map(cell_len, text.splitlines())) <= width
    assert ("14,964,736" in text) == (width >= 60)


def test_columns_leave_in_order_as_the_page_narrows(resnets: dict[str, Summary]) -> None:
    pages = [lay_out((stage_sheet(resnets["18"]),), Page(width)).plain for width in (80, 70, 62, 50)]
    assert [("params" in page, "MACs" in page, "field" in page) for page in pages] == [
        (True, True, True),
        (True, True, False),
        (True, False, False),
        (False, False, False),
    ]


def test_a_page_without_utf8_gets_the_same_table_in_ascii(resnets: dict[str, Summary]) -> None:
    text = lay_out((stage_sheet(resnets["50"]),), Page(80, terminal=False, ascii=True)).plain
    assert text.isascii()
    assert "[3x3, 64 ] x 3" in text


def test_every_model_has_its_column_at_any_width(resnets: dict[str, Summary]) -> None:
    for width in (60, 80, 120):
        text = lay_out((compare_sheet(tuple(resnets.values())),), Page(width)).plain
        assert all(text.count(f"{TRAINABLE[variant]:,}") == 1 for variant in RESNETS)


def words(entries: str, size: str = "[32, 32, 3]", blocks: str = "") -> list[str]:
    """What the table says of a stage with these entries."""
    summary = summary_of(f"inputs: {{image: {size}}}\n{blocks}model: {{stage: {entries}}}\n")
    return in_words(summary.stages[0].blocks)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("[conv: {filters: 8, kernel_size: 3}]", "3×3, 8, valid"),
        ("[conv: {filters: 8, kernel_size: [1, 7], strides: [1, 2]}]", "1×7, 8, stride 1×2, valid"),
        ("[conv: {filters: 6, kernel_size: 3, groups: 3}]", "3×3 g3, 6, valid"),
        ("[conv: {filters: 8, kernel_size: 3, dilation_rate: 2}]", "3×3, 8, valid, dilation 2"),
        ("[conv: {filters: 8, kernel_size: 3, norm: batch, activation: relu}]", "3×3, 8, valid"),
        ("[conv: {filters: 8, kernel_size: 1, activation: softmax}]", "1×1, 8, softmax"),
        ("[conv_transpose: {filters: 8, kernel_size: 2, strides: 2}]", "2×2 transposed, 8, stride 2"),
        ("[depthwise_conv: {kernel_size: 3, depth_multiplier: 2}]", "3×3 dw, 6, valid"),
        ("[separable_conv: {filters: 8, kernel_size: 3}]", "3×3 sep, 8, valid"),
        ("[max_pool: 2]", "2×2 max pool, stride 2"),
        ("[avg_pool: {pool_size: 3, strides: 1, padding: same}]", "3×3 average pool"),
        ("[global_max_pool]", "32×32 max pool"),
        ("[flatten]", "flatten"),
        ("[dropout: 0.5]", "dropout 0.5"),
        ("[rescaling: {scale: 0.00392156862745098}]", "rescaling 1/255"),
        ("[reshape: [-1, 3]]", "reshape 1024×3"),
        ("[permute: [3, 1, 2]]", "permute 3, 1, 2"),
        ("[zero_pad: [[1, 2], [0, 3]]]", "zero pad [[1, 2], [0, 3]]"),
        ("[activation: leaky_relu]", "leaky relu"),
        ("[dense: 10]", "3 × 10"),
    ],
)
def test_a_layer_is_said_as_in_papers(entries: str, said: str) -> None:
    assert words(entries) == [said]


def test_a_one_dimensional_window_says_what_it_is_of() -> None:
    entries = "[embedding: {input_dim: 50, output_dim: 4}, conv: {filters: 8, kernel_size: 3}, global_max_pool]"
    assert words(entries, "{shape: [20], dtype: int32}") == [
        "embedding 50 × 4",
        "width 3, 8, valid",
        "width 18 max pool",
    ]


def test_a_normalisation_of_its_own_is_listed_with_the_activation_after_it() -> None:
    entries = "[batch_norm, {activation: relu}, {conv: {filters: 8, kernel_size: 3}}, {activation: relu}]"
    assert words(entries) == ["batch norm, relu", "3×3, 8, valid", "relu"]


def test_any_activation_joins_any_normalisation_before_it() -> None:
    """What the normalisation is said with stays on its line."""
    entries = "[group_norm: 3, activation: relu, layer_norm, leaky_relu: 0.1, batch_norm, prelu]"
    assert words(entries) == ["group norm 3, relu", "layer norm, leaky relu 0.1", "batch norm, prelu"]


def test_a_convolution_that_repeats_folds() -> None:
    assert words("[conv: {filters: 8, kernel_size: 3, repeat: 2}]") == ["[3×3, 8, valid] × 2"]


def test_a_block_that_repeats_folds_and_one_that_does_not_stays_open() -> None:
    blocks = "blocks: {pair: {params: {f: required}, layers: [{conv: {filters: $f, kernel_size: 1}}, {max_pool: 2}]}}\n"
    assert words("[{pair: {f: 4, repeat: 2}}, {pair: 8}]", blocks=blocks) == [
        "[1×1, 4; 2×2 max pool, stride 2] × 2",
        "1×1, 8",
        "2×2 max pool, stride 2",
    ]


def test_a_dense_block_folds_although_its_input_grows() -> None:
    parallel = "parallel: {repeat: 6, branches: [[], [conv: {filters: 4, kernel_size: 3, padding: same}]]}"
    assert words(f"[{parallel}]") == ["[{identity | 3×3, 4} concat] × 6"]


def test_branches_that_are_alike_are_said_once() -> None:
    parallel = "parallel: {merge: add, for: {k: [1, 2, 3]}, layers: [conv: {filters: 4, kernel_size: 3}]}"
    assert words(f"[{parallel}]") == ["{3×3, 4, valid} add of 3 alike"]


def test_a_gate_is_a_product_with_the_input() -> None:
    gate = "[[], [global_avg_pool: {keepdims: true}, conv: {filters: 3, kernel_size: 1}]]"
    assert words(f"[parallel: {{merge: multiply, branches: {gate}}}]") == [
        "{identity | 32×32 average pool; 1×1, 3} multiply"
    ]


def test_what_an_entry_reads_is_said_where_it_is_not_the_entry_before() -> None:
    summary = summary_of("""
inputs: {image: [16, 16, 3]}
outputs: {label: head, mask: up}
model:
  down: [conv: {filters: 4, kernel_size: 3, padding: same}]
  bottom: [max_pool: 2]
  up: [up_sample: {size: 2, name: large}, concat: {from: [large, down]}]
  head: [global_avg_pool: {from: bottom}]
""")
    assert in_words(summary.stages[2].blocks) == ["up sample 2", "concat with down"]
    assert in_words(summary.stages[3].blocks) == ["8×8 average pool, from bottom"]


def test_weights_used_again_count_once_and_multiply_adds_each_time() -> None:
    summary = summary_of("""
inputs: {left: [8, 8, 1], right: [8, 8, 1]}
model:
  encode: [flatten: {from: left}, dense: 10]
  again: [reuse: {entry: encode, from: right}]
  far: [subtract: {from: [encode, again]}]
""")
    assert in_words(summary.stages[1].blocks) == ["reuse encode, from right"]
    assert in_words(summary.stages[2].blocks) == ["subtract of encode, again"]
    assert [row.cost.totals.params for row in summary.stages] == [650, 0, 0]
    assert summary.cost.totals.macs == 2 * 640


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", ""),
        ("precision: auto", "precision:"),
        ("precision: auto, xla: auto", "precision and xla:"),
        ("xla: true", ""),
    ],
)
def test_what_a_trial_will_choose_is_said_to_be_open(written: str, said: str) -> None:
    """A summary tries nothing, and so does not know what the machine that trains will take."""
    text = f"cnnspec: 1\nname: small\ninputs: {{x: [4]}}\nmodel: [dense: 3]\ntraining: {{{written}}}\n"
    spec, graph = read(Location(None, "<stdin>"), text)
    lines = lay_out((stage_sheet(collect("small", "", graph, spec.training)),), Page(120)).plain.splitlines()
    found = [line for line in lines if "settled on the machine" in line]
    assert len(found) == bool(said) and all(line.startswith(f" auto  {said}") for line in found)


def test_frozen_weights_are_counted_apart_from_statistics() -> None:
    summary = summary_of("""
inputs: {image: [8, 8, 1]}
model: {one: [conv: {filters: 4, kernel_size: 3, norm: batch, trainable: false}]}
""")
    assert (summary.cost.totals.trainable_params, summary.cost.frozen, summary.cost.statistics) == (0, 36 + 8, 8)
    assert "44 frozen   8 statistics" in lay_out((stage_sheet(summary),), Page(80)).plain


def test_unknown_lengths_are_question_marks_and_their_multiply_adds_unknown() -> None:
    summary = summary_of("""
inputs: {image: [null, null, 3]}
model: {one: [conv: {filters: 4, kernel_size: 3}]}
""")
    text = lay_out((stage_sheet(summary),), Page(80)).plain
    assert "?×?×4" in text and "unknown multiply-adds" in text


def test_weight_layers_are_those_of_the_longest_path() -> None:
    summary = summary_of("""
inputs: {image: [8, 8, 4]}
model:
  one:
    - parallel: {branches: [[{conv: {filters: 4, kernel_size: 1}}], [{conv: {filters: 4, kernel_size: 1, repeat: 3}}]]}
    - residual: {layers: [{conv: {filters: 16, kernel_size: 1}}]}
    - flatten
    - dense: 2
""")
    assert summary.weight_layers == 3 + 1 + 1


def test_stages_are_aligned_by_title_in_the_order_of_each_model() -> None:
    assert aligned([["a", "b", "d"], ["a", "c", "d", "e"], ["z", "b"]]) == ("a", "z", "b", "c", "d", "e")


def test_a_table_in_parts_leaves_out_rows_that_are_empty_there() -> None:
    text = lay_out((compare_sheet((bundled("vgg@16"), bundled("resnet@18"))),), Page(50)).plain
    _, first, second = text.split("layer name")
    assert "fc6" in first and "conv2_x" not in first
    assert "conv2_x" in second and "fc6" not in second


def test_sizes_that_differ_in_channels_are_shown_without_them() -> None:
    assert common_output(["7×7×512", "7×7×2048"]) == "7×7"
    assert common_output(["1000", "1000"]) == "1000"
    assert common_output(["10", "2"]) == "10 / 2"


def test_every_layer_has_a_row_under_the_title_of_its_stage(resnets: dict[str, Summary]) -> None:
    summary = resnets["18"]
    rows = layer_sheet(summary).table.rows
    names = [str(row[0]) for row in rows]
    assert [name for name in names if not name.startswith(" ")] == ["image", *(stage.title for stage in summary.stages)]
    assert len(rows) == len(summary.layers) + len(summary.stages)
