"""What Keras' layers do to numbers, watched from outside: each trait of a layer as an experiment on it."""

import warnings
from collections.abc import Callable
from itertools import chain, combinations
from typing import Any

import keras
import numpy as np

from cnnspec.layers.activation import Nonlinearity
from tests.support.layer_cases import Asked, taking_training

Array = np.ndarray
_BY_ID = ("embedding", "one_hot")
_RAW, _STEP = 255, 5


class Observed:
    """The Keras layer of a case, made once, with numbers to read: draws from a normal, or ids.

    What it gives is kept where nothing else than what it reads can change it: its weights are those that it began with,
    and it is not training, or nothing of it changes when it does.
    """

    def __init__(self, case: Asked) -> None:
        self.case, self.layer = case, case.layer
        self.by_id = case.layer.kind in _BY_ID
        keras.utils.set_random_seed(0)
        self.inputs = [self._read(number, shape) for number, shape in enumerate(case.shapes)]
        self.built = case.layer.build(keras, "asked", *case.shapes)
        self.called = taking_training(self.built, case.shapes)
        self._changed, self._given = True, dict[tuple[object, ...], Array]()
        self(self.inputs)
        self._states = self.called.variables if isinstance(self.called, keras.Layer) else []
        self._first = [np.asarray(state) for state in self._states]
        self._changes = bool(isinstance(self.called, keras.Layer) and self.called.non_trainable_variables)
        self._changed = self._adapted = False

    def adapt(self, numbers: Array) -> None:
        """Let Keras' layer learn the statistics of raw numbers, where it learns any."""
        if hasattr(self.built, "adapt") and self.built.input_mean is None:
            self._adapted = True
            self.built.adapt(numbers)

    def _read(self, number: int, shape: tuple[int, ...]) -> Array:
        random = np.random.default_rng(number)
        if self.by_id:
            return random.integers(0, 10, (4, *shape)).astype("int32")
        drawn = random.normal(size=(4, *shape)).astype("float32")
        if self.layer.kind == "masking":
            drawn[:, -1] = self.layer.arguments()["mask_value"]
        return drawn

    def as_made(self) -> "Observed":
        """With the weights and the states of draws that it began with; what has learnt by `adapt` is made anew."""
        if self._adapted:
            return Observed(self.case)
        if self._changed:
            for state, value in zip(self._states, self._first, strict=True):
                state.assign(value)
        self._changed = False
        return self

    def __call__(self, inputs: list[Array], training: bool = False) -> Array:
        """The output for these inputs, in or outside training."""
        self._changed |= training and self._changes
        if self._changed:
            return self._output(inputs, training)
        key = (training, *((each.dtype, each.shape, each.tobytes()) for each in inputs))
        if key not in self._given:
            self._given[key] = self._output(inputs, training)
        return self._given[key]

    def _output(self, inputs: list[Array], training: bool) -> Array:
        given = inputs if len(inputs) > 1 else inputs[0]
        takes = isinstance(self.called, keras.Layer) and self.called._call_has_training_arg
        return np.asarray(self.called(given, **({"training": training} if takes else {})))

    @property
    def first(self) -> Array:
        """The first input."""
        return self.inputs[0]

    def of(self, change: Callable[[Array], Array], training: bool = False) -> Array:
        """The output where the first input is changed."""
        return self([change(self.first), *self.inputs[1:]], training)

    @property
    def many(self) -> list[Array]:
        """Numbers for many examples where Keras' layer draws, so that rare draws are seen; else for a few."""
        draws = isinstance(self.called, keras.Layer) and any(
            layer._seed_generators for layer in self.called._flatten_layers()
        )
        return [np.tile(each, (64 if draws else 1, *(1 for _ in each.shape[1:]))) for each in self.inputs]

    @property
    def weights(self) -> list[Any]:
        """Keras' variables, but for the states of draws; whoever has them may change them."""
        self._changed = True
        return list(getattr(self.built, "weights", ()))


def _close(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-3, atol=1e-3))


