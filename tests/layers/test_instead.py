"""Words for kinds that are not here: each leads to what there is, by a spelling that validates, or to a sentence."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

import pytest

from cnnspec.analysis import analyse
from cnnspec.language.augmentation import Augmentation
from cnnspec.language.composites import Composite
from cnnspec.language.data import SOURCES
from cnnspec.language.keys import DTYPES
from cnnspec.language.losses import Loss
from cnnspec.language.metrics import Metric
from cnnspec.language.optimizers import Optimizer
from cnnspec.language.schedules import Schedule
from cnnspec.language.training import Training
from cnnspec.layers import LAYERS
from cnnspec.layers.activation import Nonlinearity
from cnnspec.layers.initializer import Initializer, Regularizer
from cnnspec.layers.instead import families, instead, words_of
from cnnspec.layers.norm import NORMS
from cnnspec.source.diagnostic import Diagnostic
from tests.support.edits import edited

HERE: Mapping[str, Iterable[str]] = {
    "layer": (*LAYERS, *Composite.members),
    "activation": Nonlinearity.members,
    "initializer": Initializer.members,
    "regularizer": Regularizer.members,
    "norm": NORMS,
    "optimizer": Optimizer.members,
    "loss": Loss.members,
    "metric": Metric.members,
    "schedule": Schedule.members,
    "augmentation": Augmentation.members,
    "source": SOURCES,
    "precision": get_args(Training.model_fields["precision"].annotation),
    "distribute": get_args(Training.model_fields["distribute"].annotation),
    "dtype": DTYPES,
    "padding": ("valid", "same", "causal"),
}
HEAD = "cnnspec: 1\ninputs: {image: [8, 8, 4]}\n"
PLAIN = "model: [rescaling: 0.1, conv: {filters: 4, kernel_size: 1}]\n"
WHERE: Mapping[str, str] = {
    "layer": "model:\n  - WORD\n",
    "activation": "model: [conv: {filters: 4, kernel_size: 1, activation: WORD}]\n",
    "initializer": "model: [conv: {filters: 4, kernel_size: 1, kernel_initializer: WORD}]\n",
    "regularizer": "model: [conv: {filters: 4, kernel_size: 1, kernel_regularizer: WORD}]\n",
    "norm": "model: [conv: {filters: 4, kernel_size: 1, norm: WORD}]\n",
    "padding": "model: [conv: {filters: 4, kernel_size: 1, padding: WORD}]\n",
    "optimizer": f"{PLAIN}training: {{optimizer: WORD}}\n",
    "loss": f"{PLAIN}training: {{loss: WORD}}\n",
    "metric": f"{PLAIN}training: {{metrics: [WORD]}}\n",
    "schedule": f"{PLAIN}training: {{optimizer: {{adam: {{learning_rate: WORD}}}}}}\n",
    "augmentation": f"{PLAIN}data: {{source: digits, augment: [WORD]}}\n",
    "source": f"{PLAIN}data: {{source: WORD}}\n",
    "precision": f"{PLAIN}training: {{precision: WORD}}\n",
    "distribute": f"{PLAIN}training: {{distribute: WORD}}\n",
    "dtype": "inputs: {image: {shape: [8, 8, 4], dtype: WORD}}\n" + PLAIN,
}
"""A spec for each family in which only the word is wrong."""


SENTENCE = r"\bwrite |not part of the language|leave it out|stand |runs no"
CODES_OF_A_BARE_WORD = {"missing-argument", "input-count", "shape-mismatch", "probabilities-expected"}
"""What may be missing of a kind that stands alone, and had not been looked at."""


def errors(spec: Path) -> list[Diagnostic]:
    return [each for each in analyse(str(spec)).diagnostics if each.severity == "error"]


def test_no_word_that_is_here_is_said_to_be_elsewhere() -> None:
    """A kind that joins the language leaves the table, or leads to itself."""
    for family, names in HERE.items():
        for name in names:
            found = instead(family, name)
            assert found is None or found.text == name, (family, name, found)


@pytest.mark.parametrize("family", families())
def test_what_is_to_be_written_ends_the_mistake(family: str, tmp_path: Path) -> None:
    """Every word of the table, in its place: the edit is made, and the mistake is gone; else a sentence helps."""
    for word in words_of(family):
        spec = tmp_path / "spec.yaml"
        text = ("cnnspec: 1\n" if family == "dtype" else HEAD) + WHERE[family]
        spec.write_text(text.replace("WORD", f'"{word}"' if word.isdigit() or word == "null" else word))
        found, said = instead(family, word), errors(spec)
        assert found is not None
        (mine,) = [each for each in said if each.help == found.help]
        if mine.edit is None:
            assert re.search(SENTENCE, mine.help), (family, word)
            continue
        spec.write_text(edited(spec.read_text(), mine.edit))
        again = errors(spec)
        assert mine.message not in {each.message for each in again}, (family, word)
        assert {each.code for each in again} <= CODES_OF_A_BARE_WORD, (family, word, again)


SOUND_ALIKE = [
    *(("layer", "unit_normalization", "normalization"), ("layer", "feature_alpha_dropout", "write dropout"),
    ("layer", "min_pool", "write max_pool"), ("activation", "glu", "write gelu"),
    ("precision", "float16", "write float32"), ("loss", "crossentropy", "write binary_crossentropy"))
]  # fmt: skip


@pytest.mark.parametrize(("family", "word", "wrong"), SOUND_ALIKE)
def test_what_merely_sounds_alike_is_not_suggested(family: str, word: str, wrong: str) -> None:
    found = instead(family, word)
    assert found is not None and not found.help.startswith(wrong)
