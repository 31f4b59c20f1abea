"""What to write for words that people bring for kinds and choices: looked up in the table of `foreign_kinds`.

The table is read where a word is wrong: specs that are right do without it.
"""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, cast

from cnnspec.source.frozen import frozen

if TYPE_CHECKING:
    from cnnspec.layers.foreign_kinds import Words

_ACTIVATIONS_ALONE = (
    "relu relu6 elu selu celu gelu silu swish mish sigmoid tanh softmax softplus softsign sparsemax exponential "
    "log_softmax log_sigmoid hard_tanh hard_sigmoid hard_swish hard_silu hard_shrink soft_shrink tanh_shrink"
)
"""Activations that elsewhere are layers of their own."""


@frozen
class Instead:
    """What to write for a word that people bring: `text` in its place, if anything, and what is said beside."""

    text: str = ""
    so: str = ""

    @property
    def help(self) -> str:
        """The whole sentence."""
        return f"write {self.text}{self.so}" if self.text else self.so


def instead(family: str, word: str) -> Instead | None:
    """What to write for a word of a family, or of a key with choices; None where the word is not known."""
    key = _fold(word)
    if text := _words(family).get(key):
        further = cast(Mapping[tuple[str, str], str], _table("SO"))
        return Instead(text, further.get((family, text), _without_rank(key) if family == "layer" else ""))
    sentence = _sentences(family).get(key)
    return Instead(so=sentence.replace("{}", word[:80])) if sentence else None


def families() -> tuple[str, ...]:
    """The families and choices of which words are known."""
    return tuple(dict.fromkeys((*_of_families("WRITE"), *_of_families("SAY"))))


def words_of(family: str) -> tuple[str, ...]:
    """The words that are known of a family, folded."""
    return (*_words(family), *_sentences(family))


def _table(name: str) -> object:
    return getattr(importlib.import_module("cnnspec.layers.foreign_kinds"), name)


def _of_families(name: str) -> "Mapping[str, Words]":
    return cast("Mapping[str, Words]", _table(name))


@cache
def _words(family: str) -> "Words":
    activations = (
        {_fold(name): f"activation: {name}" for name in _ACTIVATIONS_ALONE.split()} if family == "layer" else {}
    )
    return {**dict(_single(_of_families("WRITE").get(family, {}))), **activations}


@cache
def _sentences(family: str) -> "Words":
    return dict(_single(_of_families("SAY").get(family, {})))


def _single(words: "Words") -> Iterator[tuple[str, str]]:
    return ((word, to) for key, to in words.items() for word in key.split())


def _without_rank(word: str) -> str:
    return ", without the rank: it is that of what the layer reads" if word[-2:] in ("1d", "2d", "3d") else ""


def _fold(word: str) -> str:
    return word.rsplit(".", 1)[-1].lower().replace("_", "").replace("-", "").replace(" ", "")
