"""`stack.*.skip`: the entry `skip` in every repeat of the block `stack`, in order."""

from collections.abc import Iterator

from cnnspec.graph.entries import Written
from cnnspec.graph.scope import Around, Result, ResultScope
from cnnspec.language.interpolation import is_static
from cnnspec.source.values import Scalar, Sequence

EVERY = ".*."
"""What stands between the name of a block and that of an entry in it, or of a block in it."""


def keep_repeats(scope: ResultScope, kind: str, name: str, bodies: list[ResultScope]) -> None:
    """Remember the bodies of a block's repeats, by the name that it was given, and by its kind with others of it."""
    if not bodies:
        return
    scope.repeats.setdefault(kind, []).extend(bodies)
    if name and name != kind:
        scope.repeats[name] = bodies


def every_repeat(value: Scalar, text: str, around: Around, several: bool) -> list[Result | None]:
    """The results that such a name stands for; None in their place after a mistake, which was reported."""
    first, *inner, entry = text.split(EVERY)
    bodies = _bodies(around.results, first)
    for name in inner:
        bodies = [each for body in bodies for each in _inside(body, name)]
    found = [list(_named(body, entry)) for body in bodies]
    if not found or not all(found):
        if not around.complaints.blind:
            missing = f"no repeat of {first} before this has an entry {entry}"
            message = missing if bodies else f"no block before this is called {first}"
            known = dict.fromkeys(_patterns(around.results))
            help = "give the entry in the block a name, and name the block"
            around.misspelt("unknown-name", message, text, known, value.span, help)
    elif any(len(each) > 1 for each in found):
        message = f"{entry} stands more than once in {first}"
        around.error("duplicate-name", message, value.span, "give one of them another name")
    elif not several:
        message = f"{text} stands for a list, here of {len(found)}, where one entry is read"
        around.error("input-count", message, value.span, "merge them first, with concat or add")
    else:
        return [each[0] for each in found]
    return [None]


def read_together(written: Written, around: Around) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The names of what an entry reads that stand for several results, with the positions of these."""
    entry = written.common.get("from")
    value = entry.value if entry is not None else None
    for item in value.items if isinstance(value, Sequence) else (value,):
        if not isinstance(item, Scalar) or not is_static(item):
            continue
        name = str(item.value)
        whole = around.results.find(name)
        found = every_repeat(item, name, around, several=True) if EVERY in name else whole.several if whole else ()
        positions = tuple(each.position for each in found if each is not None and each.position is not None)
        if len(positions) > 1:
            yield name, positions


def _bodies(scope: ResultScope | None, name: str) -> list[ResultScope]:
    """Those of a block here or further out; one of another stage is `stage.block`."""
    while scope is not None:
        stage, dot, block = name.rpartition(".")
        staged = scope.inner.get(stage) if dot else None
        if found := scope.repeats.get(name) or (staged.repeats.get(block) if staged else None):
            return found
        scope = scope.outer
    return []


def _inside(body: ResultScope, name: str) -> list[ResultScope]:
    """The bodies of a block that stands in another."""
    return body.repeats.get(name) or [each for scope in body.within for each in _inside(scope, name)]


def _named(body: ResultScope, name: str) -> Iterator[Result]:
    """What is called so in a block, in its branches and main paths as well."""
    if (found := body.names.get(name)) is not None:
        yield found
        return
    for scope in body.within:
        yield from _named(scope, name)


def _patterns(scope: ResultScope | None) -> Iterator[str]:
    """All such names that can be written here."""
    while scope is not None:
        for block, bodies in scope.repeats.items():
            yield from (f"{block}{EVERY}{name}" for name in _names(bodies[0]))
        for stage, inner in scope.inner.items():
            for block, bodies in inner.repeats.items():
                yield from (f"{stage}.{block}{EVERY}{name}" for name in _names(bodies[0]))
        scope = scope.outer


def _names(body: ResultScope) -> Iterator[str]:
    yield from body.names
    for scope in body.within:
        yield from _names(scope)
