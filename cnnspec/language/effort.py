"""How much a spec may have the program do: what its references and expressions compute with, all variants together."""

from cnnspec.source.diagnostic import Diagnostic, Report
from cnnspec.source.span import Span
from cnnspec.source.values import Scalar, Value, size_of

MAX_STEPS = 2_000_000
"""What all expressions and references of one spec may take: a step is a value, or a character of an expression."""
OPERATION = 5
"""The steps of one operation, beside the values that it reads."""
MADE = 4
"""The steps of each value that is made, which takes longer than to read one."""
LETTERS = 64
"""Letters of a text that are read in a step."""


class Effort:
    """What a spec took until now; shared by its variants."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps = 0

    def afford(self, steps: int, place: Span, report: Report) -> bool:
        """Whether so many more steps may be taken at this place; reports it once if not."""
        before, self.steps = self.steps, self.steps + steps
        if before <= MAX_STEPS < self.steps:
            message = f"the spec computes with more than {MAX_STEPS:,} values"
            report(Diagnostic("too-many-values", message, place, help="compute less, or validate fewer variants"))
        return self.steps <= MAX_STEPS


def steps_of(value: Value) -> int:
    """What it takes to read a value."""
    if isinstance(value, Scalar):
        return 1 + (len(value.value) // LETTERS if isinstance(value.value, str) else 0)
    return size_of(value)
