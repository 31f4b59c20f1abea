"""What an exported file is: its format, and what came of comparing it with the run's own model."""

import math
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path


class Format(StrEnum):
    """What an exported file is for."""

    keras = "keras"
    saved_model = "saved_model"
    onnx = "onnx"
    litert = "litert"
    openvino = "openvino"


class Precision(StrEnum):
    """What weights are kept in."""

    float32 = "float32"
    float16 = "float16"
    int8 = "int8"


@dataclass(frozen=True, slots=True)
class Kind:
    """What must be known of a format before anything is loaded.

    `ending` is empty for a folder; `needs` are modules, which come with the `extra`.
    """

    ending: str
    runtime: str
    extra: str = ""
    needs: tuple[str, ...] = ()
    precisions: tuple[Precision, ...] = (Precision.float32,)

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)


KINDS = {
    Format.keras: Kind(".keras", "Keras"),
    Format.saved_model: Kind("", "TensorFlow"),
    Format.onnx: Kind(".onnx", "ONNX Runtime", "onnx", ("tf2onnx", "onnx", "onnxruntime"), tuple(Precision)),
    Format.litert: Kind(".tflite", "LiteRT", "litert", ("ai_edge_litert",), tuple(Precision)),
    Format.openvino: Kind(".xml", "OpenVINO", "openvino", ("openvino",)),
}


def misfit(ending: str, format: Format | None, precision: Precision, tolerance: float | None) -> tuple[str, str] | None:
    """What does not go together in what is asked for, and what to write instead; None where all does."""
    told = format_of(ending)
    if format is None and told is None:
        endings = ", ".join(kind.ending for kind in KINDS.values() if kind.ending)
        others = ", ".join(format for format, kind in KINDS.items() if not kind.ending)
        help = f"end it in {endings}, or write --format, as for {others}, which has none"
        return f"of {ending or 'no ending'} nobody knows the format", help
    format = format or told
    assert format is not None
    kind = KINDS[format]
    if kind.ending != ending and (kind.ending or told is not None):
        return f"{format} is written into {_place(kind)}", "write such a name, or another --format"
    if precision not in kind.precisions:
        able = " or ".join(each for each, other in KINDS.items() if precision in other.precisions)
        return f"{format} holds float32 alone", f"leave --precision out, or write --format {able}"
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance >= 0):
        return f"a tolerance of {tolerance:g}", "write a number such as 1e-4; of int8, points of accuracy"
    return None


def _place(kind: Kind) -> str:
    return f"a file that ends in {kind.ending}" if kind.ending else "a folder without a file's ending"


def format_of(ending: str) -> Format | None:
    """The format whose files end so, if there is one."""
    return next((format for format, kind in KINDS.items() if ending and kind.ending == ending), None)


TOLERANCES = {Precision.float32: 1e-5, Precision.float16: 1e-2, Precision.int8: 1.0}
"""The largest difference that passes, as a share of the scale; of int8, the points of accuracy that may be lost."""
OF_NUMBERS = 0.1
"""What is let pass of an output of numbers in int8, as a share of its scale: there is no accuracy to lose."""
SAMPLES = 1000
"""Examples that are compared, unless another number is asked for."""


SCRIPT = "predict.py"
"""What lies beside every file."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be written: a file that is there already only by `force`; a tolerance of None is the precision's."""

    path: Path
    format: Format
    precision: Precision = Precision.float32
    samples: int = SAMPLES
    tolerance: float | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """One output of the file held against the run's model, over the same examples.

    `difference` is the largest between two numbers, as a share of `scale`: the largest number that the model gave, or 1
    where all are smaller. `accuracy` (and `own`, the model's) is the share of right answers; None where it answers with
    numbers. `agreement` is how often both answer alike.
    """

    output: str
    difference: float
    scale: float
    agreement: float | None = None
    own: float | None = None
    accuracy: float | None = None

    def passes(self, precision: Precision, tolerance: float | None) -> bool:
        """Whether it is close enough; what is no number is not."""
        off = self.lost if precision is Precision.int8 and self.lost is not None else self.difference
        return off <= self.most(precision, tolerance)

    def most(self, precision: Precision, tolerance: float | None) -> float:
        """What is let pass: the tolerance that was asked for, else the precision's for such an output."""
        if tolerance is not None:
            return tolerance
        return OF_NUMBERS if precision is Precision.int8 and self.lost is None else TOLERANCES[precision]

    @property
    def lost(self) -> float | None:
        """Accuracy lost, in points of a hundred; negative where some was won."""
        return None if self.own is None or self.accuracy is None else 100 * (self.own - self.accuracy)


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written, and what it does. `files` are all that belong to it, predict.py among them."""

    run: str
    file: str
    files: tuple[str, ...]
    format: Format
    precision: Precision
    size: int
    """Bytes, without predict.py."""
    outputs: tuple[Compared, ...]
    split: str
    samples: int
    batches: tuple[int, ...]
    """How many examples went through it at once."""
    alone: float
    """Milliseconds for one example; `together` is that of an example among so many `at_once`."""
    together: float
    at_once: int
    tolerance: float | None
    """What was asked to be let pass; None for what the precision lets pass."""
    notes: tuple[str, ...] = ()
    """What is not as in the run's own model."""
