"""Texts of which a single token is left."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.results.seen import Seen
from cnnspec.source.diagnostic import Diagnostic, doubted
from cnnspec.source.route import FeatureAt


def one_token(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Where no text has more than one token there is no order to learn, and hardly a word occurs twice."""
    for texts in seen.texts:
        if texts.most <= 1:
            message = f"no text of {texts.input} has more than one token"
            data = subject.spec.data
            feature = None if data is None else data.features(subject.graph.inputs).get(texts.input)
            whole = feature is not None and feature.text is not None and feature.text.split is None
            help = "write split: whitespace, or character" if whole else "write split: character, if these are texts"
            yield doubted("one-token", message, help, at=FeatureAt(texts.input, ("text", "split")))
