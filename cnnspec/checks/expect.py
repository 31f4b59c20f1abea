"""`expect`: the facts that must hold."""

import re
from collections.abc import Iterator

from cnnspec.checks.subject import Sections, Subject
from cnnspec.graph.facts import output_shape, totals
from cnnspec.language.interpolation import interpolate
from cnnspec.language.keys import FACTS
from cnnspec.layers.shape import Shape
from cnnspec.source.diagnostic import Diagnostic, misspelt
from cnnspec.source.values import Entry, Mapping, Scalar, Value, describe, plain, show


def well_formed(sections: Sections) -> Iterator[Diagnostic]:
    """What stands under `expect` is a fact, or the facts of a variant."""
    expect, variants = sections.spec.root.get("expect"), dict.fromkeys(sections.names("variants") or ())
    for entry in expect if isinstance(expect, Mapping) else ():
        if entry.key in FACTS:
            continue
        if entry.key not in variants:
            message = f"expect has no key {entry.key}"
            yield misspelt("unknown-key", message, entry.key, (*FACTS, *variants), entry.span)
        elif isinstance(entry.value, Mapping):
            yield from _unknown_facts(entry.value)
        else:
            message = f"expect of {entry.key} is {describe(entry.value)}, expected a map of facts"
            yield Diagnostic("bad-value", message, entry.value.span)


def _unknown_facts(facts: Mapping) -> Iterator[Diagnostic]:
    for entry in facts:
        if entry.key not in FACTS:
            yield misspelt("unknown-key", f"expect has no fact {entry.key}", entry.key, FACTS, entry.span)


def expected_facts(subject: Subject) -> Iterator[Diagnostic]:
    """Every expectation for this variant; those for the spec itself are about the variant it has by default."""
    expect, spec = subject.spec.root.get("expect"), subject.spec
    if not isinstance(expect, Mapping) or not spec.checks_facts:
        return
    mine = expect.get(spec.variant) if spec.variant else None
    own = expect if spec.variant == spec.default_variant else ()
    for entry in (*own, *(mine if isinstance(mine, Mapping) else ())):
        if entry.key in FACTS:
            yield from _fact(subject, entry)


def _fact(subject: Subject, entry: Entry) -> Iterator[Diagnostic]:
    reported: list[Diagnostic] = []
    value = interpolate(entry.value, subject.spec.variables, reported.append)
    yield from reported
    if value is None:
        return
    actual = _actual(subject, entry.key)
    if entry.key == "output":
        holds = plain(value) == actual
    else:
        number = value.value if isinstance(value, Scalar) else None
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            yield Diagnostic("bad-value", f"{entry.key} is {describe(value)}, expected a number", entry.value.span)
            return
        holds = isinstance(actual, int) and _close(actual, number, value)
    if not holds:
        shown = f"{actual:,}" if isinstance(actual, int) else show(actual)
        yield Diagnostic(
            "expectation",
            f"{entry.key} is {shown}, expected {_written(value)}",
            entry.value.span,
            help="mend the model, or the expectation",
        )


def _written(value: Value) -> str:
    return value.text if isinstance(value, Scalar) else show(plain(value))


def _actual(subject: Subject, fact: str) -> object:
    if fact == "output":
        shape = output_shape(subject.graph)
        return {name: _sizes(each) for name, each in shape.items()} if isinstance(shape, dict) else _sizes(shape)
    found = totals(subject.graph.nodes)
    return {"params": found.params, "trainable_params": found.trainable_params, "macs": found.macs}[fact]


def _sizes(shape: Shape) -> list[int | None]:
    return [size if isinstance(size, int) else None for size in shape]


def _close(actual: int, expected: int | float, value: Value) -> bool:
    """An integer is exact; a float holds within one unit of its last written digit."""
    if isinstance(expected, int):
        return actual == expected
    text = value.text if isinstance(value, Scalar) else str(expected)
    return abs(actual - expected) <= last_digit(text) * (1 + 1e-9)


def last_digit(text: str) -> float:
    """One unit of the last digit of a number as written: 1e8 for 1.8e9."""
    match = re.match(r"[-+]?\d*(?:\.(\d*))?(?:[eE]([-+]?\d+))?\Z", text)
    if match is None:
        return 0.0
    return float(f"1e{int(match[2] or 0) - len(match[1] or '')}")
