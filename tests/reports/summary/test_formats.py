"""The summary as JSON, CSV, Markdown and LaTeX: the same figures, whatever the spec's texts hold."""

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.reports.latex import as_latex
from cnnspec.reports.markdown import as_markdown
from cnnspec.reports.page import Page
from cnnspec.reports.summary.as_json import overview_csv, overview_json, summary_csv, summary_json
from cnnspec.reports.summary.collect import Summary
from cnnspec.reports.summary.compare import compare_sheet
from cnnspec.reports.summary.layers import layer_sheet
from cnnspec.reports.summary.overview import OverviewRow, overview_sheet
from cnnspec.reports.summary.stages import stage_sheet
from cnnspec.reports.terminal import lay_out
from tests.support.spec_texts import bundled, summary_of

SMALL = """
inputs: {image: [28, 28, 1]}
model:
  features: [conv: {filters: 8, kernel_size: 3, norm: batch}, max_pool: 2]
  head: [global_avg_pool, dense: {units: 10, activation: softmax}]
"""
UNKNOWN = """
inputs: {tokens: {shape: [null], dtype: int32}}
model:
  embed: [embedding: {input_dim: 100, output_dim: 8}]
  features: [conv: {filters: 4, kernel_size: 3}, global_max_pool]
"""


@pytest.fixture(scope="module")
def small() -> Summary:
    return summary_of(SMALL, reference="made up, table 1")


def test_json_has_the_promised_keys_and_values(small: Summary) -> None:
    (model,) = json.loads(summary_json([small]))
    promised = {"name", "params", "trainable_params", "macs", "output", "receptive_field", "stages"}
    assert promised <= model.keys()
    assert model["name"] == "small"
    assert model["params"] == 9 * 8 + 4 * 8 + 8 * 10 + 10
    assert model["params"] - model["trainable_params"] == 2 * 8
    assert model["macs"] == 26 * 26 * 9 * 8 + 8 * 10
    assert model["output"] == [10]
    assert model["receptive_field"] is None
    assert model["stages"] == [
        {
            "name": "features",
            "output": [13, 13, 8],
            "blocks": ["3×3, 8, valid", "2×2 max pool, stride 2"],
            "params": 104,
            "trainable_params": 88,
            "macs": 26 * 26 * 9 * 8,
            "receptive_field": [4, 4],
        },
        {
            "name": "head",
            "output": [10],
            "blocks": ["13×13 average pool", "8 × 10, softmax"],
            "params": 90,
            "trainable_params": 90,
            "macs": 80,
            "receptive_field": None,
        },
    ]


def test_json_of_an_unknown_length_says_null() -> None:
    (model,) = json.loads(summary_json([summary_of(UNKNOWN)]))
    assert model["inputs"] == {"tokens": [None]}
    assert model["stages"][0]["output"] == [None, 8]
    assert model["macs"] is None and model["activation_memory"] is None


def test_json_of_named_outputs_has_their_shapes_by_name() -> None:
    text = """
inputs: {image: [8, 8, 1]}
outputs: {first: one, second: two}
model: {one: [flatten, dense: 3], two: [dense: {units: 5, from: one}]}
"""
    (model,) = json.loads(summary_json([summary_of(text)]))
    assert model["output"] == {"first": [3], "second": [5]}


def test_the_layers_in_json_and_csv_add_up_to_the_total(small: Summary) -> None:
    (model,) = json.loads(summary_json([small], layers=True))
    rows = list(csv.DictReader(io.StringIO(summary_csv([small], layers=True))))
    assert [row["layer"] for row in rows] == [layer["name"] for layer in model["layers"]]
    for layers in (model["layers"], rows):
        assert sum(int(layer["params"]) for layer in layers) == model["params"]
        assert sum(int(layer["macs"]) for layer in layers) == model["macs"]
    assert all(set(layer["reads"]) <= {other["name"] for other in model["layers"]} for layer in model["layers"])


def test_csv_has_a_line_a_stage_with_exact_figures(small: Summary) -> None:
    rows = list(csv.DictReader(io.StringIO(summary_csv([small, small]))))
    assert [row["stage"] for row in rows] == ["features", "head"] * 2
    assert rows[0]["output"] == "13x13x8" and rows[0]["receptive_field"] == "4x4"
    assert sum(int(row["params"]) for row in rows[:2]) == small.cost.totals.params


