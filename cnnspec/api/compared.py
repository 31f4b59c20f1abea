"""What can be held against something else: a spec, a run, a revision's spec, or a model of another program."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnspec import door
from cnnspec.analysis import Analysis, analyse
from cnnspec.api.named import Settings, named, path_of, written
from cnnspec.language.document import variants_of
from cnnspec.language.location import STANDARD_INPUT

_MODELS = (".keras", ".h5", ".hdf5", ".json", ".cfg", ".prototxt")
"""How files are called that are imported."""


@dataclass(frozen=True, slots=True)
class Held:
    """Something that was read, with its mistakes; of a model the network alone counts, `left_out` tells the rest."""

    shown: str
    analysis: Analysis
    is_model: bool = False
    left_out: tuple[str, ...] = ()

    def compared(self) -> "door.compare.Compared":
        """As it is compared; raises Rejected where it has mistakes."""
        spec, graph = self.analysis.require()
        return door.compare.Compared(self.shown or spec.shown, graph, None if self.is_model else spec)


def held(
    what: object, settings: Settings | tuple[str, ...] | None, standard_input: Callable[[], bytes] | None = None
) -> Held:
    """What is named, with settings as --set has them or by their paths; raises TypeError, or Rejected, or OSError."""
    path = path_of(what, "diff() takes a spec's path or bundled name")
    given = settings if isinstance(settings, tuple) else written(settings)
    if path.lower().endswith(_MODELS):
        found = door.importing.imported(Path(path))
        return Held(path, analyse("-", given, found.text.encode), True, found.left_out)
    those = named(path, None, "diff()")
    analysis = analyse(those.argument, (*those.settings, *given), standard_input, trained=those.trained)
    return Held("" if path == STANDARD_INPUT else path, analysis)


def named_variants(what: str) -> dict[str, str]:
    """The variants of a spec by their names, each as it is named itself; none where one is named already."""
    if "@" in what.rpartition(":")[2] or what.lower().endswith(_MODELS) or named(what, None, "diff()").trained:
        return {}
    return {name: f"{what}@{name}" for name in variants_of(what)}


def found_between(
    one: object, other: object, settings: Settings | None, every_variant: bool = False
) -> "door.compare.Differences":
    """What differs between two that are named; raises TypeError, or Rejected, or OSError."""
    mine, theirs = (path_of(each, "diff() takes a spec's path or bundled name") for each in (one, other))
    ours, others = (named_variants(each) if every_variant else {} for each in (mine, theirs))
    if not ours or not others:
        return door.compare.compare(held(mine, None).compared(), held(theirs, settings).compared())
    each = {name: held(argument, None).compared() for name, argument in ours.items()}
    return door.compare.compare_variants(
        mine, theirs, each, {name: held(argument, settings).compared() for name, argument in others.items()}
    )