def _varies(array: Array) -> bool:
    return bool(np.isfinite(array).all() and np.std(array) > 0.05)


def passes_values(on: Observed) -> bool:
    """Outside training, but after some, the same values come out, sorted example by example."""
    rows = len(on.first)
    if not on.by_id:
        on.of(lambda x: 3 * x + 1, training=True)
    out = on(on.inputs).reshape(rows, -1)
    return out.shape == on.first.reshape(rows, -1).shape and _close(
        np.sort(out.astype("float64")), np.sort(on.first.reshape(rows, -1).astype("float64"))
    )


def reshapes(on: Observed) -> bool:
    """The same numbers in the same order, while training too."""
    return _close(on(on.inputs, training=True).ravel(), on.first.ravel())


def moves(on: Observed) -> bool:
    """Whatever is done to each number before it might as well be done after it."""
    if on.by_id:
        return False
    changes: tuple[Callable[[Array], Array], ...] = (np.negative, np.square)
    out = on(on.inputs, training=True)
    with np.errstate(invalid="ignore"):
        return all(_close(on([change(each) for each in on.inputs], training=True), change(out)) for change in changes)


def keeps_places(on: Observed) -> bool:
    """Where one number that it reads is high instead of low, the one at the same place changes most."""
    out = on(on.inputs)
    if on.by_id or len(on.inputs) > 1 or out.shape != on.first.shape:
        return False
    places = np.random.default_rng(0).integers(0, out.size, 12)
    steps = np.zeros((len(places), *on.first.shape), "float32")
    steps.reshape(len(places), -1)[np.arange(len(places)), places] = _STEP
    changed = [np.concatenate(on.first + sign * steps) for sign in (1, -1)]
    higher, lower = (on([each]).reshape(len(places), -1) for each in changed)
    return bool((np.abs(higher - lower).argmax(axis=1) == places).all())


def activates(on: Observed) -> bool:
    """Keras has it among its activations."""
    return ".layers.activations." in type(on.built).__module__


def prepares(on: Observed) -> bool:
    """Pixels, or ids, come into a range of a few units."""
    if on.by_id:
        return float(np.abs(on(on.inputs)).max()) <= 1
    random = np.random.default_rng(0)
    raw = [random.integers(0, _RAW + 1, each.shape).astype("float32") for each in on.inputs]
    on.adapt(raw[0])
    return float(np.abs(on(raw, training=True)).max()) < _RAW / 20


def normalises(on: Observed) -> bool:
    """Inputs that are several times as large come out the same, times weights that are learnt."""
    if on.by_id or not on.weights or not on.built.trainable_variables:
        return False
    larger = on.of(lambda x: 100 * x, training=True)
    return _varies(larger) and _close(larger, on.of(lambda x: 300 * x, training=True))


def keeps_statistics(on: Observed) -> bool:
    """A step of training changes weights that no gradient changes, by what it reads."""
    before = [np.asarray(weight) for weight in on.weights]
    on.of(lambda x: x + 1, training=True)
    after = [np.asarray(weight) for weight in on.weights]
    for weight, value in zip(on.weights, before, strict=True):
        weight.assign(value)
    on.of(lambda x: 3 * x + 9, training=True)
    return any(not _close(np.asarray(w), b) for w, b in zip(on.weights, after, strict=True))


def remembers(on: Observed) -> float:
    """What is left of a million, where a step of training changes it and no gradient does; to three digits."""
    for weight in on.weights:
        weight.assign(np.full(weight.shape, 1e6, weight.dtype))
    on.of(lambda x: x, training=True)
    left = {round(float(np.mean(np.asarray(weight))) / 1e6, 3) for weight in on.weights} - {1.0}
    return max(left, default=0.0)


def drops_examples(on: Observed) -> bool:
    """While training each of many examples comes out all zero, or all of it by one factor larger; some do either."""
    if on.by_id:
        return False
    many = on.many
    given, out = (each.reshape(len(many[0]), -1) for each in (many[0], on(many, training=True)))
    gone = np.all(out == 0, axis=1)
    if out.shape != given.shape or not gone.any() or gone.all():
        return False
    factor = out[~gone][0, 0] / given[~gone][0, 0]
    return _close(out[~gone], given[~gone] * factor)


