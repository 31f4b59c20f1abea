"""Where a file stands in the spec, for what is found wrong with it by who knows no spec."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cnnspec.source.diagnostic import Rejected
from cnnspec.source.route import ENCODING, FILE, NOWHERE, Route


@contextmanager
def file_at(file: Route, encoding: Route = NOWHERE) -> Iterator[None]:
    """What is found wrong with a FILE in here, or with its ENCODING, belongs where the spec says these."""
    known: dict[Route | None, Route | None] = {FILE: file, ENCODING: encoding}
    try:
        yield
    except Rejected as found:
        routed = [replace(each, at=known.get(each.at, each.at)) for each in found.diagnostics]
        raise Rejected(routed) from found.__cause__
