"""How large a model may become, so that no spec can keep the program busy or fill the memory."""

from dataclasses import dataclass
from typing import NoReturn

from cnnspec.graph.complaints import Complaints
from cnnspec.graph.scope import Around
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.span import Span
from cnnspec.source.values import Value, size_of

MAX_LAYERS = 20_000
MAX_ENTRIES = 60_000
MAX_VALUES = 1_000_000
"""How many values the walk may look at, those of an entry again at each of its repeats."""
MAX_DEPTH = 48


class TooLarge(Exception):
    """The model is beyond the limits; it was reported, and the walk ends."""


@dataclass(slots=True, kw_only=True)
class Bounded(Complaints):
    """What a walk has looked at so far; each of its methods raises TooLarge, once it was reported."""

    entries: int = 0
    _values: int = 0

    def count(self, value: Value | None, span: Span, around: Around) -> None:
        """Count an entry, or another repeat of it, with all that is written in it."""
        self.entries += 1
        if self.entries > MAX_ENTRIES:
            self.too_large(f"{MAX_ENTRIES:,} entries", span, around.uses)
        self.spend(size_of(value) if value is not None else 1, span, around)

    def spend(self, values: int, span: Span, around: Around) -> None:
        """Count values that are looked at."""
        self._values += values
        if self._values > MAX_VALUES:
            self.too_large(f"{MAX_VALUES:,} values", span, around.uses)

    def check_depth(self, span: Span, around: Around) -> None:
        """End where blocks and branches are nested too deeply."""
        if around.depth > MAX_DEPTH:
            message = f"blocks and branches nested more than {MAX_DEPTH} deep"
            self.error(around, "too-deep", message, span, "flatten the structure")
            raise TooLarge

    def too_large(self, what: str, span: Span, uses: tuple[Span, ...]) -> NoReturn:
        """End the walk: the model is larger than `what`."""
        message = f"the model expands to more than {what}"
        self.reporter(uses)(Diagnostic("model-too-large", message, span, help="repeat less"))
        raise TooLarge
