"""Rules over a spec that makes sense: what it still should not say. One small file a rule."""

from collections.abc import Callable, Iterable

from cnnspec.checks.columns import columns_fit, enough_columns
from cnnspec.checks.expect import expected_facts, well_formed
from cnnspec.checks.freezing import frozen_as_drawn, nothing_left, statistics_learnt_alone
from cnnspec.checks.learning import schedule_too_short, two_schedules
from cnnspec.checks.masks import mask_dropped
from cnnspec.checks.normalisation import bias_before_norm, dropout_before_norm
from cnnspec.checks.objective import (
    figures_of_one_name,
    output_without_loss,
    spoken_of_unlearnt,
    unknown_monitor,
    unknown_outputs,
)
from cnnspec.checks.outputs import (
    logits_expected,
    metric_of_something_else,
    one_unit_for_classes,
    probabilities_expected,
    softmax_of_one,
)
from cnnspec.checks.phases import overridden_everywhere
from cnnspec.checks.running import not_running
from cnnspec.checks.scaling import unscaled_image
from cnnspec.checks.shrinking import shrinks_early
from cnnspec.checks.starting import known_pretrained, unknown_new
from cnnspec.checks.statistics import statistics_of_weights, statistics_unlearnt
from cnnspec.checks.subject import Sections, Subject
from cnnspec.source.diagnostic import Diagnostic

Rule = Callable[[Subject], Iterable[Diagnostic]]
SectionRule = Callable[[Sections], Iterable[Diagnostic]]

SECTION_RULES: tuple[SectionRule, ...] = (
    well_formed,
    output_without_loss,
    figures_of_one_name,
    overridden_everywhere,
)
"""Rules that need no graph: they run even where the model is wrong."""

PHASE_SECTION_RULES: tuple[SectionRule, ...] = (
    not_running,
    two_schedules,
    schedule_too_short,
    unknown_outputs,
    spoken_of_unlearnt,
    unknown_monitor,
    known_pretrained,
)
"""Those that run for each phase of the training, with the spec as it is there."""

RULES: tuple[Rule, ...] = (
    expected_facts,
    softmax_of_one,
    one_unit_for_classes,
    logits_expected,
    probabilities_expected,
    metric_of_something_else,
    unscaled_image,
    bias_before_norm,
    dropout_before_norm,
    shrinks_early,
    mask_dropped,
    frozen_as_drawn,
    unknown_new,
    statistics_of_weights,
    statistics_unlearnt,
    columns_fit,
    enough_columns,
)
"""The rules over a graph, in the order in which they run."""

PHASE_RULES: tuple[Rule, ...] = (nothing_left, statistics_learnt_alone)
"""Those that run for each phase of the training, with the spec and the graph as they are there."""

LATER_RULES = frozenset({"probabilities-expected", "no-loss", "metric-mismatch", "reserved-name"})
"""What older versions trained with: a run of such a spec is read as it is, and warned of."""
