"""What composites and blocks share: one thing to read, known arguments, plain values, a path of entries inside."""

from cnnspec.graph.entries import Use
from cnnspec.graph.nodes import Step
from cnnspec.graph.scope import Around, Result
from cnnspec.graph.walk import Walk
from cnnspec.language.composites import ENTRY_ARGUMENTS
from cnnspec.language.merge import stays
from cnnspec.source.diagnostic import nearest, respelt, suggestion
from cnnspec.source.values import Entry, Mapping, Scalar, Value, as_written, describe


def one_input(use: Use, sources: list[Result]) -> Result:
    """The single thing a composite reads; several are a mistake, and what is inside reads a spoilt result."""
    if len(sources) == 1:
        return sources[0]
    message = f"{use.written.kind} reads one entry, here {len(sources)}"
    use.error("input-count", message, "merge them first, with concat or add")
    return Result(None, "", use.written.key)


def known_arguments(use: Use, arguments: Mapping, known: tuple[str, ...]) -> set[str | None]:
    """Report arguments that the composite does not take; those that were probably meant."""
    meant: set[str | None] = set()
    for entry in arguments:
        if entry.key not in known:
            meant.add(nearest(entry.key, known))
            message = f"{use.written.kind} has no argument {entry.key}"
            words = (*known, *ENTRY_ARGUMENTS)
            help, edit = suggestion(entry.key, words), respelt(entry.key, words, entry.span)
            if edit is not None and stays(arguments, edit.text, entry.span):
                help, edit = f"leave it out: {edit.text} is given", None
            use.error("unknown-argument", message, help, entry.span, edit)
    return meant


def choice(use: Use, entry: Entry, value: Value | None, choices: tuple[str, ...], more: str = "") -> str | None:
    """The one of some words that an argument's computed value is; None after a mistake, which was reported."""
    if isinstance(value, Scalar) and value.value in choices:
        return str(value.value)
    if value is not None:
        expected = f"expected one of {', '.join(choices)}{more}"
        word = value.text if isinstance(value, Scalar) and as_written(value) else ""
        edit = respelt(word, choices, value.origin or value.span) if word else None
        use.error("bad-value", f"{entry.key} is {describe(value)}, {expected}", span=entry.value.span, edit=edit)
    return None


def flag(use: Use, entry: Entry | None) -> bool:
    """What an argument that is true or false says; False without it, and after a mistake, which was reported."""
    value = use.around.compute(entry.value) if entry is not None else None
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    if entry is not None and value is not None:
        message = f"{entry.key} is {describe(value)}, expected true or false"
        use.error("bad-value", message, span=entry.value.span)
    return False


def branch(
    walk: Walk, items: tuple[Value, ...], source: Result, around: Around, path: str, taken: frozenset[str] = frozenset()
) -> tuple[tuple[Step, ...], Result]:
    """Run the entries of a main path or a branch; an empty one gives the input itself."""
    steps, result = walk.run(items, source, around.inside(path, taken))
    result = result or Result(None, path, items[0].span)
    result.read = True
    return steps, result
