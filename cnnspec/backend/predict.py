"""What a trained network says of new pictures, texts, arrays and rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, groupby, islice
from pathlib import Path
from typing import IO, Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.data.ids import check_vocabularies
from cnnspec.backend.data.splits import Array
from cnnspec.backend.data.vocabulary import read_vocabularies
from cnnspec.backend.keras_errors import step_errors
from cnnspec.backend.model.load_model import load_model
from cnnspec.backend.objective.output_reading import Answer, answers
from cnnspec.backend.predict_inputs.ahead import Timed, ahead, overlapped
from cnnspec.backend.predict_inputs.example import Example, with_pictures
from cnnspec.backend.predict_inputs.given import given_examples
from cnnspec.backend.predict_inputs.inputs import Takes, takes
from cnnspec.backend.prepared import sections
from cnnspec.backend.scores.thresholds import takes_threshold, thresholds_needed, under_threshold
from cnnspec.backend.startup import memory_errors
from cnnspec.graph.facts import totals
from cnnspec.graph.memory import FLOAT32
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.prediction import Guess, Output, Prediction, Told
from cnnspec.results.thresholds import Threshold
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_classes, read_ranges
from cnnspec.runs.thresholds import read_thresholds
from cnnspec.runs.weights import weights_file

_BATCH = 64
"""Examples that go through the network at once; how many does not change what it says of each."""
_TEXTS = 1024
"""Texts that are looked up in the vocabulary at once."""
_LIGHT = 2**30
"""Bytes of all that a network's layers give for a batch: of those that give less, two batches are computed at once."""

Numbers = Array
"""What an output gives for some examples (n, ...)."""
Said = tuple[dict[str, Numbers], list[tuple[Told, ...]]]
"""The numbers of each output for a batch, and what they say of each example."""


class Predictor:
    """A run's best weights (the last, if no epoch ended), ready to predict. Raises Rejected where it is none.

    `top` is how many classes are told; `weights` names the file that is used, `outputs` are what it says something for.
    With `unsure` what does not reach the run's thresholds is none of the classes. Who wants the `numbers` that the
    outputs gave finds them there, where it is to keep them.
    """

    def __init__(
        self, folder: RunFolder, spec: Spec, graph: Graph, top: int = 3, keep: bool = False, unsure: bool = False
    ) -> None:
        section = sections(spec)[1]
        self._answers = answers(graph, read_classes(folder, tuple(graph.outputs)))
        self._thresholds = _thresholds(folder, self._answers) if unsure else {}
        self.outputs = tuple(
            Output(
                answer.output, answer.classes, answer.size, answer.form == "labels", answer.output in self._thresholds
            )
            for answer in self._answers
        )
        self.weights = weights_file(folder).name
        self._graph, self._top, self._keeps = graph, top, keep
        self.numbers: list[dict[str, Numbers]] = []
        self._takes: Takes = takes(section, graph, read_ranges(folder))
        self._vocabularies = read_vocabularies(folder, section, graph)
        check_vocabularies(self._vocabularies, graph)
        self._at_once = side_by_side(graph)
        model = load_model(folder, spec, graph)
        self._call = tf.function(partial(model, training=False), reduce_retracing=True, autograph=False)

    @property
    def takes(self) -> Takes:
        """Which files it takes."""
        return self._takes

    @property
    def reads_texts(self) -> bool:
        """Whether any input is a text."""
        return any(feature.text for feature in self._takes.features.values())

    def examples(
        self, paths: Sequence[str], texts: Sequence[str], encoding: str | None, standard_input: IO[bytes]
    ) -> Iterator[Example]:
        """Everything that is given, in order, as it is read; `-` among the paths is standard input.

        Without an `encoding` a table has that of the run's own, and texts are UTF-8. Raises Rejected if texts are given
        to a network that reads none.
        """
        return self._takes.given(paths, texts, encoding, standard_input)

    def given(self, inputs: Any) -> Iterator[Example]:
        """Examples that a program has in memory: arrays, frames, texts, or a map of these by input; raises Rejected."""
        return given_examples(inputs, self._graph, self._takes.features, self._takes.image)

    def joined(self) -> dict[str, Numbers]:
        """The numbers that were kept, by output: (n, ...) of the examples that could be read, in their order.

        Where they are of different shapes, an array of n arrays.
        """
        return {each.name: _joined([some[each.name] for some in self.numbers]) for each in self.outputs}

    def counted(
        self, paths: Sequence[str], texts: Sequence[str], examples: Iterator[Example]
    ) -> tuple[Iterable[Example], int | None]:
        """The examples with their number, where finding it out means no more than listing folders."""
        if not self._takes.pictures or texts or not all(map(_is_folder, paths)):
            return examples, None
        listed = list(examples)
        return listed, len(listed)

    def predict(self, examples: Iterable[Example]) -> Iterator[list[Prediction]]:
        """What is said of each example, in order, some at a time.

        Examples are read ahead, pictures by several threads, and the network goes on while what it said is in use.
        """
        steps = overlapped(self._read(examples), self._say, self._at_once)
        with closing(steps):
            while True:
                with memory_errors(), step_errors():
                    step = next(steps, None)
                if step is None:
                    return
                yield list(self._told(*step))

    def _read(self, examples: Iterable[Example]) -> Iterator[tuple[list[Example], list[dict[str, Array]]]]:
        """Some examples at a time, with what goes through the network together."""
        ways = self._takes.ways
        read = Timed(partial(with_pictures, ways=ways))
        loaded = ahead(read, examples, 2 * _BATCH, read.takes_long) if ways else iter(examples)
        size = _TEXTS if self._vocabularies and not ways else _BATCH
        while chunk := list(islice(loaded, size)):
            yield chunk, list(self._batches([example for example in chunk if not example.problems]))

    def _told(self, chunk: list[Example], batches: list[Said]) -> Iterator[Prediction]:
        if self._keeps:
            self.numbers += [numbers for numbers, _ in batches]
        told = chain.from_iterable(said for _, said in batches)
        for example in chunk:
            said = () if example.problems else next(told)
            yield Prediction(example.name, example.text, said, example.problems, example.remarks)

    def _batches(self, examples: list[Example]) -> Iterator[dict[str, Array]]:
        """What goes through the network together: examples of one shape."""
        columns = {name: self._column(name, examples) for name in self._graph.inputs} if examples else {}
        rows = zip(*columns.values(), strict=True)
        for _, alike in groupby(rows, key=lambda row: [piece.shape for piece in row]):
            while batch := list(islice(alike, _BATCH)):
                yield {name: np.stack(pieces) for name, pieces in zip(columns, zip(*batch, strict=True), strict=True)}

    def _column(self, name: str, examples: list[Example]) -> Iterator[Array]:
        """What an input reads of each example; texts among them become ids together."""
        pieces: list[Any] = [example.pieces[name] for example in examples]
        if name not in self._vocabularies:
            return iter(pieces)
        vocabulary = self._vocabularies[name]
        rows = vocabulary.encode(piece for piece in pieces if isinstance(piece, str))
        ids = iter(rows if vocabulary.length is not None else map(_unpadded, rows))
        return (next(ids) if isinstance(piece, str) else piece for piece in pieces)

    def _say(self, arrays: Mapping[str, Array]) -> Said:
        dtypes = self._graph.dtypes
        inputs = {name: tf.cast(array, dtypes.get(name, "float32")) for name, array in arrays.items()}
        outputs = self._call(inputs if len(inputs) > 1 else next(iter(inputs.values())))
        named = outputs if self._graph.named_outputs else {self._answers[0].output: outputs}
        numbers = {answer.output: tf.cast(named[answer.output], tf.float32).numpy() for answer in self._answers}
        said = [
            tell(answer, numbers[answer.output], self._top, self._thresholds.get(answer.output))
            for answer in self._answers
        ]
        return numbers, list(zip(*said, strict=True))