def test_markdown_has_equally_many_cells_in_every_row(small: Summary) -> None:
    rows = [line for line in as_markdown((stage_sheet(small),)).splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    assert len(rows) == 2 + len(small.stages)


@pytest.mark.parametrize("variant", ["18", "50"])
def test_latex_closes_what_it_opens_and_has_the_columns_it_says(variant: str) -> None:
    text = as_latex((stage_sheet(bundled(f"resnet@{variant}")),))
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}")
    assert re.sub(r"\\[{}]", "", text).count("{") == re.sub(r"\\[{}]", "", text).count("}")
    assert text.count(r"\left[") == text.count(r"\right]") == 4
    outer = re.sub(r"\\mbox\{.*?\\end\{tabular\}", "", text)
    assert all(line.count(" & ") == 5 for line in outer.splitlines() if line.startswith("conv"))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_latex_compiles_with_booktabs_alone_whatever_the_texts_hold(small: Summary, tmp_path: Path) -> None:
    hostile = replace(small, name="\\input{x} $a_b^c & % # ~ {[red]} é", reference="\\end{table} \x1b[31m <|>")
    every = tuple(bundled(f"resnet@{variant}") for variant in ("18", "50"))
    tables = as_latex((stage_sheet(hostile), compare_sheet(every), stage_sheet(bundled("textcnn")), layer_sheet(small)))
    document = f"\\documentclass{{article}}\\usepackage{{booktabs}}\\begin{{document}}\n{tables}\n\\end{{document}}\n"
    (tmp_path / "tables.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-draftmode", "tables.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout.decode("utf-8", "replace")[-600:]


def test_the_overview_says_which_spec_has_mistakes(small: Summary) -> None:
    rows = [OverviewRow("small", small, "99.1 %"), OverviewRow("broken", None)]
    text = lay_out((overview_sheet(rows),), Page(80)).plain
    assert re.search(r"small +28×28×1 +2 +178 +48\.8K +99\.1 %", text)
    assert "has mistakes" in text
    assert [row["params"] for row in json.loads(overview_json(rows))] == [194, None]
    assert [row["params"] for row in csv.DictReader(io.StringIO(overview_csv(rows)))] == ["194", ""]


def test_an_overview_says_the_problem_of_each_spec_before_its_size(small: Summary) -> None:
    """On one line of a narrow page, for which sizes leave; in JSON and CSV it is the last, where there is any."""
    said = "a number (regression), signals"
    rows = [
        OverviewRow("small", small, "3 Hz off of 512 recordings that were heard", said),
        OverviewRow("other", small),
    ]
    text = lay_out((overview_sheet(rows),), Page(64)).plain
    assert re.search(rf"small +{re.escape(said)} +178 +3 Hz off", text) and "layers" not in text
    assert [row.get("problem") for row in json.loads(overview_json(rows))] == [said, None]
    assert [row["problem"] for row in csv.DictReader(io.StringIO(overview_csv(rows)))] == [said, ""]
    assert "problem" not in overview_csv(rows[1:]) + lay_out((overview_sheet(rows[1:]),), Page(64)).plain


hostile = ["\x1b[2J", "[red]x[/]", "\u202eabc", "a|b", "a\nb", "\x9b1m"]
texts = st.text(min_size=1, max_size=20) | st.sampled_from(hostile)


@settings(deadline=None)
@given(texts, texts, texts, st.integers(40, 120), st.booleans(), st.booleans())
def test_no_text_of_a_spec_reaches_any_format_as_a_control_character(
    small: Summary, name: str, reference: str, title: str, width: int, terminal: bool, ascii: bool
) -> None:
    stages = (replace(small.stages[0], title=title), *small.stages[1:])
    layers = tuple(replace(row, name=name, short=name, stage=title) for row in small.layers)
    spoilt = replace(small, name=name, reference=reference, stages=stages, layers=layers)
    sheets = (stage_sheet(spoilt), layer_sheet(spoilt), compare_sheet((spoilt, small)))
    page = lay_out(sheets, Page(width, terminal, ascii))
    assert all(line.isprintable() and cell_len(line) <= width for line in page.plain.split("\n"))
    assert not ascii or page.plain.isascii()
    data = (summary_json([spoilt], layers=True), summary_csv([spoilt], layers=True))
    written = (as_markdown(sheets), as_latex(sheets), *data)
    assert all(text.replace("\n", "").isprintable() for text in written)


def test_an_overview_counts_what_is_trained_and_says_so() -> None:
    """Frozen weights are none of it."""
    frozen = SMALL.replace("max_pool: 2", "conv: {filters: 2, kernel_size: 1, trainable: false}")
    summary = summary_of(frozen)
    text = lay_out((overview_sheet((OverviewRow("small", summary),)),), Page(80)).plain
    assert summary.cost.totals.trainable_params == 9 * 8 + 2 * 8 + 2 * 10 + 10
    assert "trainable" in text and str(summary.cost.totals.trainable_params) in text.split()


def test_a_layer_stays_indented_under_its_stage() -> None:
    """Markdown and LaTeX drop plain spaces at the start of a cell."""
    sheets = (layer_sheet(summary_of(SMALL)),)
    assert "\n| &nbsp;&nbsp;conv" in as_markdown(sheets)
    assert "\n\\enspace{}\\enspace{}conv" in as_latex(sheets)
