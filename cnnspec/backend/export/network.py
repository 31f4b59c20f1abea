"""A trained network as what every format is made of: a function of TensorFlow with named inputs and outputs."""

import contextlib
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from cnnspec.backend.data.splits import Array
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.model.build import build_model, sizes
from cnnspec.graph.nodes import Graph
from cnnspec.results.exported import Precision

Examples = Callable[[], Iterator[dict[str, Array]]]
"""Batches of a single example of each input, as often as somebody asks."""


class _Unrolled(SimpleNamespace):
    """Keras' layers, those that go step by step with their steps laid out, for formats without TensorFlow's loops."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(keras.layers, name)
        steps = isinstance(found, type) and issubclass(found, keras.layers.RNN)
        return (lambda **arguments: found(**{**arguments, "unroll": True})) if steps else found


class _Keras(SimpleNamespace):
    def __getattr__(self, name: str) -> Any:
        return getattr(keras, name)


_UNROLLED = _Keras(layers=_Unrolled())


@dataclass(frozen=True)
class Network:
    """What is exported. `model` computes in single precision; `about` is what the file tells of itself."""

    model: Any
    graph: Graph
    about: str
    precision: Precision
    calibration: Examples
    """Real examples of the training split, which whole numbers are fitted to."""

    @property
    def name(self) -> str:
        """The spec's."""
        return str(self.model.name)

    @property
    def signature(self) -> list[Any]:
        """A tensor of each input, of any number of examples."""
        shapes = {name: sizes(self.graph.nodes[position].output) for name, position in self.graph.inputs.items()}
        dtypes = self.graph.dtypes
        return [tf.TensorSpec((None, *shape), dtypes.get(name, "float32"), name) for name, shape in shapes.items()]

    @property
    def known_lengths(self) -> bool:
        """Whether every input has but one shape."""
        return all(
            isinstance(size, int) for place in self.graph.inputs.values() for size in self.graph.nodes[place].output
        )

    @cached_property
    def unrolled(self) -> Any:
        """The same network with no loop over steps, where their number is known; else the network itself."""
        if not self.known_lengths or not any(isinstance(each, keras.layers.RNN) for each in self._layers()):
            return self.model
        model = build_model(self.graph, self.name, namespace=_UNROLLED)
        model.set_weights(self.model.get_weights())
        refresh(model)
        return model

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not as in the run, where it was unrolled."""
        return () if self.unrolled is self.model else ("its loops over steps are laid out one after the other",)

    def _layers(self) -> Iterator[Any]:
        return (layer for layer in self.model._flatten_layers())

    @contextlib.contextmanager
    def saved(self, unrolled: bool = False) -> Iterator[str]:
        """The folder of a SavedModel, for as long as it is looked at."""
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model"
            self.save(path, unrolled)
            yield path

    def save(self, path: str, unrolled: bool = False) -> None:
        """Write the folder of a SavedModel."""
        model = self.unrolled if unrolled else self.model
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", self._called(model), input_signature=self.signature)
        archive.write_out(path, verbose=False)

    def frozen(self, unrolled: bool = False) -> Any:
        """The function with its weights in it."""
        called = tf.function(
            self._called(self.unrolled if unrolled else self.model), input_signature=self.signature, autograph=False
        )
        return convert_variables_to_constants_v2(called.get_concrete_function())

    def _called(self, model: Any) -> Callable[..., Mapping[str, Any]]:
        names, outputs = list(self.graph.inputs), list(self.graph.outputs)

        def serve(*tensors: Any) -> dict[str, Any]:
            read = dict(zip(names, tensors, strict=True)) if len(names) > 1 else tensors[0]
            said = model(read, training=False)
            named = said if isinstance(said, dict) else {outputs[0]: said}
            return {name: tf.cast(named[name], tf.float32) for name in outputs}

        return serve


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Around what converts: what converters write to the screen by themselves is kept from it."""
    with warnings.catch_warnings(), tempfile.TemporaryFile() as held:
        warnings.simplefilter("ignore")
        kept = [os.dup(number) for number in _SCREEN]
        try:
            for number in _SCREEN:
                os.dup2(held.fileno(), number)
            yield
        finally:
            for number, real in zip(_SCREEN, kept, strict=True):
                os.dup2(real, number)
                os.close(real)


_SCREEN = (1, 2)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all that lies in a folder."""
    return (
        sum(each.stat().st_size for each in path.rglob("*") if each.is_file()) if path.is_dir() else path.stat().st_size
    )
