"""Predict with an exported network: this file, the runtime of the model's format and numpy are all that it needs.

    python predict.py MODEL [INPUT ...] [--text TEXT] [--top 3] [--json]

MODEL is a .keras, .onnx, .tflite or .xml file, or the folder of a SavedModel. An INPUT is an .npy with examples (or
one), an .npz with an array (numbers, or texts) for each input, a text file with a sentence a line, or, where Pillow is
installed, a picture. Inputs are prepared as in training; how, and what the classes are called, stands in MODEL.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.backend.export.standalone_inputs import Array, Example, Told, Unreadable, examples, expected

Run = Callable[["dict[str, Array]"], "dict[str, Array]"]
"""A batch of each input by name, to the numbers of each output by name."""

ABOUT = "cnnspec.json"
"""The entry that says how inputs are prepared and outputs are read, in what is an archive or a folder."""
KEY = "cnnspec"
"""The same where a format has metadata of its own."""
BATCH = 32


def of_keras(path: Path) -> tuple[Run, Told]:
    """A .keras file, which is an archive."""
    import keras

    about = _archived(path)
    model = keras.saving.load_model(path, compile=False)
    (only, *more), outputs = about["inputs"], about["outputs"]

    def run(arrays: dict[str, Array]) -> dict[str, Array]:
        found = model(arrays if more else arrays[only["name"]], training=False)
        named = found if isinstance(found, dict) else {outputs[0]["name"]: found}
        return {name: np.asarray(keras.ops.convert_to_numpy(each), np.float32) for name, each in named.items()}

    return run, about


def of_saved_model(path: Path) -> tuple[Run, Told]:
    """The folder of a SavedModel."""
    import tensorflow as tf

    serve = tf.saved_model.load(str(path)).signatures["serving_default"]

    def run(arrays: dict[str, Array]) -> dict[str, Array]:
        found = serve(**{name: tf.constant(array) for name, array in arrays.items()})
        return {name: each.numpy() for name, each in found.items()}

    return run, json.loads((path / "assets.extra" / ABOUT).read_text(encoding="utf-8"))


def of_onnx(path: Path) -> tuple[Run, Told]:
    """An .onnx file."""
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf

    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        raise ValueError(f"is no ONNX file ({error})") from None
    names = [output.name for output in session.get_outputs()]

    def run(arrays: dict[str, Array]) -> dict[str, Array]:
        return dict(zip(names, session.run(names, arrays), strict=True))

    return run, json.loads(session.get_modelmeta().custom_metadata_map[KEY])


def of_litert(path: Path) -> tuple[Run, Told]:
    """A .tflite file, with an archive at its end."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    run = interpreter.get_signature_runner("serving_default")
    return lambda arrays: dict(run(**arrays)), _archived(path)


def of_openvino(path: Path) -> tuple[Run, Told]:
    """An .xml file, with its .bin beside it; computed in single precision on every processor."""
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def run(arrays: dict[str, Array]) -> dict[str, Array]:
        found = compiled(arrays)
        return {output.any_name: found[output] for output in compiled.outputs}

    return run, json.loads(model.get_rt_info([KEY]).astype(str))


FORMATS = {
    "folder": (of_saved_model, "tensorflow"),
    ".keras": (of_keras, "keras tensorflow"),
    ".onnx": (of_onnx, "onnxruntime"),
    ".tflite": (of_litert, "ai-edge-litert"),
    ".xml": (of_openvino, "openvino"),
}
"""By a file's ending: how it is loaded, and the packages that do it."""


def _archived(path: Path) -> Told:
    with zipfile.ZipFile(path) as archive:
        told: Told = json.loads(archive.read(ABOUT))
    return told


def loaded(path: Path) -> tuple[Run, Told]:
    """A file of any format; raises Unreadable where it cannot be loaded."""
    ending = "folder" if path.is_dir() else path.suffix
    if not path.exists():
        raise Unreadable(f"{path}: there is no such file")
    if ending not in FORMATS or (path.is_dir() and not (path / "saved_model.pb").is_file()):
        raise Unreadable(f"{path}: expected a .keras, .onnx, .tflite or .xml file, or the folder of a SavedModel")
    if ending == ".xml" and not path.with_suffix(".bin").is_file():
        raise Unreadable(f"{path}: its {path.with_suffix('.bin').name} is not beside it")
    load, packages = FORMATS[ending]
    try:
        return load(path)
    except ImportError as error:
        raise Unreadable(f"{path}: {error}; pip install {packages}") from None
    except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        why = " ".join(str(error).split())[:200]
        raise Unreadable(f"{path}: is not what cnnspec export wrote, or damaged ({why})") from None


