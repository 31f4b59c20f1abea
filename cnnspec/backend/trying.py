"""A run's network, ready to be tried with one thing after the other, as bytes and texts that come from a page."""

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import islice
from pathlib import Path
from threading import Lock

from cnnspec.backend.attribution.looking import Looker
from cnnspec.backend.predict import Predictor
from cnnspec.backend.predict_inputs.example import Example
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.tried import Trial, Tried
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Diagnostic, Rejected

_ENDING = re.compile(r"(?:\.[A-Za-z0-9]{1,8}){1,2}\Z")
_MOST = 10_000
"""Examples of a file that are counted."""
_PICTURE_AXES = 3


class Trying:
    """The network of a run with its best weights; one question at a time. Raises Rejected where it cannot predict."""

    def __init__(self, folder: RunFolder, spec: Spec, graph: Graph, top: int = 5) -> None:
        self._one = Lock()
        self._predictor = Predictor(folder, spec, graph, top)
        self._looker, self._why = _looker(folder, spec, graph)
        taken = self._predictor.takes
        kinds = {"picture": taken.pictures, "text": taken.texts, "file": True}
        shape = graph.nodes[next(iter(graph.inputs.values()))].output
        sizes = [size for size in shape[:2] if isinstance(size, int)] if len(shape) == _PICTURE_AXES else []
        self.trial = Trial(
            folder.name,
            spec.name,
            tuple(dict.fromkeys(name for output in self._predictor.outputs for name in output.classes)),
            tuple(kind for kind, there in kinds.items() if there),
            taken.shown(),
            (sizes[0], sizes[1]) if taken.pictures and len(sizes) == 2 else None,
        )

    def predict(self, text: str | None, name: str, content: bytes) -> Tried:
        """What is said of a text, or of a file that is called so."""
        return self._given(text, name, content, self._said)

    def look(self, text: str | None, name: str, content: bytes) -> Tried:
        """What it looked at in the same."""
        if self._looker is None:
            return Tried(why=self._why)
        return self._given(text, name, content, self._looked)

    def _given(self, text: str | None, name: str, content: bytes, ask: "_Ask") -> Tried:
        """One at a time: what a network computes with is made once."""
        with self._one, tempfile.TemporaryDirectory(prefix="cnnspec-") as place:
            if text is not None:
                return ask([], [text], "text")
            ending = _ENDING.search(name)
            path = Path(place) / f"given{ending[0].lower() if ending else ''}"
            path.write_bytes(content)
            return _called(ask([str(path)], [], name), str(path), name)

    def _said(self, paths: list[str], texts: list[str], name: str) -> Tried:
        first, more = _first(self._predictor.examples(paths, texts, None, BytesIO()), name)
        if first is None:
            return Tried(why=f"{name} holds nothing to predict")
        return Tried(said=next(iter(self._predictor.predict([first])))[0], more=more)

    def _looked(self, paths: list[str], texts: list[str], name: str) -> Tried:
        assert self._looker is not None
        first, more = _first(self._looker.examples(paths, texts, None, BytesIO()), name)
        if first is None:
            return Tried(why=f"{name} holds nothing to look at")
        return Tried(look=next(iter(self._looker.look([first]))), more=more)


_Ask = Callable[[list[str], list[str], str], Tried]


def _looker(folder: RunFolder, spec: Spec, graph: Graph) -> tuple[Looker | None, str]:
    """What looks into the network, or why nothing can."""
    try:
        return Looker(folder, spec, graph), ""
    except Rejected as rejected:
        return None, rejected.diagnostics[0].message


def _first(examples: Iterable[Example], name: str) -> tuple[Example | None, int]:
    """The first of some examples, called so, and how many others there are."""
    there = iter(examples)
    first = next(there, None)
    others = sum(1 for _ in islice(there, _MOST))
    return (None if first is None else replace(first, name=name)), others


def _called(tried: Tried, path: str, name: str) -> Tried:
    """The same with its problems told of what was given, and not of the file that it was put into."""

    def told(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        return tuple(replace(each, message=each.message.replace(path, name)) for each in problems)

    said, look = tried.said, tried.look
    return replace(
        tried,
        said=said and replace(said, problems=told(said.problems)),
        look=look and replace(look, problems=told(look.problems)),
    )
