"""What a run's network looked at in examples: Grad-CAM and integrated gradients, as values and pictures.

`look` is for some examples at once; who asks again and again keeps a `Looker`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import chain, repeat
from pathlib import Path as FilePath
from typing import IO, Any

import numpy as np
import tensorflow as tf

from cnnspec.backend.attribution.grad_cam import grad_cam
from cnnspec.backend.attribution.inside import check_places, feature_maps, first_kernels, first_sliding
from cnnspec.backend.attribution.integrated_gradients import Attributions, Way, integrated_gradients, nobody
from cnnspec.backend.attribution.network import open_network
from cnnspec.backend.attribution.of_split import examples_of_split
from cnnspec.backend.attribution.places import Placed, last_places, places_at, spatial_rank, stage_of
from cnnspec.backend.attribution.seen import Reading, reading_of, seen_input
from cnnspec.backend.attribution.sheet import look_picture
from cnnspec.backend.attribution.target import Asked, asked
from cnnspec.backend.data.given import Given
from cnnspec.backend.data.ids import check_vocabularies
from cnnspec.backend.data.splits import Array
from cnnspec.backend.data.vocabulary import Vocabulary, read_vocabularies
from cnnspec.backend.model.load_model import load_model, with_weights
from cnnspec.backend.objective.output_reading import answers
from cnnspec.backend.predict import tell
from cnnspec.backend.predict_inputs.example import Example, with_pictures
from cnnspec.backend.predict_inputs.given import given_examples
from cnnspec.backend.predict_inputs.inputs import takes
from cnnspec.backend.prepared import sections
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.results.attribution import Heat, Look, Panel, Path, SeenInput
from cnnspec.runs.folder import RunFolder
from cnnspec.runs.recorded import read_classes, read_ranges
from cnnspec.runs.weights import weights_file


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be looked at.

    `at` is the stage or layer of the Grad-CAM, without it the last stage that has spatial axes; `output` the output
    that is asked, without it the first; `named` the class, without it the one that is said. `baseline` stands in place
    of every number that is read where integrated gradients begin, `steps` is how many they take, without it
    as many as they need, within what takes seconds.
    """

    at: str | None = None
    output: str | None = None
    named: str | None = None
    baseline: float = 0.0
    steps: int | None = None
    maps: str | None = None
    """The stage or layer whose feature maps are wanted, too."""
    top: int = 3


PLAIN = Wish()


