"""The bundled specs: equal to the published figures, complete in their headers, known to editors."""

import functools
import json
import re

import pytest

import cnnspec
from cnnspec.analysis import Analysis, analyse
from cnnspec.graph.facts import totals
from cnnspec.graph.heads import heads
from cnnspec.language.bundled import bundled_folder, bundled_names
from cnnspec.language.schema import spec_schema
from cnnspec.reports.summary.as_json import summary_json
from tests.support.places import SPECS

RESNETS = {
    # He et al. 2015, table 1; the counts are exact, with the stride in the first 1x1 and padding counted as data.
    "resnet@18": (11_689_512, 1_814_073_344, 1.8e9),
    "resnet@34": (21_797_672, 3_663_761_408, 3.6e9),
    "resnet@50": (25_557_032, 3_857_973_248, 3.8e9),
    "resnet@101": (44_549_160, 7_570_194_432, 7.6e9),
    "resnet@152": (60_192_808, 11_282_415_616, 11.3e9),
}
TRAINABLE = {
    # He et al. 2015, section 4.2, option A.
    "resnet-cifar@20": 269_722,
    "resnet-cifar@32": 464_154,
    "resnet-cifar@44": 658_586,
    "resnet-cifar@56": 853_018,
    # keras.applications.
    "vgg@16": 138_357_544,
    "vgg@19": 143_667_240,
    # LeCun et al. 1998, with pools that have no weights.
    "lenet": 61_706,
}
BASIC, BOTTLENECK = ("3×3, {0}", "3×3, {0}"), ("1×1, {0}", "3×3, {0}", "1×1, {1}")
DEPTHS = {
    "resnet@18": (BASIC, (2, 2, 2, 2)),
    "resnet@34": (BASIC, (3, 4, 6, 3)),
    "resnet@50": (BOTTLENECK, (3, 4, 6, 3)),
    "resnet@101": (BOTTLENECK, (3, 4, 23, 3)),
    "resnet@152": (BOTTLENECK, (3, 8, 36, 3)),
}


def bracket(lines: tuple[str, ...], filters: int, times: int) -> str:
    """A block of the paper's table, as a summary writes it in one line."""
    return "[" + "; ".join(line.format(filters, 4 * filters) for line in lines) + f"] × {times} +"


@functools.cache
def analysed(spec: str) -> Analysis:
    return analyse(spec, every_variant=True)


@pytest.mark.parametrize("spec", bundled_names())
def test_a_bundled_spec_has_no_mistake_in_any_variant(spec: str) -> None:
    assert analysed(spec).diagnostics == ()


@pytest.mark.parametrize(("spec", "figures"), RESNETS.items())
def test_the_resnets_equal_the_papers_figures(spec: str, figures: tuple[int, int, float]) -> None:
    """Exactly where the arithmetic is exact, within 2 % of what the paper prints."""
    found = totals(cnnspec.load(spec).graph.nodes)
    assert (found.trainable_params, found.macs) == figures[:2]
    assert found.macs == pytest.approx(figures[2], rel=0.02)


@pytest.mark.parametrize(("spec", "trainable"), TRAINABLE.items())
def test_published_parameter_counts_are_met(spec: str, trainable: int) -> None:
    assert totals(cnnspec.load(spec).graph.nodes).trainable_params == trainable


@pytest.mark.parametrize(("spec", "blocks"), DEPTHS.items())
def test_the_resnet_table_equals_the_papers_row_by_row(
    spec: str, blocks: tuple[tuple[str, ...], tuple[int, ...]]
) -> None:
    """He et al. 2015, table 1: layer name, output size, blocks with repeats."""
    (summary,) = json.loads(summary_json([cnnspec.load(spec).summary()]))
    rows = [(row["name"], row["output"], row["blocks"]) for row in summary["stages"]]
    lines, depths = blocks
    wide = 4 if len(lines) == 3 else 1
    stages = zip(
        ("conv2_x", "conv3_x", "conv4_x", "conv5_x"), (56, 28, 14, 7), (64, 128, 256, 512), depths, strict=True
    )
    expected = [("conv1", [112, 112, 64], ["7×7, 64, stride 2"])]
    for name, size, filters, times in stages:
        pool = ["3×3 max pool, stride 2"] if name == "conv2_x" else []
        expected.append((name, [size, size, wide * filters], [*pool, bracket(lines, filters, times)]))
    expected += [
        ("average pool", [512 * wide], ["7×7 average pool"]),
        ("fully connected", [1000], [f"{512 * wide} × 1000"]),
        ("softmax", [1000], ["softmax"]),
    ]
    assert rows == expected


@pytest.mark.parametrize("spec", bundled_names())
def test_a_header_says_purpose_command_problem_and_parameters(spec: str) -> None:
    text = (SPECS / f"{spec}.yaml").read_text()
    header = [line for line in text.partition("cnnspec: 1")[0].splitlines() if line]
    assert header[0] == "# yaml-language-server: $schema=cnnspec.schema.json"
    keys = {line.removeprefix("# ").partition(":")[0] for line in header[1:]}
    wanted = {"command", "problem", "parameters", *({"time", "score"} if "\ndata:" in text else ())}
    assert wanted <= keys, f"{spec} lacks {wanted - keys}"
    assert analysed(spec).spec.root.get("expect") is not None


@pytest.mark.parametrize("spec", bundled_names())
def test_the_problem_of_a_header_is_that_of_the_network(spec: str) -> None:
    """As `specs list` shows it: how many classes, what else is learnt, from how many inputs of which rank."""
    (problem,) = re.findall(r"^# problem: (.{1,31})$", (SPECS / f"{spec}.yaml").read_text(), re.MULTILINE)
    _, graph = analysed(spec).require()
    head, *others = heads(graph)
    assert all((other.form, other.units) == (head.form, head.units) for other in others)
    ranks = sorted((len(graph.nodes[at].output) for at in graph.inputs.values()), reverse=True)
    if "class" in problem:
        count = re.search(r"of ([\d,]+),", problem)
        assert head.form == "class" and (count is None or int(count[1].replace(",", "")) == head.units)
    assert ("labels" in problem) == (head.form == "labels") and ("(regression)" in problem) == (head.form == "values")
    two = "two pictures" in problem
    assert (
        ranks
        == {"texts": [1], "signals": [2], "pictures": [3, 3] if two else [3], "number": [2, 1]}[problem.split()[-1]]
    )


def test_the_schema_beside_the_specs_is_the_programs_own() -> None:
    written = json.loads((SPECS / "cnnspec.schema.json").read_text())
    assert written == spec_schema(), "run: cnnspec schema -o specs/cnnspec.schema.json"


def test_bundled_specs_are_found_from_a_checkout() -> None:
    assert bundled_folder() == SPECS
    assert {"digits", "lenet", "fashion", "mnist", "textcnn", "resnet", "resnet-cifar", "vgg"} <= set(bundled_names())
