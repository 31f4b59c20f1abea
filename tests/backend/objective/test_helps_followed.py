"""What a refused loss is told to be leads to one that is taken: no two helps point at each other."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.splits import Split
from cnnspec.backend.objective.compile import choose_objective
from cnnspec.checks.outputs import logits_expected, one_unit_for_classes, probabilities_expected, softmax_of_one
from cnnspec.checks.subject import Subject
from cnnspec.graph.heads import learnt_heads
from cnnspec.language.location import Location
from cnnspec.language.losses import Loss
from cnnspec.source.diagnostic import Diagnostic, Rejected
from tests.support.spec_texts import HEADER, read

NUMBERS = np.arange(12) % 3
ROWS = np.eye(3, dtype="int32")
LABELS: dict[str, dict[int, Any]] = {
    "numbers": {1: NUMBERS % 2, 3: NUMBERS},
    "rows": {1: (NUMBERS % 2)[:, None], 3: ROWS[NUMBERS].astype("float32")},
    "several": {1: NUMBERS % 2, 3: ROWS[NUMBERS] | ROWS[::-1][NUMBERS]},
}
PLAIN = sorted(set(Loss.members) - {"ctc", "circle"})
LOGITS = [f"{{{kind}: {{from_logits: true}}}}" for kind in PLAIN if "from_logits" in Loss.members[kind].model_fields]
RULES = (softmax_of_one, one_unit_for_classes, logits_expected, probabilities_expected)
_LOSS = re.compile(r"(?:write |or |with )loss: (\{.*?\}\}|\w+)")
_ACTIVATION = re.compile(r"write activation: (\w+)|write (\w+) in place of \w+")


def trouble(activation: str, units: int, labels: Any, loss: str) -> Diagnostic | None:
    """The first thing that is wrong with an output, its labels and its loss."""
    layer = f"dense: {{units: {units}, activation: {activation}}}"
    text = f"inputs: {{x: [4]}}\nmodel: [{layer}]\ntraining: {{loss: {loss}}}"
    spec, graph = read(Location(None, "<stdin>"), HEADER.format(name="small") + text)
    for rule in RULES:
        for found in rule(Subject(spec, graph)):
            return found
    assert spec.training is not None
    try:
        choose_objective(spec.training, learnt_heads(graph), (Split("train", {"x": labels}, {"output": labels}),))
    except Rejected as refusal:
        return refusal.diagnostics[0]
    return None


def followed(activation: str, loss: str, help: str) -> Iterator[tuple[str, str]]:
    """What activation and loss become where one does as the help says, each way that it offers."""
    losses, other = _LOSS.findall(help), _ACTIVATION.search(help)
    if other and losses and "with loss" in help:
        yield other[1] or other[2], losses[0]
        return
    yield from ((activation, each) for each in losses)
    if other:
        yield other[1] or other[2], loss
    if "drop from_logits" in help:
        yield activation, loss.strip("{").partition(":")[0]


@settings(deadline=None)
@given(
    st.sampled_from(["softmax", "sigmoid", "linear", "relu", "log_softmax", "tanh"]),
    st.sampled_from([1, 3]),
    st.sampled_from(sorted(LABELS)),
    st.sampled_from(["auto", *PLAIN, *LOGITS]),
)
def test_following_a_help_never_comes_back_to_where_one_was(activation: str, units: int, form: str, loss: str) -> None:
    """And ends, within three steps, where nothing is refused or no other loss would help."""
    seen = {(activation, loss)}
    waiting: list[tuple[str, str, tuple[tuple[str, str], ...]]] = [(activation, loss, ())]
    while waiting:
        here, wanted, way = waiting.pop()
        found = trouble(here, units, LABELS[form][units], wanted)
        if found is None:
            continue
        assert len(way) <= 3, (way, found)
        for after in followed(here, wanted, found.help):
            assert after not in {(here, wanted), *way}, (way, found)
            if after not in seen:
                seen.add(after)
                waiting.append((*after, (*way, (here, wanted))))