def drops(on: Observed) -> bool:
    """Zeros come out while training where none come out otherwise."""
    given = [1 + np.abs(each) for each in on.many]
    return bool((on(given) != 0).all()) and bool((on(given, training=True) == 0).any())


def slides(on: Observed) -> bool:
    """It sees a window of several places, and the next one whole places further."""
    reach = on.layer.infer(*on.case.shapes).reach
    windows = bool(reach) and any(axis.window > 1 for axis in reach or ())
    return windows and all(axis.stride.denominator == 1 and axis.stride < 10 for axis in reach or ())


def pools_globally(on: Observed) -> bool:
    """Shuffled places come out the same; the places are gone."""
    if on.by_id or on.first.ndim < 3 or len(on.inputs) > 1:
        return False
    order = np.random.default_rng(0).permutation(on.first[0, ..., 0].size)

    def shuffled(x: Array) -> Array:
        return x.reshape(len(x), -1, x.shape[-1])[:, order].reshape(x.shape)

    out = on(on.inputs)
    return out.size == len(out) * on.first.shape[-1] and _close(on.of(shuffled), out)


def weighs(on: Observed) -> bool:
    """Keras calls weights with several axes kernels; where all are zero nothing is left of what it reads."""
    kernels = [weight for weight in on.weights if "kernel" in weight.name and len(weight.shape) > 1]
    for kernel in kernels:
        kernel.assign(np.zeros(kernel.shape, kernel.dtype))
    return bool(kernels) and _close(on.of(lambda x: x + 1), on(on.inputs))


def ordered(on: Observed) -> bool:
    """Other values come out where the inputs change places; of one input alone, nobody can say."""
    if len(on.inputs) == 1:
        return on.layer.merges and on.layer.ordered
    for weight in on.weights:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape))
    there, back = (np.asarray(on.built(inputs)) for inputs in (on.inputs, on.inputs[::-1]))
    return not _close(np.sort(there.ravel()), np.sort(back.ravel()))


def multiplies(on: Observed) -> bool:
    """Of twos and threes it makes sixes."""
    if len(on.inputs) == 1:
        return False
    numbers = (2, 3, *(1 for _ in on.inputs[2:]))
    given = [np.full_like(each, number) for each, number in zip(on.inputs, numbers, strict=True)]
    return _close(on(given), np.full_like(on.inputs[0], 6))


def row_for(on: Observed) -> str:
    """With a first weight whose rows hold their own number, that of what was read comes out."""
    if not on.weights or not on.weights[0].shape:
        return ""
    table = on.weights[0]
    before = np.asarray(table)
    rows = np.arange(before.shape[0], dtype="float32").reshape(-1, *[1] * (before.ndim - 1))
    table.assign(np.broadcast_to(rows, before.shape))
    place = on.first.shape[-1] - 1
    if on.by_id:
        return "id" if _close(on(on.inputs)[..., 0], on.first.astype("float32")) else ""
    alone = on.of(lambda x: np.broadcast_to(np.eye(place + 1, dtype="float32")[place], x.shape))
    return "number" if place and bool(np.allclose(alone, place)) else ""


def pads_zeros(on: Observed) -> bool:
    """More places come out, of the same channels, and nothing but what was read lies in them."""
    if on.by_id or on.first.ndim < 3 or len(on.inputs) > 1:
        return False
    out = on(on.inputs)
    grown = out.ndim == on.first.ndim and out.shape[-1] == on.first.shape[-1] and out.size > on.first.size
    return grown and _close(np.sort(out[out != 0]), np.sort(on.first[on.first != 0]))


def cancels_bias(on: Observed) -> bool:
    """While training a number added to all of a channel of the first input leaves no trace."""
    if on.by_id:
        return False
    bias = np.random.default_rng(0).normal(size=on.first.shape[-1]).astype("float32")
    out = on(on.inputs, training=True)
    return _varies(out) and _close(on.of(lambda x: x + bias, training=True), out)


