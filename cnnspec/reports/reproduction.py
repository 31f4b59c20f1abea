"""Whether a run came to the same again: what was as it was, and what differs first and by how much."""

from collections.abc import Iterator
from dataclasses import asdict

from cnnspec.reports.numbers import plural
from cnnspec.reports.safe import json_text
from cnnspec.reports.table import Column, Sheet, Table
from cnnspec.results.reproduction import Check, Figure, Reproduction, Weights

_SAME = "the same"
_DIGITS = "figures may differ in their last digits"


def checks_sheet(run: str, checks: tuple[Check, ...]) -> Sheet:
    """What the run depends on, then and now."""
    rows = tuple((each.what, each.was, _SAME if each.same else each.now) for each in checks)
    others = [each.what for each in checks if each.bears and not each.same]
    remarks = ((f"not as it was: {', '.join(others)}; {_DIGITS}",),) if others else ()
    return Sheet((run, "trained once more"), Table((Column(""), Column("then"), Column("now")), rows), remarks)


def data_line(data: tuple[Check, ...], held: bool) -> str:
    """That the data is as it was, and which files those are; and the spec, where it was `held` against what it was."""
    same = [*(["the spec"] if held else []), *(each.what for each in data)]
    found = f"as they were: {', '.join(same)}" if same else ""
    unknown = "" if held else "the run has no checkpoint to tell whether spec.yaml is as it was"
    return "; ".join(filter(None, (found, unknown)))


def verdict_lines(found: Reproduction) -> Iterator[str]:
    """`identical`, or what differs first and by how much; a line each."""
    if found.identical:
        weights = sum(each.count for each in found.weights)
        yield (
            f"identical: {plural(found.epochs, 'epoch')} with {plural(found.figures, 'figure')} each, "
            f"{plural(weights, 'tensor')} of weights, to the last bit"
        )
    else:
        alone = "its weights alone" if any(each.differing for each in found.weights) else "what it knows of its data"
        yield f"differs{_first(found.figure)}" if found.figure else f"differs in {alone}"
        yield from (_of_weights(each) for each in found.weights if each.differing)
        yield from (f"{name} is another" for name in found.texts)
    if not found.identical:
        others = [
            f"{each.what} was {each.was}, and is {each.now}" for each in found.checks if each.bears and not each.same
        ]
        yield from others
    yield from found.remarks if not found.identical else ()
    yield f"the new run: {found.again}"


def _first(figure: Figure) -> str:
    where = "on the test split" if figure.epoch is None else f"first in epoch {figure.epoch + 1}"
    if figure.was is None or figure.now is None:
        there = "is there now, and was not" if figure.was is None else "was there, and is not now"
        return f" {where}: {figure.name} {there}"
    return f" {where}: {figure.name} was {figure.was!r}, and is {figure.now!r}, by {figure.by:.3g}"


def _of_weights(weights: Weights) -> str:
    if not weights.count:
        return f"{weights.file} is not there"
    by = "of another shape or not there" if weights.largest is None else f"by up to {weights.largest:.3g}"
    differing = f"{weights.differing:,} of {plural(weights.count, 'tensor')} differ"
    return f"{weights.file}: {differing}, the first {weights.first}, {by}"


def reproduction_json(found: Reproduction) -> str:
    """The same for scripts; epochs count from 0."""
    figure = None if found.figure is None else {**asdict(found.figure), "by": found.figure.by}
    return json_text(
        {
            "run": found.run,
            "again": found.again,
            "identical": found.identical,
            "checks": [{**asdict(each), "same": each.same} for each in found.checks],
            "epochs": found.epochs,
            "figures": found.figures,
            "first": figure,
            "weights": [asdict(each) for each in found.weights],
            "texts": list(found.texts),
            "remarks": list(found.remarks),
        }
    )
