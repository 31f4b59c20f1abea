"""What is told of an output beside its figures: intervals, calibration, curves, top-k, groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from cnnspec.reports.numbers import count, metric, plural
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.calibration import Calibration
from cnnspec.results.evaluation import Evaluation, OutputFigures
from cnnspec.results.groups import Groups
from cnnspec.results.intervals import Interval, Intervals
from cnnspec.results.threshold_curves import ThresholdCurves
from cnnspec.results.thresholds import FEWEST


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
    if output.threshold is not None:
        facts["threshold"] = {key: value for key, value in asdict(output.threshold).items() if key != "output"}
    if output.withheld is not None:
        facts["none_of_these"] = asdict(output.withheld)
    if output.groups is not None:
        rows = [
            {"name": row.name, "count": row.count, **row.figures, "intervals": _ends(row.intervals)}
            for row in output.groups.rows
        ]
        facts["groups"] = {"column": output.groups.column, "left_out": output.groups.left_out, "rows": rows}
    return facts


def _intervals(found: Intervals) -> dict[str, object]:
    grouped = {"groups": found.groups, "lone": found.lone} if found.groups else {}
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


_ALIKE = 1e-5
"""What Keras sums in single precision differs by less."""


def headline(output: OutputFigures) -> dict[str, float]:
    """The figures of an output that stand beside loss and metrics, by name."""
    found = dict(output.values)
    if output.accuracy is not None:
        found[accuracy_of(output)] = output.accuracy
    found |= {f"top_{each.k}_accuracy": each.accuracy for each in output.top}
    found |= {f"{row.name}_f1": row.f1 for row in output.averages if row.name == "macro"}
    if len(output.curves) == 1 and output.form == "class":
        (curves,) = output.curves
        found |= {"roc_auc": curves.roc.area, "average_precision": curves.precision_recall.average_precision}
    if output.calibration is not None:
        found["expected_calibration_error"] = output.calibration.ece
        found["brier_score"] = output.calibration.brier
    return found


def accuracy_of(output: OutputFigures) -> str:
    """How its accuracy is called: Keras tells another under a threshold, and for labels that of each label alone."""
    name = "subset_accuracy" if output.form == "labels" else "accuracy"
    return f"{name}_at_threshold" if output.threshold is not None and output.threshold.yes else name


def intervals_of(output: OutputFigures) -> Mapping[str, Interval]:
    """The intervals of an output's figures by name; none where it has none."""
    found = {} if output.intervals is None else output.intervals.of
    return {accuracy_of(output) if name == "accuracy" else name: each for name, each in found.items()}


def metric_intervals(output: OutputFigures, prefix: str, metrics: Mapping[str, float]) -> dict[str, Interval]:
    """The intervals of Keras' metrics that are a figure under another name, as the accuracy of one of its kinds."""
    found = {}
    for name, value in metrics.items():
        own = name.removeprefix(prefix)
        alike = "accuracy" if own.endswith("accuracy") and "top_k" not in own else own
        each = intervals_of(output).get(alike)
        if each is not None and name.startswith(prefix) and abs(each.value - value) <= _ALIKE * max(1, abs(value)):
            found[name] = each
    return found


def between(interval: Interval | None) -> str:
    """`0.9718 to 0.9957`."""
    return "" if interval is None else f"{metric(interval.least)} to {metric(interval.most)}"


def interval_remarks(evaluation: Evaluation) -> tuple[tuple[str, ...], ...]:
    """What the intervals stand on, and what could not be worked out."""
    outputs = evaluation.outputs
    known = [output.intervals for output in outputs if output.intervals is not None and output.intervals.of]
    drawn = f" of column {known[0].groups}" if known and known[0].groups else ""
    units = plural(known[0].units, "group" if drawn else "example") if known else ""
    of_shares = "of shares Wilson's, of others " if any(map(_has_shares, outputs)) and not drawn else ""
    lone = f", {count(known[0].lone)} of them examples where it is empty" if drawn and known[0].lone else ""
    lines = [f"intervals: {of_shares}{count(known[0].resamples)} resamples of {units}{drawn}{lone}"] if known else []
    if evaluation.skipped:
        lines.append(f"{plural(evaluation.skipped, 'example')} could not be read, and were skipped")
    lines += threshold_remarks(outputs)
    lost = {output.output: output.not_finite for output in outputs if output.not_finite}
    for name, many in lost.items():
        of = f"output {name}: " if len(outputs) > 1 else ""
        lines.append(f"{of}{plural(many, 'prediction')} not finite, so nothing is told of probabilities")
    return tuple((line,) for line in lines)


def _has_shares(output: OutputFigures) -> bool:
    """Whether examples are right or wrong as a whole, so that the interval of their share is Wilson's."""
    places = output.mistakes is not None and output.mistakes.form == "places"
    return output.accuracy is not None and not places


