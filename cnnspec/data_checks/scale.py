"""Numbers that reach the first weights far too small, or far too large."""

from collections.abc import Iterator, Sequence

from cnnspec.checks.subject import Subject
from cnnspec.data_checks.arrivals import Arrival, arrivals
from cnnspec.results.seen import NumbersSeen, Seen
from cnnspec.results.spread import Spread
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import InputAt, LayerAt

_FAINT = 0.1
"""The width of a range in which pixels that were scaled once more than they should be lie."""
_FAR = 100.0
"""What numbers that somebody standardised, or divided, do not reach."""
_NEAR = 1e-3
"""What such numbers go beyond."""
_LOUD = 8.0
"""What pixels that were brought into range do not reach."""
_TWICE = 1.01 / 255
"""The largest number of pixels that were divided by 255 twice."""
_PICTURE = 3
_LISTED = 3


def scaled_away(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Pixels that go from 0 to 1 already, divided by 255 once more, hardly differ from each other."""
    for numbers in seen.numbers:
        for arrival in arrivals(subject, numbers.input, numbers.all.least, numbers.all.most):
            wide, narrow = numbers.all.most - numbers.all.least, arrival.most - arrival.least
            if arrival.by is not None and 0 < narrow < min(_FAINT, wide / 2):
                told = f"{numbers.input} holds numbers {_ends(numbers.all)}, of which {arrival.by.kind} makes"
                message = f"{told} {arrival.least:.4g} to {arrival.most:.4g} for the first weights"
                help = _instead(numbers, arrival.by.kind)
                yield doubted("scaled-twice", message, help, at=LayerAt(arrival.by.name))


def _instead(numbers: NumbersSeen, kind: str) -> str:
    """What to write instead of a layer that makes numbers too small."""
    if max(abs(numbers.all.least), abs(numbers.all.most)) <= 2:
        return f"take {kind} out: the numbers are in range already"
    return f"write rescaling: {_divided(numbers)} instead"


def _divided(numbers: NumbersSeen) -> str:
    white = numbers.white or max(abs(numbers.all.least), abs(numbers.all.most))
    return f'"${{1 / {white:.6g}}}"'


def unscaled(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Weights are drawn for numbers about 1; pixels of 0 to 255, or years, make the first steps far too large."""
    for numbers in seen.numbers:
        arrived = list(arrivals(subject, numbers.input, numbers.all.least, numbers.all.most))
        is_picture = len(numbers.shape) == _PICTURE
        loud = [each for each in arrived if is_picture and _is_loud(numbers.all, each)]
        if loud:
            yield _scaled_too_little(numbers, loud[0]) if all(map(_is_scaled, loud)) else _raw_picture(numbers)
        elif is_picture and arrived and _is_faint(numbers.all) and all(each.by is None for each in arrived):
            yield _faint_picture(numbers)
        elif not is_picture and arrived and all(each.by is None for each in arrived):
            far = [each for each in numbers.columns or (numbers.all,) if _is_far(each)]
            if far:
                yield _far_numbers(numbers, far)


def _is_loud(spread: Spread, arrival: Arrival) -> bool:
    """Whether pixels are far beyond 1 when they arrive: most of them, and not a few outliers."""
    factor = (arrival.most - arrival.least) / (spread.most - spread.least or 1.0)
    return max(abs(arrival.least), abs(arrival.most)) > _LOUD and spread.deviation * factor > _LOUD / 2


def _raw_picture(numbers: NumbersSeen) -> Diagnostic:
    message = f"nothing rescales or normalises {numbers.input}, whose numbers go {_ends(numbers.all)}, before the first"
    start = f"start the model with rescaling: {{scale: {_divided(numbers)}}}"
    return doubted("unscaled-image", f"{message} weights", start, at=InputAt(numbers.input))


def _is_scaled(arrival: Arrival) -> bool:
    return arrival.by is not None and arrival.by.layer is not None and arrival.by.layer.prepares


def _scaled_too_little(numbers: NumbersSeen, arrival: Arrival) -> Diagnostic:
    assert arrival.by is not None
    told = f"{numbers.input} holds numbers {_ends(numbers.all)}, of which {arrival.by.kind} makes"
    message = f"{told} {arrival.least:.4g} to {arrival.most:.4g} for the first weights"
    return doubted(
        "unscaled-image", message, f"write rescaling: {_divided(numbers)} instead", at=LayerAt(arrival.by.name)
    )


def _is_faint(spread: Spread) -> bool:
    """Whether pixels are divided by 255 in the data already, and once more."""
    return spread.most - spread.least > 0 and max(abs(spread.least), abs(spread.most)) <= _TWICE


def _faint_picture(numbers: NumbersSeen) -> Diagnostic:
    message = f"{numbers.input} holds numbers {_ends(numbers.all)}, as if they had been divided by 255 twice"
    scale = f"{1 / max(abs(numbers.all.least), abs(numbers.all.most)):.4g}"
    help = f"divide once in the data, or start the model with rescaling: {scale}"
    return doubted("scaled-twice", message, help, at=InputAt(numbers.input))


def _is_far(spread: Spread) -> bool:
    bulk = abs(spread.mean) + 2 * spread.deviation
    return bulk > _FAR or 0 < bulk < _NEAR


def _far_numbers(numbers: NumbersSeen, far: Sequence[Spread]) -> Diagnostic:
    listed = ", ".join(f"{each.name} {_ends(each)}" for each in far[:_LISTED])
    more = f", and {len(far) - _LISTED} more" if len(far) > _LISTED else ""
    message = f"numbers far from standardised reach the first weights: {listed}{more}"
    help = "put - normalization before the first layer"
    return doubted("unscaled-numbers", message, help, at=InputAt(numbers.input))


def _ends(spread: Spread) -> str:
    return f"from {spread.least:.4g} to {spread.most:.4g}"