def _thresholds(folder: RunFolder, read: Iterable[Answer]) -> dict[str, Threshold]:
    """The thresholds of the outputs that take one; raises Rejected where the run has none that fit."""
    needed = {answer.output: thresholds_needed(answer) for answer in read if takes_threshold(answer)}
    return read_thresholds(folder, needed)


def tell(answer: Answer, numbers: Array, top: int, threshold: Threshold | None = None) -> list[Told]:
    """What an output says of each example of a batch; `numbers` has the batch's shape (n, ...).

    The `top` likeliest classes, and of labels all that hold. Under a `threshold` it may say that none is meant.
    """
    if answer.form == "values" or numbers.ndim > 2:
        return [Told(answer.output, answer.form, values=values) for values in answer.decide(numbers).tolist()]
    probabilities = answer.probabilities(numbers)
    hold = answer.decide(numbers).astype(bool) if answer.form == "labels" else None
    order = np.argsort(-probabilities, axis=1, kind="stable")
    none: list[bool | None] = [None] * len(order)
    if threshold is not None:
        hold, order, none = under_threshold(answer, probabilities, order, threshold)
    most = [top] * len(order) if hold is None else np.maximum(top, hold.sum(axis=1)).tolist()
    return [
        Told(
            answer.output,
            answer.form,
            tuple(
                Guess(answer.classes[at], float(probabilities[row, at]), None if hold is None else bool(hold[row, at]))
                for at in order[row, : most[row]].tolist()
            ),
            none=none[row],
        )
        for row in range(len(order))
    ]


def side_by_side(graph: Graph) -> int:
    """How many batches go through the network side by side: a second one where that hardly takes memory.

    Between its layers a small network leaves processors idle, which are the other batch's then.
    """
    numbers = totals(graph.nodes).activations
    return 2 if numbers is not None and numbers * FLOAT32 * _BATCH <= _LIGHT else 1


def _joined(pieces: Sequence[Array]) -> Array:
    if len({piece.shape[1:] for piece in pieces}) <= 1:
        return np.concatenate(pieces) if pieces else np.empty((0,), np.float32)
    rows = [row for piece in pieces for row in piece]
    every = np.empty(len(rows), object)
    every[:] = rows
    return every


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:  # a name that no file can have, or a place where nobody may look: said when it is its turn
        return False


def _unpadded(ids: Array) -> Array:
    """The ids of one text as if no other had been beside it; at least one."""
    return ids[: max(1, int(np.max(np.nonzero(ids)[0], initial=0)) + 1)]
