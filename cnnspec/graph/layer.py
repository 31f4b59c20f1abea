"""A layer from what is written of it: its arguments checked, and how many entries it reads."""

from dataclasses import dataclass, field

from cnnspec.graph.defaults import Defaulting
from cnnspec.graph.entries import Use
from cnnspec.graph.scope import Result
from cnnspec.language.check import read_fields
from cnnspec.language.composites import ENTRY_ARGUMENTS
from cnnspec.language.interpolation import is_static
from cnnspec.language.resolve import compute_arguments
from cnnspec.layers.base import Layer
from cnnspec.source.values import Value


@dataclass(slots=True, eq=False, repr=False)
class LayerReader:
    """Reads layers; those without anything to compute are checked once, however often they are repeated."""

    _known: dict[tuple[int, str], tuple[Value, Layer | None]] = field(default_factory=dict)

    def read(self, cls: type[Layer], use: Use, defaults: Defaulting) -> Layer | None:
        """The layer with its arguments checked; None after a mistake, which was reported."""
        argument = use.written.argument
        known = self._known.get((id(argument), cls.kind))
        if known is not None:
            return known[1]
        arguments = use.arguments(cls.first_argument())
        if arguments is None:
            return None
        computed, broken = compute_arguments(arguments, use.around.scope, use.around.report)
        if use.around.defaults:
            computed = defaults.norms(computed, use.around)
        layer = read_fields(cls, computed, use.around.report, cls.kind, broken, also=ENTRY_ARGUMENTS)
        if argument is not None and is_static(argument):
            self._known[id(argument), cls.kind] = (
                argument,
                layer,
            )  # The argument is kept, so that its id stays its own.
        return layer


def reads_enough(cls: type[Layer], use: Use, sources: list[Result]) -> bool:
    """Whether a layer takes as many entries as it is to read; reports it if not."""
    count, least, most = len(sources), cls.least_inputs, cls.most_inputs
    if not sources[0].label:  # What could not be read may stand for several.
        return True
    if count >= least and (most is None or count <= most):
        return True
    expected = "one entry" if most == 1 else f"{'exactly' if most else 'at least'} {least} entries"
    help = "merge them first, with concat or add" if most == 1 else "write from: [one, another]"
    use.error("input-count", f"{cls.kind} reads {expected}, here {count}", help)
    return False
