"""One line for every spec: by subject, with variants where there is no data, and with scores where there is."""

from cnnspec.reports.page import Page
from cnnspec.reports.summary.overview import OverviewRow, overview_sheets, subject_of
from cnnspec.reports.terminal import lay_out
from tests.support.spec_texts import graph_of, summary_of

HEAD = "- global_avg_pool\n  - dense: {units: 3, activation: softmax}"
CLASSES = f"inputs: {{image: [8, 8, 3]}}\nmodel:\n  {HEAD}"
SUBJECTS = {
    "pictures": CLASSES,
    "signals": f"inputs: {{signal: [8, 3]}}\nmodel:\n  {HEAD}",
    "texts": "inputs: {tokens: {shape: [8], dtype: int32}}\nmodel:\n"
    f"  - embedding: {{input_dim: 9, output_dim: 4}}\n  {HEAD}",
    "segmentation": "inputs: {image: [8, 8, 3]}\nmodel: [conv: {filters: 3, kernel_size: 1, activation: softmax}]",
}


def test_a_subject_is_told_by_the_axes_of_what_goes_in_and_comes_out() -> None:
    assert {subject: subject_of(graph_of(text)) for subject, text in SUBJECTS.items()} == {
        each: each for each in SUBJECTS
    }
    again = "inputs: {image: [8, 8, 3]}\nmodel: [conv: {filters: 3, kernel_size: 1}]"
    assert subject_of(graph_of(again)) == "pictures"


def test_each_subject_has_a_table_of_what_has_data_and_one_of_architectures_alone() -> None:
    """Beside a score stand the problem and no sizes; beside variants sizes and no problem."""
    summary = summary_of(CLASSES)
    rows = [
        OverviewRow("wide@b", summary, "", "one class of 3, pictures", "pictures", variants=("a", "b")),
        OverviewRow("heard", summary, "9 of 10", "one class of 3, signals", "signals", has_data=True),
        OverviewRow("seen", summary, "8 of 10", "one class of 3, pictures", "pictures", has_data=True),
        OverviewRow("broken", None),
    ]
    lines = [line.split() for line in lay_out(overview_sheets(rows), Page(80)).plain.splitlines() if line]
    assert lines[:6] == [
        ["pictures", "with", "data"],
        ["name", "problem", "trainable", "score"],
        ["seen", "one", "class", "of", "3,", "pictures", "12", "8", "of", "10"],
        ["pictures", "architecture", "alone"],
        ["name", "variants", "input", "layers", "trainable", "MACs"],
        ["wide@b", "a", "b", "8×8×3", "1", "12", "9"],
    ]
    assert [line[0] for line in lines[6:]] == ["signals", "name", "heard", "others", "name", "broken"]