class Looker:
    """A run's network with its best weights (the last, if no epoch ended), ready to be looked into.

    `weights` names the file that is used. Raises Rejected where the run has none, for a stage without spatial axes, a
    class that is none of its own.
    """

    def __init__(self, folder: RunFolder, spec: Spec, graph: Graph, wish: Wish = PLAIN) -> None:
        section = sections(spec)[1]
        self._graph, self._wish = graph, wish
        self._asked: Asked = asked(answers(graph, read_classes(folder, tuple(graph.outputs))), wish.output, wish.named)
        self._placed = (
            last_places(graph, self._asked.answer.output) if wish.at is None else (places_at(graph, wish.at),)
        )
        self._takes = takes(section, graph, read_ranges(folder))
        self._vocabularies: Mapping[str, Vocabulary] = read_vocabularies(folder, section, graph)
        check_vocabularies(dict(self._vocabularies), graph)
        self.weights = weights_of(folder)
        self._maps = None if wish.maps is None else _maps_of(graph, wish.maps)
        wanted = [placed.position for placed in self._placed] + ([self._maps[0]] if self._maps else [])
        self._network = open_network(graph, tuple(dict.fromkeys(wanted)), partial(with_weights, folder, graph))
        rounded = spec.training is not None and spec.training.precision not in ("float32", "auto")
        self._own: Any = load_model(folder, spec, graph) if rounded else None
        self._readings = [reading_of(name, graph, self._takes, self._vocabularies.get(name)) for name in graph.inputs]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of all that it looks at."""
        said = []
        if self.weights != "best.keras":
            said.append(f"weights of {self.weights}: no epoch ended, so there is no best.keras")
        if self._own is not None:
            said.append("attributions are computed in float32, what it says in the run's own precision")
        placed = {each.input for each in self._placed}
        without = [name for name in self._graph.inputs if name not in placed and spatial_rank(self._graph, name)]
        if without and self._wish.at is None:
            said.append(f"no Grad-CAM of {', '.join(without)}: no stage has spatial axes that are those of it alone")
        return tuple(said)

    def examples(
        self, paths: Sequence[str], texts: Sequence[str], encoding: str | None, standard_input: IO[bytes]
    ) -> Iterator[Example]:
        """Files, folders and texts as `predict` reads them; raises Rejected for texts where none are read."""
        return self._takes.given(paths, texts, encoding, standard_input)

    def given(self, inputs: Any) -> Iterator[Example]:
        """Examples that a program has in memory, as `predict` takes them; raises Rejected."""
        return given_examples(inputs, self._graph, self._takes.features, self._takes.image)

    def look(self, examples: Iterable[Example], taken: Callable[[int], None] = nobody) -> Iterator[Look]:
        """What it looked at in each example, in order; `taken` is told each time how many more gradients that took."""
        return (self._look(example, taken, self._asked) for example in examples)

    def look_for(self, examples: Iterable[tuple[Example, str | None]]) -> Iterator[Look]:
        """The same, in each example for the class of this name, where there is one."""
        return (self._look(example, nobody, self._asked.named(name)) for example, name in examples)

    def all(
        self, given: Any, paths: Sequence[str], texts: Sequence[str], encoding: str | None = None
    ) -> tuple[Look, ...]:
        """What it looked at in examples in memory (None for none), then in files and texts."""
        named = self.examples(paths, texts, encoding, BytesIO())
        return tuple(self.look(named if given is None else chain(self.given(given), named)))

    def _look(self, example: Example, taken: Callable[[int], None], asked: Asked) -> Look:
        example = with_pictures(example, self._takes.ways)
        if example.problems:
            return Look(example.name, example.text, problems=example.problems, remarks=example.remarks)
        inputs = {name: self._column(name, example.pieces[name]) for name in self._graph.inputs}
        return self._seen(example, inputs, taken, asked)

    def _seen(self, example: Example, inputs: Mapping[str, Array], taken: Callable[[int], None], asked: Asked) -> Look:
        network, output = self._network, asked.answer.output
        at_points = network.read(inputs)
        answered = network.answer(inputs, at_points)
        numbers = np.asarray(answered[f"output {output}"], np.float32) if self._own is None else self._numbers(inputs)
        number = asked.number_for(numbers[0])
        counted = asked.counted(number, numbers[0])
        squashed = network.squashed.get(output, "")
        scores = f"scores {output}" if squashed else f"output {output}"
        way = Way(
            network,
            inputs,
            at_points,
            self._baseline(inputs, at_points),
            lambda answer, number: asked.quantity(answer[f"output {output}"], number),
            output,
            counted,
            taken,
        )
        found = integrated_gradients(way, self._wish.steps)
        positions = tuple(placed.position for placed in self._placed)
        cams = grad_cam(network, inputs, at_points, positions, lambda a, n: asked.score(a[scores], n), output, counted)
        look = Look(
            name=example.name,
            text=example.text,
            target=asked.target(number, numbers[0], squashed),
            said=tell(asked.answer, numbers, self._wish.top)[0],
            path=self._path(found),
            inputs=tuple(self._seen_inputs(example, inputs, found, cams)),
            maps=self._feature_maps(answered),
            remarks=example.remarks,
        )
        return look_picture(look)

    def _seen_inputs(
        self, example: Example, inputs: Mapping[str, Array], found: Attributions, cams: Mapping[int, Array]
    ) -> Iterator[SeenInput]:
        for reading in self._readings:
            piece, read = example.pieces[reading.name], inputs[reading.name][0]
            heat = next((_heat(each, cams) for each in self._placed if each.input == reading.name), None)
            attributions = self._of_input(reading, read, found)
            yield seen_input(reading, piece if isinstance(piece, str) else None, read, attributions, heat)

    def _feature_maps(self, answered: Mapping[str, Any]) -> Panel | None:
        if self._maps is None:
            return None
        position, name = self._maps
        return feature_maps(np.asarray(answered[f"node {position}"], np.float32)[0], name)

    def _of_input(self, reading: Reading, read: Array, found: Attributions) -> Array:
        """What each number that an input read counts, of ids the sum over their vectors."""
        mine = [
            array
            for point, array in zip(self._network.points, found.at_points, strict=True)
            if point.input == reading.name
        ]
        return sum((array.reshape(*read.shape, -1).sum(axis=-1) for array in mine), np.zeros(read.shape))

    def _baseline(self, inputs: Mapping[str, Array], at_points: tuple[Any, ...]) -> tuple[Any, ...]:
        """What stands at the points where the way begins: padding for words, else the baseline's number."""
        padding = self._network.read({name: np.zeros_like(array) for name, array in inputs.items()})
        return tuple(
            (nothing if self._padded(point.input) else np.zeros(there.shape, np.float32))
            if point.of_ids
            else np.full(there.shape, self._wish.baseline, np.float32)
            for point, there, nothing in zip(self._network.points, at_points, padding, strict=True)
        )

    def _padded(self, name: str) -> bool:
        """Whether an input reads words whose id 0 is padding."""
        return name in self._vocabularies

    def _path(self, found: Attributions) -> Path:
        said = []
        for point in self._network.points:
            if not point.of_ids:
                said.append(f"{self._wish.baseline:g} for each number")
            else:
                said.append("padding for each word" if self._padded(point.input) else "a vector of zeros for each id")
        return Path(
            baseline=" and ".join(dict.fromkeys(said)),
            steps=found.steps,
            at_example=found.at_example,
            at_baseline=found.at_baseline,
            total=found.total,
            complete=found.complete,
        )

    def _column(self, name: str, piece: Any) -> Array:
        """What an input reads of one example, as a batch of one; a text becomes ids."""
        if not isinstance(piece, str):
            return np.asarray(piece)[None]
        ids = self._vocabularies[name].encode([piece])
        return ids if ids.shape[1] else np.zeros((1, 1), ids.dtype)

    def _numbers(self, inputs: Mapping[str, Array]) -> Array:
        """What the output gives in the run's own precision, as `predict` has it."""
        dtypes = self._graph.dtypes
        cast = {name: tf.cast(array, dtypes.get(name, "float32")) for name, array in inputs.items()}
        given = self._own(cast if len(cast) > 1 else next(iter(cast.values())), training=False)
        output = given[self._asked.answer.output] if self._graph.named_outputs else given
        return np.asarray(tf.cast(output, tf.float32))


