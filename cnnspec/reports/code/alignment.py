"""Entries of several lists beside each other: one text stands for them all."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from cnnspec.graph.nodes import Step
from cnnspec.reports.code.parameters import Apart
from cnnspec.reports.code.variables import identifier


def columns(lists: Sequence[Sequence[Step]]) -> list[list[list[Step]]]:
    """The entries of several lists beside each other, each with its repeats; nothing where an entry is not there."""
    runs = [{key: list(run) for key, run in groupby(steps, key=_key)} for steps in lists]
    if any(sum(map(len, each.values())) != len(steps) for each, steps in zip(runs, lists, strict=True)):
        raise Apart
    order: list[Any] = []
    for each in runs:
        place = 0
        for key in each:
            if key in order:
                place = order.index(key) + 1
            else:
                order.insert(place, key)
                place += 1
    for each in runs:
        places = [order.index(key) for key in each]
        if places != sorted(places):
            raise Apart
    return [[each.get(key, []) for each in runs] for key in order]


def following(rows: Sequence[Sequence[list[Step]]], number: int, count: int) -> list[list[Step]]:
    """The next entry of each list after the one of this number; nothing at its end."""
    later = rows[number + 1 :]
    return [next((row[place] for row in later if row[place]), []) for place in range(count)]


def _key(step: Step) -> tuple[Any, ...]:
    return (step.span, re.sub(r"\d+$", "", step.name.split(".")[-1]))


def number_of(step: Step) -> int:
    """The number at the end of a step's name, which may follow on digits of its kind."""
    word = step.name.split(".")[-1].removeprefix(step.kind)
    found = re.search(r"(\d+)$", word)
    return int(found[1]) if found else 1


def word_of(step: Step) -> str:
    """What a step is called, without its number."""
    return identifier(re.sub(r"\d+$", "", step.name.split(".")[-1]), "step")
