"""Rules over what was seen of the data and the network that is to read it. One small file a rule."""

from collections.abc import Callable, Iterable

from cnnspec.checks.subject import Subject
from cnnspec.data_checks.axes import picture_without_channels
from cnnspec.data_checks.depth import sixteen_bits_unused
from cnnspec.data_checks.folders import splits_as_classes
from cnnspec.data_checks.precision import inexact_numbers
from cnnspec.data_checks.rare import single_examples
from cnnspec.data_checks.scale import scaled_away, unscaled
from cnnspec.data_checks.spaces import no_spaces
from cnnspec.data_checks.targets import unscaled_targets
from cnnspec.data_checks.tokens import one_token
from cnnspec.graph.locate import with_place
from cnnspec.language.allowances import Allowances
from cnnspec.results.seen import Seen
from cnnspec.source.diagnostic import Diagnostic, ordered

DataRule = Callable[[Subject, Seen], Iterable[Diagnostic]]

DATA_RULES: tuple[DataRule, ...] = (
    scaled_away,
    unscaled,
    unscaled_targets,
    inexact_numbers,
    picture_without_channels,
    sixteen_bits_unused,
    splits_as_classes,
    no_spaces,
    one_token,
    single_examples,
)
"""The rules, in the order in which they run."""


def doubts(subject: Subject, seen: Seen) -> tuple[Diagnostic, ...]:
    """What is to be said of a spec's data, but for what a comment in the spec allows."""
    found = [diagnostic for rule in DATA_RULES for diagnostic in rule(subject, seen)]
    placed = (with_place(diagnostic, subject.spec, subject.graph) for diagnostic in found)
    return ordered(filter(Allowances(subject.spec.texts).keeps, placed))