def _maps_of(graph: Graph, name: str) -> tuple[int, str]:
    """The position and name of a stage that gives maps."""
    position, called = stage_of(graph, name, "--maps")
    check_places(graph.nodes[position].output, called)
    return position, called


def _heat(placed: Placed, cams: Mapping[int, Array]) -> tuple[Heat, Array]:
    cam = cams[placed.position]
    return Heat(placed.stage, cam.shape, tuple(map(float, cam.ravel()))), cam


def look(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    paths: Sequence[str] = (),
    texts: Sequence[str] = (),
    *,
    given: Any = None,
    wish: Wish = PLAIN,
) -> tuple[Look, ...]:
    """What the run's network looked at in files, texts, and examples in memory; raises Rejected or RunFailed."""
    return Looker(folder, spec, graph, wish).all(given, paths, texts)


def look_at_split(
    folder: RunFolder,
    spec: Spec,
    graph: Graph,
    split: str,
    places: Sequence[str],
    *,
    data_root: FilePath | None = None,
    given: Given | None = None,
    wish: Wish = PLAIN,
    named: Sequence[str | None] = (),
) -> tuple[Look, ...]:
    """What it looked at in examples of the run's own data, by the places that an evaluation names, in order.

    `named` is the class that each is looked at for, None for the wish's. Raises Rejected where an example is not there,
    or RunFailed.
    """
    examples = examples_of_split(folder, spec, graph, split, places, data_root, given)
    return tuple(Looker(folder, spec, graph, wish).look_for(zip(examples, named or repeat(None), strict=False)))


def weights_of(folder: RunFolder) -> str:
    """The name of the file whose weights are used."""
    return weights_file(folder).name


def look_at_kernels(folder: RunFolder, spec: Spec, graph: Graph) -> Panel:
    """The kernels of the network's first convolution as a picture; raises Rejected where it has none."""
    name = first_sliding(graph)
    layer = load_model(folder, spec, graph).get_layer(name)
    return first_kernels(graph, {name: np.asarray(layer.weights[0], np.float32)})
