"""How the arguments and options of a command are written; what takes a command line apart is told in its own words."""

from collections.abc import Callable

from cnnspec.source.frozen import frozen

Completion = Callable[[str], list[str]]
"""What may follow what was typed so far."""


@frozen
class Argument:
    """What stands by its place on a command line, called `metavar` in usage lines."""

    metavar: str
    help: str
    completion: Completion | None = None


class Option:
    """What stands by one of its names on a command line; a number has bounds, both of them allowed."""

    def __init__(
        self,
        *names: str,
        help: str,
        metavar: str | None = None,
        min: int | None = None,
        max: int | None = None,
        completion: Completion | None = None,
    ) -> None:
        self.names, self.help, self.metavar = names, help, metavar
        self.min, self.max, self.completion = min, max, completion