class Network:
    """An exported network: call it with a batch of each input; `about` says how inputs and outputs are read."""

    def __init__(self, path: str | Path) -> None:
        self._run, self.about = loaded(Path(path))
        self.inputs: list[Told] = self.about["inputs"]
        self.outputs: list[Told] = self.about["outputs"]

    def __call__(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The numbers of each output (n, ...) for n examples of each input."""
        ready = {each["name"]: np.ascontiguousarray(arrays[each["name"]], each["dtype"]) for each in self.inputs}
        return self._run(ready)

    def predict(self, examples: Iterable[Example], top: int = 3) -> Iterator[Told]:
        """What is said of each example, as `cnnspec predict --format jsonl` says it."""
        for _, alike in groupby(examples, key=lambda each: [piece.shape for piece in each[2].values()]):
            while batch := list(islice(alike, BATCH)):
                found = self({name: np.stack([pieces[name] for _, _, pieces in batch]) for name in batch[0][2]})
                for row, (name, text, _) in enumerate(batch):
                    said = {each["name"]: tell(each, found[each["name"]][row], top) for each in self.outputs}
                    held: Told = {"input": name} | ({} if text is None else {"text": text})
                    yield held | ({"outputs": said} if len(said) > 1 else next(iter(said.values())))


def tell(output: Told, numbers: Array, top: int) -> Told:
    """What an output says of one example; `numbers` are of its shape."""
    if output["form"] == "values" or numbers.ndim > 1:
        return {"values": _exact(_decided(output, numbers).tolist())}
    probabilities = _probabilities(output, numbers)
    order = np.argsort(-probabilities, kind="stable")
    if output["form"] == "class":
        return {"top": [_guess(output, probabilities, at) for at in order[:top]]}
    hold = _decided(output, numbers)
    most = max(top, int(hold.sum()))
    return {"top": [_guess(output, probabilities, at) | {"holds": bool(hold[at])} for at in order[:most]]}


def _guess(output: Told, probabilities: Array, at: int) -> Told:
    return {"class": output["classes"][at], "probability": _exact(float(probabilities[at]))}


def _decided(output: Told, numbers: Array) -> Array:
    """Values as they are; class numbers, or yes and no, at each place."""
    if output["form"] == "values":
        return numbers
    if output["form"] == "class" and not output["single"]:
        return np.asarray(numbers.argmax(axis=-1))
    yes = numbers > 0 if output["sides"] else _probabilities(output, numbers)[..., -numbers.shape[-1] :] > 0.5
    return yes[..., 0].astype(np.int32) if output["single"] else yes


def _probabilities(output: Told, numbers: Array) -> Array:
    if output["function"] == "softmax":
        powers = np.exp(numbers - numbers.max(axis=-1, keepdims=True))
        numbers = powers / powers.sum(axis=-1, keepdims=True)
    elif output["function"] == "sigmoid":
        numbers = (0.5 * np.tanh(0.5 * numbers.astype(np.float64)) + 0.5).astype(np.float32)
    return np.concatenate([1 - numbers, numbers], axis=-1) if output["single"] else numbers


def _exact(value: Any) -> Any:
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def json_line(told: Told) -> str:
    """What is said of an example as JSON, which has no word for what is no finite number: that is null."""
    return json.dumps(_or_null(told), ensure_ascii=False, allow_nan=False)


def _or_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _or_null(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_or_null(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def shown(told: Told) -> str:
    """A line of what is said of an example."""
    said = told["outputs"].items() if "outputs" in told else [("", told)]
    return f"{told['input']}  {'; '.join(f'{name}: {_words(each)}' if name else _words(each) for name, each in said)}"


def _words(said: Told) -> str:
    if "values" in said:
        return json.dumps(said["values"])
    return ", ".join(f"{each['class']} {each['probability']:.1%}" for each in said["top"])


def main() -> None:
    """Say what the network says of each input, a line each."""
    about = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=about[0], epilog=about[2], formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("inputs", metavar="INPUT", nargs="*")
    parser.add_argument("--text", action="append", default=[], help="a text to predict")
    parser.add_argument("--top", type=_positive, default=3, metavar="N", help="how many classes are told")
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    given = parser.parse_intermixed_args()
    try:
        network = Network(given.model)
        if not given.inputs and not given.text:
            parser.error(f"give {expected(network.inputs)}{', or --text' if network.inputs[0]['text'] else ''}")
        for told in network.predict(examples(network.inputs, given.inputs, given.text), given.top):
            print(json_line(told) if given.json else shown(told))
        sys.stdout.flush()
    except Unreadable as problem:
        sys.exit(str(problem))
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text}: expected a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    main()
