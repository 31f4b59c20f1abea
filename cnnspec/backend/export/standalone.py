"""Predict with an exported network: this file, the runtime of the model's format and numpy are all that it needs.

    python predict.py MODEL [INPUT ...] [--text TEXT] [--top 3] [--json]

MODEL is a .keras, .onnx, .tflite or .xml file, or the folder of a SavedModel. An INPUT is an .npy with examples (or
one), an .npz with an array (numbers, or texts) for each input, a text file with a sentence a line, or, where Pillow is
installed, a picture. Inputs are prepared as in training; how, and what the classes are called, stands in MODEL.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnspec.backend.data.pixels import Reading, fitted, in_channels, upright
from cnnspec.backend.data.standardize import standardised

Array = NDArray[Any]
Run = Callable[[dict[str, Array]], dict[str, Array]]
"""A batch of each input by name, to the numbers of each output by name."""
Told = dict[str, Any]

ABOUT = "cnnspec.json"
"""The entry that says how inputs are prepared and outputs are read, in what is an archive or a folder."""
KEY = "cnnspec"
"""The same where a format has metadata of its own."""
BATCH = 32
PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp")


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

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
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


FORMATS = {"": of_saved_model, ".keras": of_keras, ".onnx": of_onnx, ".tflite": of_litert, ".xml": of_openvino}


def _archived(path: Path) -> Told:
    with zipfile.ZipFile(path) as archive:
        told: Told = json.loads(archive.read(ABOUT))
    return told


class Network:
    """An exported network: call it with a batch of each input; `about` says how inputs and outputs are read."""

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        load = FORMATS["" if path.is_dir() else path.suffix]
        self._run, self.about = load(path)
        self.inputs: list[Told] = self.about["inputs"]
        self.outputs: list[Told] = self.about["outputs"]

    def __call__(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """The numbers of each output (n, ...) for n examples of each input."""
        ready = {each["name"]: np.ascontiguousarray(arrays[each["name"]], each["dtype"]) for each in self.inputs}
        return self._run(ready)

    def predict(self, examples: Iterator[tuple[str, str | None, dict[str, Array]]], top: int = 3) -> Iterator[Told]:
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


def ids(text: str, how: Told, length: int | None) -> Array:
    """A text as the network reads it: ids in order, or a number for each word of the vocabulary."""
    known = {token: number for number, token in enumerate(how["vocabulary"])}
    tokens = _tokens(standardised(text, how["standardize"]), how)
    if how["output_mode"] == "int":
        found = [0 if token == "" else known.get(token, 1) for token in tokens]
        wanted = how["length"] or length or max(1, len(found))
        return np.array((found + [0] * wanted)[:wanted], np.int32)
    counted = Counter(known.get(token, 0) for token in tokens)
    counts = np.zeros(how["width"], np.float32)
    counts[list(counted)] = list(counted.values())
    if how["output_mode"] == "multi_hot":
        return np.minimum(counts, 1)
    if how["output_mode"] == "tf_idf":
        counts[: len(how["weights"])] *= np.array(how["weights"], np.float32)
    return counts


def _tokens(text: str, how: Told) -> list[str]:
    tokens = [text]
    if how["split"] is not None:
        tokens = list(text) if how["split"] == "character" else [each for each in _SPACE.split(text) if each]
    if not how["ngrams"]:
        return tokens
    starts = ((size, start) for size in how["ngrams"] for start in range(len(tokens) - size + 1))
    return [" ".join(tokens[start : start + size]) for size, start in starts]


_SPACE = re.compile("[ \t\n\v\f\r]+")


def picture(path: Path, how: Told, shape: Sequence[int | None]) -> Array:
    """A picture as the network reads it: upright, in its size and channels, and between its black and white."""
    reading = Reading(**how["reading"])
    with path.open("rb") as file:
        depth = file.read(25)[-1]
        image: Any = Image.open(file)
        held = image.getexif().get(_ORIENTATION, 1)
        if by := reading.may_shrink(image.width, image.height, held):
            image.draft(None, (image.width // by, image.height // by))
        image.load()
        depth = depth if image.format == "PNG" else 8
        image = in_channels(upright(image, held), reading.channels, depth, reading.white)
        numbers = np.asarray(fitted(image, reading)).reshape(reading.shape)
    if how["ends"] is not None:
        black, white = how["ends"]
        numbers = numbers.astype(np.float32) * np.float32((white - black) / 255) + np.float32(black)
        numbers = np.rint(numbers) if how["whole"] else numbers
    return numbers.reshape([-1 if size is None else size for size in shape])


_ORIENTATION = 0x0112


def examples(
    network: Network, paths: Sequence[str], texts: Sequence[str]
) -> Iterator[tuple[str, str | None, dict[str, Array]]]:
    """Each example with its name, and its text where it is one; ends the program where something cannot be read."""
    only = network.inputs[0] if len(network.inputs) == 1 else None
    for number, text in enumerate(texts, 1):
        yield _of_text(f"text {number}", text, only)
    for path in paths:
        ending = Path(path).suffix.lower()
        if ending in (".npy", ".npz"):
            yield from _of_arrays(path, network)
        elif only and only["picture"] and ending in PICTURES:
            yield path, None, {only["name"]: picture(Path(path), only["picture"], only["shape"])}
        elif only and only["text"]:
            lines = Path(path).read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
            yield from (_of_text(f"{path}:{at}", line.removesuffix("\r"), only) for at, line in enumerate(lines, 1))
        else:
            sys.exit(f"{path}: expected {expected(network)}")


def expected(network: Network) -> str:
    """What to give, in words."""
    if len(network.inputs) > 1:
        return f"an .npz with {', '.join(each['name'] for each in network.inputs)}"
    pictures = ", or a picture (.jpg, .png)" if network.inputs[0]["picture"] else ""
    return f"an .npy{', or a text file with a sentence a line' if network.inputs[0]['text'] else pictures}"


def _of_text(name: str, text: str, only: Told | None) -> tuple[str, str | None, dict[str, Array]]:
    if only is None or not only["text"]:
        sys.exit("this network reads no texts")
    return name, text, {only["name"]: ids(text, only["text"], only["shape"][0])}


def _of_arrays(path: str, network: Network) -> Iterator[tuple[str, str | None, dict[str, Array]]]:
    """The examples of an .npy or .npz; an array of an input's own shape is a single one."""
    held = np.load(path, allow_pickle=False)
    arrays = {each["name"]: held if isinstance(held, np.ndarray) else held[each["name"]] for each in network.inputs}
    columns = {each["name"]: _column(arrays[each["name"]], each, path) for each in network.inputs}
    for row in range(len(next(iter(columns.values())))):
        yield f"{path}[{row}]", None, {name: column[row] for name, column in columns.items()}


def _column(array: Array, wanted: Told, path: str) -> Any:
    if array.dtype.kind == "U" and wanted["text"]:
        return [ids(str(text), wanted["text"], wanted["shape"][0]) for text in array.reshape(-1)]
    shape = wanted["shape"]
    array = array[None] if array.ndim == len(shape) else array
    if array.ndim == len(shape) and shape[-1] == 1:  # a grey picture without its axis of channels
        array = array[..., None]
    if array.ndim != len(shape) + 1 or any(
        size not in (None, has) for size, has in zip(shape, array.shape[1:], strict=True)
    ):
        sys.exit(f"{path}: {wanted['name']} has shape {array.shape}, expected (n, {', '.join(map(str, shape))})")
    return array


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
    parser.add_argument("--top", type=int, default=3, help="how many classes are told")
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    given = parser.parse_args()
    network = Network(given.model)
    if not given.inputs and not given.text:
        parser.error(f"give {expected(network)}{', or --text' if network.inputs[0]['text'] else ''}")
    for told in network.predict(examples(network, given.inputs, given.text), given.top):
        print(json.dumps(told, ensure_ascii=False) if given.json else shown(told))


if __name__ == "__main__":
    main()
