"""What the composites share: one thing to read, known arguments, a path of entries inside."""

from dataclasses import replace

from cnnspec.graph.entries import Written
from cnnspec.graph.nodes import Step
from cnnspec.graph.scope import Around, Result, ResultScope
from cnnspec.graph.walk import Walk
from cnnspec.source.diagnostic import nearest, suggestion
from cnnspec.source.values import Mapping, Value


def one_input(walk: Walk, written: Written, sources: list[Result], around: Around) -> Result:
    """The single thing a composite reads; several are a mistake, and what is inside reads a spoilt result."""
    if len(sources) == 1:
        return sources[0]
    walk.error(
        around,
        "input-count",
        f"{written.kind} reads one entry, here {len(sources)}",
        written.key,
        "merge them first, with concat or add",
    )
    return Result(None, "", written.key)


def known_arguments(
    walk: Walk, written: Written, arguments: Mapping, around: Around, known: tuple[str, ...]
) -> set[str | None]:
    """Report arguments that the composite does not take; those that were probably meant."""
    meant: set[str | None] = set()
    for entry in arguments:
        if entry.key not in known:
            meant.add(nearest(entry.key, known))
            walk.error(
                around,
                "unknown-argument",
                f"{written.kind} has no argument {entry.key}",
                entry.span,
                suggestion(entry.key, known),
            )
    return meant


def inside(around: Around, path: str, results: ResultScope | None = None) -> Around:
    """One level further in: a path of its own, and a scope of its own."""
    return replace(around, path=f"{path}.", results=results or ResultScope(around.results), depth=around.depth + 1)


def branch(
    walk: Walk, items: tuple[Value, ...], source: Result, around: Around, path: str
) -> tuple[tuple[Step, ...], Result]:
    """Run the entries of a main path or a branch; an empty one gives the input itself."""
    steps, result = walk.run(items, source, inside(around, path))
    result = result or Result(None, path, items[0].span)
    result.read = True
    return steps, result