def ids(on: Observed) -> int | None:
    """How many ids come out as something of their own."""
    if not on.by_id:
        return None
    return on.weights[0].shape[0] if on.weights else on(on.inputs).shape[-1]


def ends_in(on: Observed) -> str:
    """The activation in Keras' own description, or the layer's name where that is one."""
    if not isinstance(on.built, keras.Layer):
        return "linear"
    name = {"LeakyReLU": "leaky_relu", "PReLU": "prelu"}.get(type(on.built).__name__)
    assert name in (None, "prelu", *Nonlinearity.members)
    config = on.built.get_config()
    return "linear" if "recurrent_activation" in config else str(name or config.get("activation", "linear"))


def learnt_axes(on: Observed) -> tuple[int, ...] | None:
    """The axes that are left of what it reads in the mean which Keras' adapt finds; None where it finds none."""
    if not hasattr(on.built, "adapt"):
        return None
    fresh = type(on.built).from_config(on.built.get_config())
    try:
        fresh.adapt(on.first)
    except AttributeError:  # its mean was given
        return None
    axes = range(1, on.first.ndim)
    for kept in chain.from_iterable(combinations(axes, count) for count in range(on.first.ndim)):
        mean = on.first.mean(axis=tuple(axis for axis in range(on.first.ndim) if axis not in kept))
        if mean.shape == fresh.adapt_mean.shape and _close(mean, np.asarray(fresh.adapt_mean)):
            return kept
    raise AssertionError(f"{on.case} has learnt a mean that is not one of what it reads")


def synchronizes(on: Observed) -> bool:
    """Keras' layer asks the other replicas for their statistics."""
    return bool(getattr(on.built, "synchronized", False))


def masks(observed: Observed) -> bool:
    """Whether Keras' layer makes a mask of ids, some of which are 0, or of steps of zeros."""
    built = observed.built
    if isinstance(built, keras.layers.Masking):
        return built.compute_mask(observed.first) is not None
    ids = np.zeros((1, 4), "int32")
    return observed.by_id and isinstance(built, keras.layers.Embedding) and built.compute_mask(ids) is not None


def knows_masks(observed: Observed) -> bool:
    """Whether Keras' layer says so, or what is made of several hands that of steps on."""
    if not isinstance(observed.built, keras.Layer):
        steps = not observed.by_id and all(len(shape) == 2 for shape in observed.case.shapes)
        return steps and _heeds(observed)
    drops = isinstance(observed.built, keras.layers.Dot)  # which says so, and yet forgets them
    return bool(observed.built.supports_masking) and not drops


def _heeds(observed: Observed) -> bool:
    """A mask comes out; or, where no steps are left, nothing of what was padding."""
    out = masked(observed)
    if getattr(out, "_keras_mask", None) is not None:
        return True
    changed = observed.first.copy()
    changed[:, -1] += 1
    return len(out.shape) == 2 and _close(observed([changed, *observed.inputs[1:]]), np.asarray(out))


def spends_masks(observed: Observed) -> bool:
    """Whether no mask comes out although one goes in that the layer knows; of steps with channels."""
    steps = not observed.by_id and all(len(shape) == 2 for shape in observed.case.shapes)
    return steps and knows_masks(observed) and getattr(masked(observed), "_keras_mask", None) is None


def masked(observed: Observed) -> Any:
    """What comes out where the last step of everything that is read is padding."""
    given = [keras.ops.convert_to_tensor(each) for each in observed.inputs]
    for each in given:
        each._keras_mask = keras.ops.arange(each.shape[1]) < each.shape[1] - 1
        each._keras_mask = keras.ops.broadcast_to(each._keras_mask, each.shape[:2])
    with warnings.catch_warnings():  # Keras' grouped attention warns of its own parts.
        warnings.simplefilter("ignore", UserWarning)
        return observed.built(given if len(given) > 1 else given[0])
