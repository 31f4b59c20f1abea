"""A function of the program, as it is called."""

from typing import Any

from cnnspec.reports.code.parameters import Parameter
from cnnspec.reports.code.syntax import Statement, Variable
from cnnspec.source.frozen import frozen


@frozen
class Function:
    """A function of the program, and how its uses call it: by the name of the use, the values of its parameters."""

    name: str
    reads: tuple[Variable, ...]
    parameters: dict[str, Parameter]
    statements: tuple[Statement, ...]
    about: str
    uses: tuple[str, ...]
    outside: tuple[tuple[int, ...], ...]

    def values(self, use: str) -> dict[str, Any]:
        """The arguments of one use, by name, where it matters what they are."""
        at = self.uses.index(use)
        return {name: each.values[at] for name, each in self.parameters.items() if at in each.values}
