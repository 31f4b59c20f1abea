"""The state of a training in memory: copied out whole, and put back to the letter.

The order of the data is a function of seed and epoch, and what augmentation draws one of seed, epoch and batch, so that
neither is part of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnspec.backend.data.splits import Array
from cnnspec.backend.model.adapt import refresh
from cnnspec.backend.objective.callbacks import Best
from cnnspec.runs.checkpoint import Piece
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

_KEPT_BY = {
    "EarlyStopping": ("best", "wait", "best_epoch", "stopped_epoch"),
    "ReduceLROnPlateau": ("best", "wait", "cooldown_counter"),
}
"""What each of Keras' callbacks knows from one epoch to the next, but for weights."""
_WEIGHTS = "best_weights"


@dataclass(frozen=True, slots=True)
class State:
    """A copy of a training's state: `facts` as JSON holds them, and every array in order."""

    facts: Mapping[str, Any]
    pieces: tuple[Piece, ...]


class TrainingState:
    """What a compiled model's training consists of.

    These are the variables of the model (the seeds of its dropout among them), of its optimizer (averages, accumulated
    gradients and the loss scale among them), of its metrics and of what is `watched`, and what callbacks and `best`
    remember.
    """

    def __init__(self, learner: Any, callbacks: Sequence[Any], best: Best, watched: Sequence[Any] = ()) -> None:
        self._learner, self._best, self._watched = learner, best, watched
        self._callbacks = {type(callback).__name__: callback for callback in callbacks}

    def collect(self) -> State:
        """A copy that later steps do not change."""
        known = {name: self._known(name) for name in self._callbacks}
        best = {"epoch": self._best.epoch, "value": self._best.value}
        facts = {"stopped": bool(self._learner.stop_training), "best": best, "callbacks": known}
        return State(facts, (*self._of_variables(), *self._of_callbacks()))

    def restore(self, state: State, earlier: Mapping[str, str] | None = None) -> None:
        """Put everything back, after the callbacks have begun; raises Rejected where it is of another training.

        The optimizer's variables are called after layers: `earlier` says what a layer was called in earlier versions.
        """
        pieces = {piece.name: piece for piece in state.pieces}
        if not any(name.startswith("losses.") for name in pieces):
            pieces |= {piece.name: piece for piece in _of_older(pieces, self._learner)}
        for name, variable in self._variables():
            kept_as = name if name in pieces else _as_earlier(name, earlier or {})
            variable.assign(_array(pieces, kept_as, tuple(variable.shape), str(variable.dtype)))
        refresh(self._learner)
        for name, callback in self._callbacks.items():
            known = state.facts["callbacks"].get(name, {})
            for key in _KEPT_BY[name]:
                if key not in known:
                    raise _of_another(f"nothing for {key} of {name}", "what it knew")
                setattr(callback, key, known[key])
            if held := unpacked(state.pieces, f"{name}.{_WEIGHTS}"):
                check_weights(held, self._learner)
                callback.best_weights = held
        self._best.epoch, self._best.value = state.facts["best"]["epoch"], state.facts["best"]["value"]
        self._learner.stop_training = state.facts["stopped"]

    def _known(self, name: str) -> dict[str, Any]:
        return {key: _plain(getattr(self._callbacks[name], key)) for key in _KEPT_BY[name]}

    def _variables(self) -> Iterator[tuple[str, Any]]:
        """Every variable under a name that is the same in another process."""
        learner = self._learner
        groups = {"model": learner.variables, "optimizer": learner.optimizer.variables}
        groups |= {"metrics": learner.metrics_variables, "losses": learner.criterion.variables, "watch": self._watched}
        for group, variables in groups.items():
            for number, variable in enumerate(variables):
                yield f"{group}.{number}.{variable.name}", variable

    def _of_variables(self) -> Iterator[Piece]:
        for name, variable in self._variables():
            yield packed(name, np.asarray(variable))

    def _of_callbacks(self) -> Iterator[Piece]:
        for name, callback in self._callbacks.items():
            weights = getattr(callback, _WEIGHTS, None) or ()
            yield from packed_all(f"{name}.{_WEIGHTS}", weights)


def _as_earlier(name: str, earlier: Mapping[str, str]) -> str:
    """`optimizer.3.stem_kernel_momentum` as it was called before: `optimizer.3.conv1_kernel_momentum`."""
    group, number, variable = name.split(".", 2)
    layer = max((each for each in earlier if variable.startswith(f"{each}_")), key=len, default="")
    return f"{group}.{number}.{earlier.get(layer, '')}{variable.removeprefix(layer)}"


def packed(name: str, array: Array) -> Piece:
    """A copy of an array."""
    return Piece(name, str(array.dtype), tuple(array.shape), array.tobytes())


def packed_all(name: str, arrays: Sequence[Array]) -> Iterator[Piece]:
    """Copies of arrays that belong together, as `name.0`, `name.1` and so on."""
    return (packed(f"{name}.{number}", array) for number, array in enumerate(arrays))


def unpacked(pieces: Sequence[Piece], name: str) -> list[Array]:
    """The arrays that were packed together under a name."""
    return [_read(piece) for piece in pieces if piece.name.rpartition(".")[0] == name]


def _of_older(pieces: Mapping[str, Piece], learner: Any) -> Iterator[Piece]:
    """What the criterion knows, in a checkpoint of a version that kept Keras' means of the losses beside its metrics'.

    The means of the outputs came last, and only where there were several.
    """
    (variable,) = learner.criterion.variables
    outputs, first = variable.shape[0] - 1, len(learner.metrics_variables)
    starts = (0, *(range(first, first + 2 * outputs, 2) if outputs > 1 else ()))
    held = [(_number(pieces, start, "total"), _number(pieces, start + 1, "count")) for start in starts]
    yield packed(f"losses.0.{variable.name}", learner.criterion.sums_of(held[0], held[1:]))


def _number(pieces: Mapping[str, Piece], place: int, name: str) -> float:
    return float(_array(pieces, f"metrics.{place}.{name}", (), "float32"))


def _array(pieces: Mapping[str, Piece], name: str, shape: tuple[int, ...], dtype: str) -> Array:
    piece = pieces.get(name)
    if piece is None or (piece.shape, piece.dtype) != (shape, dtype):
        found = "nothing" if piece is None else f"{piece.dtype} of shape {piece.shape}"
        raise _of_another(f"{found} for {name}", f"{dtype} of shape {shape}, as the network has it")
    return _read(piece)


def check_weights(weights: Sequence[Array], model: Any) -> None:
    """Raise Rejected where weights that were kept aside are not those of a model of this form."""
    there, wanted = [array.shape for array in weights], [tuple(weight.shape) for weight in model.weights]
    if there != wanted:
        raise _of_another(f"{len(there)} weights of the best epoch", f"{len(wanted)} with the shapes of the network's")


def _of_another(held: str, expected: str) -> Rejected:
    help = "resume with the versions in environment.json, or train again"
    return rejected("bad-checkpoint", f"the checkpoint holds {held}", expected, help, at=NOWHERE)


def _read(piece: Piece) -> Array:
    try:
        array: Array = np.frombuffer(piece.data, np.dtype(piece.dtype)).reshape(piece.shape)
    except (TypeError, ValueError) as error:
        raise _of_another(f"{len(piece.data)} bytes for {piece.name}", f"{piece.dtype} of {piece.shape}") from error
    return array


def _plain(value: Any) -> Any:
    """A number as JSON has it."""
    return value.item() if isinstance(value, np.generic) else value
