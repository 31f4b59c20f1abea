"""What is told of an output beside its figures: intervals, calibration, curves, top-k, groups."""

from collections.abc import Mapping
from dataclasses import asdict

from cnnspec.results.evaluation import OutputFigures
from cnnspec.results.intervals import Interval, Intervals
from cnnspec.results.threshold_curves import ThresholdCurves


def scores_facts(output: OutputFigures) -> dict[str, object]:
    """What there is, as JSON has it: `"intervals", "top", "calibration", "curves", "groups", "not_finite"`."""
    facts: dict[str, object] = {}
    if output.not_finite:
        facts["not_finite"] = output.not_finite
    if output.intervals is not None:
        facts["intervals"] = _intervals(output.intervals)
    if output.top:
        facts["top"] = [asdict(each) for each in output.top]
    if output.calibration is not None:
        facts["calibration"] = asdict(output.calibration)
    if output.curves:
        facts["curves"] = {each.name: _curves(each) for each in output.curves}
    if output.groups is not None:
        rows = [
            {"name": row.name, "count": row.count, **row.figures, "intervals": _ends(row.intervals)}
            for row in output.groups.rows
        ]
        facts["groups"] = {"column": output.groups.column, "left_out": output.groups.left_out, "rows": rows}
    return facts


def _intervals(found: Intervals) -> dict[str, object]:
    grouped = {"groups": found.groups} if found.groups else {}
    return {
        "level": found.level,
        "resamples": found.resamples,
        "units": found.units,
        **grouped,
        "of": _ends(found.of),
    }


def _ends(intervals: Mapping[str, Interval]) -> dict[str, object]:
    return {name: asdict(each) for name, each in intervals.items()}


def _curves(curves: ThresholdCurves) -> dict[str, object]:
    return {key: value for key, value in asdict(curves).items() if key != "name"}
