"""What an entry that is not there speaks of: its variables and blocks are used, if only by another choice."""

from collections.abc import Iterator

from cnnspec.graph.entries import Written
from cnnspec.language.interpolation import references
from cnnspec.language.spec import Spec
from cnnspec.source.values import Scalar, Sequence, Value


def mark_mentioned(written: Written, spec: Spec, used_blocks: set[str]) -> None:
    """Count the variables and blocks that an entry names as used, and those that these blocks name."""
    waiting = [value for value in (written.argument, *(e.value for e in written.common.values())) if value is not None]
    words = {written.kind}
    while waiting or words:
        for name in words & spec.blocks.keys() - used_blocks:
            used_blocks.add(name)
            block = spec.blocks[name]
            waiting += [block.layers, *(p.default for p in block.parameters if p.default is not None)]
        words = set()
        if waiting:
            value = waiting.pop()
            spec.variables.used.update(references(value) & spec.variables.raw.keys())
            words = set(_words(value))


def _words(value: Value) -> Iterator[str]:
    """Every key and every text in a value."""
    if isinstance(value, Scalar):
        yield value.text
        return
    for part in value.items if isinstance(value, Sequence) else (entry.value for entry in value):
        yield from _words(part)
    if not isinstance(value, Sequence):
        yield from value.keys()
