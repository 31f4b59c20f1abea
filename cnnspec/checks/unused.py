"""Variables, blocks and defaults that no variant uses."""

from collections.abc import Iterator

from cnnspec.language.kind_defaults import kinds_in
from cnnspec.source.diagnostic import Diagnostic, warning
from cnnspec.source.span import Span
from cnnspec.source.values import Mapping


def unused_defaults(root: Mapping, used: frozenset[Span], file: str) -> Iterator[Diagnostic]:
    """Kinds under the file's own defaults of which it has no entry: they hold for no entries of another file."""
    for entry in kinds_in(root.get("defaults")):
        if entry.span not in used and entry.span.file == file:
            help = f"delete it: no entry of this file is {entry.key}"
            yield warning("unused-name", f"nothing uses {entry.key} of defaults", entry.span, help)


def unused_names(root: Mapping, variables: frozenset[str], blocks: frozenset[str], file: str) -> Iterator[Diagnostic]:
    """What the file itself defines and nothing reads; what it inherits is its base's to use."""
    for section, used in (("vars", variables), ("blocks", blocks)):
        value = root.get(section)
        for entry in value if isinstance(value, Mapping) else ():
            if entry.key not in used and entry.span.file == file:
                yield warning("unused-name", f"nothing uses {entry.key} of {section}", entry.span, "delete it")
