"""How sure figures are, as tables that fit the page and as JSON that holds everything."""

import json
from dataclasses import replace

import pytest
from rich.cells import cell_len

from cnnspec.reports.evaluation import evaluation_json, evaluation_sheets
from cnnspec.reports.page import Page
from cnnspec.reports.terminal import lay_out
from cnnspec.results.calibration import Bin, Calibration
from cnnspec.results.evaluation import ClassFigures, Evaluation, OutputFigures, TopK
from cnnspec.results.groups import Group, Groups
from cnnspec.results.intervals import Interval, Intervals
from cnnspec.results.mistaken import Mistakes
from cnnspec.results.threshold_curves import BestThreshold, PrecisionRecallCurve, RocCurve, ThresholdCurves
from cnnspec.results.thresholds import FEWEST, Threshold, Withheld

OF = {"accuracy": Interval(0.75, 0.7, 0.8), "macro_f1": Interval(0.5, 0.25, 0.625)}
BINS = (Bin(0.0, 0.5, 0, None, None), Bin(0.5, 1.0, 40, 0.875, 0.75))
CURVES = ThresholdCurves(
    "an unusually long name of a class that nobody would type",
    30,
    10,
    RocCurve(0.9, (0.0, 0.5, 1.0), (0.0, 1.0, 1.0), (1.0, 0.5, 0.0)),
    PrecisionRecallCurve(0.8, (0.25, 1.0, 1.0), (1.0, 0.5, 0.0), (0.1, 0.9)),
    BestThreshold(0.375, 0.9, 0.8),
)
OUTPUT = OutputFigures(
    "output",
    "class",
    0.75,
    classes=(ClassFigures("no", 0.5, 0.25, 1 / 3, 8, 4, 2),),
    averages=(ClassFigures("macro", 0.5, 0.5, 0.5, 8),),
    matrix=((8,),),
    mistakes=Mistakes("class", 10, 40),
    top=(TopK(2, 0.875),),
    calibration=Calibration("answers", 40, 0.125, 0.125, 0.2, BINS),
    curves=(CURVES,),
    intervals=Intervals(0.95, 1000, 40, OF),
    groups=Groups(
        "hospital", (Group("north", 30, {"accuracy": 0.8}, {"accuracy": OF["accuracy"]}), Group("(empty)", 10)), 3
    ),
)
SCORED = Evaluation("runs/small-1", "test", 40, 0.5, {"accuracy": 0.7500001, "auc": 0.9}, "best.keras", (OUTPUT,))


def text_of(evaluation: Evaluation, width: int = 80) -> str:
    return lay_out(evaluation_sheets(evaluation, width), Page(width)).plain


@pytest.mark.parametrize("width", [50, 80, 120])
def test_the_tables_fit_the_page(width: int) -> None:
    evaluation = replace(SCORED, outputs=(OUTPUT, replace(OUTPUT, output="other")))
    assert all(cell_len(line) <= width for line in text_of(evaluation, width).splitlines())


def test_intervals_stand_beside_the_figures_that_they_are_of() -> None:
    """Beside Keras' metric where it is the same figure, and beside none that differs."""
    lines = {line.split()[0]: line.split()[1:] for line in text_of(SCORED).splitlines() if len(line.split()) > 1}
    assert lines["accuracy"] == ["0.7500", "0.7000", "to", "0.8000"] and lines["macro_f1"][1:] == [
        "0.2500",
        "to",
        "0.6250",
    ]
    assert lines["auc"] == ["0.9000"] and lines["top_2_accuracy"] == ["0.8750"]
    assert lines["expected_calibration_error"] == ["0.1250"] and lines["brier_score"] == ["0.2000"]
    other = text_of(replace(SCORED, metrics={"accuracy": 0.5}))
    assert "0.5000  0.7000" not in other


def test_the_share_with_every_label_right_is_not_called_as_keras_calls_that_of_each_label() -> None:
    """Keras' accuracy stays beside it, with no interval of the other figure."""
    own = Threshold("output", (0.375,), None, "", 0)
    for threshold, name in ((None, "subset_accuracy"), (own, "subset_accuracy_at_threshold")):
        labels = replace(OUTPUT, form="labels", matrix=(), threshold=threshold)
        text = text_of(replace(SCORED, metrics={"accuracy": 0.9375}, outputs=(labels,)))
        lines = {line.split()[0]: line.split()[1:] for line in text.splitlines() if len(line.split()) > 1}
        assert lines["accuracy"] == ["0.9375"] and lines[name] == ["0.7500", "0.7000", "to", "0.8000"]
        by = text[text.index("by hospital") :]
        assert f"the interval is of {name}" in by and name in by.splitlines()[2].split()