def score_sheets(output: OutputFigures, titled: bool) -> tuple[Sheet, ...]:
    """Calibration, thresholds and groups of an output, as far as it has them; `titled` where outputs have names."""
    title = f"output {output.output}" if titled else ""
    return tuple(_sheets(output, title))


def _sheets(output: OutputFigures, title: str) -> Iterator[Sheet]:
    if output.groups is not None:
        yield _group_sheet(output.groups, title, accuracy_of(output))
    if output.curves:
        yield threshold_sheet(output.curves, title, threshold_note(output))
    if output.calibration is not None:
        yield calibration_sheet(output.calibration, title)


def calibration_sheet(found: Calibration, title: str) -> Sheet:
    """A row for each bin that has answers."""
    of = "the probability of the answer" if found.of == "answers" else "the probability of each label"
    columns = (
        Column("probability"),
        Column(found.of, "right"),
        Column("mean", "right"),
        Column("right" if found.of == "answers" else "hold", "right"),
        Column("off by", "right"),
    )
    rows = tuple(
        (
            f"{each.least:.3f} to {each.most:.3f}",
            count(each.count),
            f"{each.confidence:.4f}",
            f"{each.accuracy:.4f}",
            f"{each.confidence - each.accuracy:+.4f}",
        )
        for each in found.bins
        if each.confidence is not None and each.accuracy is not None
    )
    return Sheet((title or "calibration", of, f"expected calibration error {metric(found.ece)}"), Table(columns, rows))


def threshold_remarks(outputs: Sequence[OutputFigures]) -> Iterator[str]:
    """Under which threshold an output answers, and what it withholds by that."""
    for output in outputs:
        if output.threshold is None or output.withheld is None:
            continue
        of = f"output {output.output}: " if len(outputs) > 1 else ""
        found, left = output.threshold, output.withheld
        chosen = f", chosen on the {found.split} split" if found.split else ""
        reached = f"from {metric(found.yes[0])} on" if len(found.yes) == 1 else "from a threshold for each label on"
        second = output.curves[0].name if output.form == "class" and output.curves else "yes"
        said = [f"{second} is said {reached}"] if found.yes else []
        said += [f"none of these where less sure than {metric(found.unsure)}"] if found.unsure is not None else []
        if said:
            yield f"{of}{', '.join(said)}{chosen}"
        if found.split and found.unsure is None and output.form == "class":
            few = f"the {found.split} split has {count(found.count)}"
            yield f"{of}nothing is withheld as unsure: that takes {FEWEST} examples, and {few}"
        rest = "" if left.accuracy is None else f"; of the others {left.accuracy:.1%} are right"
        yield f"{of}none of these: {count(left.count)} of {plural(left.of, 'example')}{rest}"


def threshold_note(output: OutputFigures) -> str:
    """What to do about the best threshold of an output: nothing where one was chosen, or where it takes none."""
    if output.calibration is None:
        return "of the output's own numbers, which are no probabilities"
    return "" if output.threshold is not None else "of others: --threshold auto"


def threshold_sheet(curves: tuple[ThresholdCurves, ...], title: str, note: str) -> Sheet:
    """A row for each class or label: areas under its curves, and the threshold of its best F1; a `note` below."""
    columns = (
        Column("of"),
        Column("ROC area", "right"),
        Column("average precision", "right", leaves=2),
        Column("best threshold", "right"),
        Column("F1 there", "right"),
        Column("F1 now", "right", leaves=1),
    )
    rows = tuple(
        (
            each.name,
            f"{each.roc.area:.4f}",
            f"{each.precision_recall.average_precision:.4f}",
            metric(each.best.value),
            f"{each.best.f1:.4f}",
            f"{each.best.f1_as_is:.4f}",
        )
        for each in curves
    )
    notes = ("the best threshold of these very examples", note)
    return Sheet((title or "thresholds",), Table(columns, rows), (tuple(filter(None, notes)),))


def _group_sheet(groups: Groups, title: str, accuracy: str) -> Sheet:
    """A row for each group, with the interval of the first figure that has one; `accuracy` is how that is called."""
    names = list(dict.fromkeys(name for row in groups.rows for name in row.figures))
    told = next((name for name in names if any(name in row.intervals for row in groups.rows)), "")
    called = {name: accuracy if name == "accuracy" else name for name in names}
    columns = (
        Column(groups.column),
        Column("examples", "right"),
        *(Column(called[name], "right", leaves=at) for at, name in enumerate(names)),
        *([Column("95 % interval", leaves=1)] if told else []),
    )
    rows = tuple(
        (
            row.name,
            count(row.count),
            *(metric(row.figures[name]) if name in row.figures else "" for name in names),
            *([between(row.intervals.get(told))] if told else []),
        )
        for row in groups.rows
    )
    heading = (f"{title}  by {groups.column}".strip(), f"the interval is of {called[told]}" if told else "")
    left = ((f"and {plural(groups.left_out, 'more value')} of {groups.column}",),) if groups.left_out else ()
    return Sheet(heading, Table(columns, rows), left)
