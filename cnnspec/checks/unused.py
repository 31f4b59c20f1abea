"""Variables and blocks that no variant uses."""

from collections.abc import Iterator

from cnnspec.source.diagnostic import Diagnostic, warning
from cnnspec.source.values import Mapping


def unused_names(root: Mapping, variables: frozenset[str], blocks: frozenset[str], file: str) -> Iterator[Diagnostic]:
    """What the file itself defines and nothing reads; what it inherits is its base's to use."""
    for section, used in (("vars", variables), ("blocks", blocks)):
        value = root.get(section)
        for entry in value if isinstance(value, Mapping) else ():
            if entry.key not in used and entry.span.file == file:
                yield warning("unused-name", f"nothing uses {entry.key} of {section}", entry.span, "delete it")