def test_groups_are_headed_by_the_figure_that_has_an_interval() -> None:
    mae = {"mean_absolute_error": 0.8, "r2_score": 0.5}
    for intervals, told in (({"r2_score": OF["accuracy"]}, "the interval is of r2_score"), ({}, "")):
        groups = Groups("hospital", (Group("north", 30, mae, intervals), Group("south", 2, mae)))
        text = text_of(replace(SCORED, outputs=(OutputFigures("output", "values", values=mae, groups=groups),)))
        by = text[text.index("by hospital") :]
        assert told in by and ("95 % interval" in by) == ("interval is of" in by) == bool(told)


def test_what_the_intervals_stand_on_is_said() -> None:
    assert "intervals: of shares Wilson's, of others 1,000 resamples of 40 examples" in text_of(SCORED)
    grouped = replace(OUTPUT, intervals=Intervals(0.95, 1000, 8, OF, "patient"))
    assert "intervals: 1,000 resamples of 8 groups of column patient" in text_of(replace(SCORED, outputs=(grouped,)))
    lone = replace(OUTPUT, intervals=Intervals(0.95, 1000, 8, OF, "patient", 3))
    text = " ".join(text_of(replace(SCORED, outputs=(lone,))).split())
    assert "resamples of 8 groups of column patient, 3 of them examples where it is empty" in text
    places = replace(OUTPUT, mistakes=Mistakes("places", 10, 40))
    assert "intervals: 1,000 resamples of 40 examples" in text_of(replace(SCORED, outputs=(places,)))


def test_under_a_threshold_the_accuracy_is_called_so_and_what_is_withheld_is_told() -> None:
    under = replace(
        OUTPUT, threshold=Threshold("output", (0.375,), 0.625, "validation", 80), withheld=Withheld(4, 40, 0.8)
    )
    text = " ".join(text_of(replace(SCORED, metrics={}, outputs=(under,))).split())
    assert "accuracy_at_threshold 0.7500 0.7000 to 0.8000" in text
    told = f"{CURVES.name} is said from 0.3750 on, none of these where less sure than 0.6250"
    assert f"{told}, chosen on the validation split" in text
    assert "none of these: 4 of 40 examples; of the others 80.0% are right" in text
    held = json.loads(evaluation_json(replace(SCORED, outputs=(under,))))["outputs"]["output"]
    assert held["threshold"] == {"yes": [0.375], "unsure": 0.625, "split": "validation", "count": 80}
    assert held["none_of_these"] == {"count": 4, "of": 40, "accuracy": 0.8}


def test_of_too_few_examples_it_is_said_that_nothing_is_withheld() -> None:
    few = Threshold("output", (), None, "validation", FEWEST - 1)
    under = replace(OUTPUT, threshold=few, withheld=Withheld(0, 40, 0.8))
    text = " ".join(text_of(replace(SCORED, outputs=(under,))).split())
    assert "nothing is withheld as unsure: that takes 19 examples, and the validation split has 18" in text
    own = replace(under, threshold=replace(few, split=""))
    assert "nothing is withheld" not in text_of(replace(SCORED, outputs=(own,)))


def test_predictions_that_are_no_numbers_are_counted() -> None:
    text = text_of(replace(SCORED, outputs=(replace(OUTPUT, calibration=None, curves=(), top=(), not_finite=3),)))
    assert "3 predictions not finite, so nothing is told of probabilities" in " ".join(text.split())


def test_new_examples_are_named_by_their_path_and_those_that_were_skipped_are_counted() -> None:
    new = replace(SCORED, split="", data="photos/new", skipped=2)
    assert "photos/new, 40 examples" in text_of(new) and "2 examples could not be read, and were skipped" in text_of(
        new
    )
    held = json.loads(evaluation_json(new))
    assert (held["split"], held["data"], held["skipped"]) == (None, "photos/new", 2)


def test_json_has_all_points_and_groups() -> None:
    held = json.loads(evaluation_json(SCORED))["outputs"]["output"]
    assert held["intervals"]["of"]["accuracy"] == {"value": 0.75, "least": 0.7, "most": 0.8}
    assert held["calibration"]["bins"][0]["confidence"] is None and held["top"] == [{"k": 2, "accuracy": 0.875}]
    (curves,) = held["curves"].values()
    assert curves["roc"]["thresholds"] == [1.0, 0.5, 0.0] and curves["best"]["value"] == 0.375
    assert held["groups"]["left_out"] == 3 and held["groups"]["rows"][0]["accuracy"] == 0.8
