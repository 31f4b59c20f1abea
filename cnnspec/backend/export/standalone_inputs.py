"""What the predict.py beside an exported file reads: arrays, texts and pictures, prepared as in training."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnspec.backend.data.pixels import Reading, fitted, in_channels, upright
from cnnspec.backend.data.standardize import standardised

Array = NDArray[Any]
Told = dict[str, Any]
Example = tuple[str, "str | None", dict[str, Array]]
"""What it is called, its text where it is one, and what each input reads of it."""

PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp")


class Unreadable(Exception):
    """What cannot be read, and why."""


def examples(inputs: Sequence[Told], paths: Sequence[str], texts: Sequence[str]) -> Iterator[Example]:
    """Each example, for inputs as the exported file tells of them; raises Unreadable."""
    only = inputs[0] if len(inputs) == 1 else None
    for number, text in enumerate(texts, 1):
        yield _of_text(f"text {number}", text, only)
    for path in paths:
        ending = Path(path).suffix.lower()
        if ending in (".npy", ".npz"):
            yield from _of_arrays(path, inputs)
        elif only and only["picture"] and ending in PICTURES:
            yield path, None, {only["name"]: picture(Path(path), only["picture"], only["shape"])}
        elif only and only["text"]:
            yield from (_of_text(f"{path}:{at}", line, only) for at, line in enumerate(_lines(path), 1))
        else:
            raise Unreadable(f"{path}: expected {expected(inputs)}")


def expected(inputs: Sequence[Told]) -> str:
    """What to give, in words."""
    if len(inputs) > 1:
        return f"an .npz with {', '.join(each['name'] for each in inputs)}"
    pictures = ", or a picture (.jpg, .png)" if inputs[0]["picture"] else ""
    return f"an .npy{', or a text file with a sentence a line' if inputs[0]['text'] else pictures}"


def _lines(path: str) -> list[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: is no text in UTF-8 (byte {error.start})") from None
    return text.removesuffix("\n").replace("\r\n", "\n").split("\n")


def _of_text(name: str, text: str, only: Told | None) -> Example:
    if only is None or not only["text"]:
        raise Unreadable("this network reads no texts")
    return name, text, {only["name"]: ids(text, only["text"], only["shape"][0])}


def _of_arrays(path: str, inputs: Sequence[Told]) -> Iterator[Example]:
    """The examples of an .npy or .npz; an array of an input's own shape is a single one."""
    arrays = _arrays(path, inputs)
    columns = {each["name"]: _column(arrays[each["name"]], each, path) for each in inputs}
    counts = {name: len(column) for name, column in columns.items()}
    if len(set(counts.values())) > 1:
        raise Unreadable(f"{path}: {', '.join(f'{count} of {name}' for name, count in counts.items())}")
    if not (count := next(iter(counts.values()))):
        raise Unreadable(f"{path}: holds no examples")
    for row in range(count):
        yield f"{path}[{row}]", None, {name: column[row] for name, column in columns.items()}


def _arrays(path: str, inputs: Sequence[Told]) -> dict[str, Array]:
    """The array of each input."""
    wanted = [each["name"] for each in inputs]
    try:
        held = np.load(path, allow_pickle=False)
        named = {name: held[name] for name in wanted if name in held} if hasattr(held, "files") else None
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None
    except (ValueError, EOFError, zipfile.BadZipFile):
        raise Unreadable(f"{path}: is no file of numbers or texts that numpy reads") from None
    if named is not None:
        if missing := [name for name in wanted if name not in named]:
            raise Unreadable(f"{path}: has {', '.join(held.files) or 'nothing'}; expected {', '.join(missing)}")
        return named
    if len(wanted) > 1:
        raise Unreadable(f"{path}: expected {expected(inputs)}")
    return {wanted[0]: held}


def _column(array: Array, wanted: Told, path: str) -> Any:
    """An example a row."""
    if array.dtype.kind == "U" and wanted["text"]:
        return [ids(str(text), wanted["text"], wanted["shape"][0]) for text in array.reshape(-1)]
    if array.dtype.kind not in "biuf":
        raise Unreadable(f"{path}: {wanted['name']} is {array.dtype}; expected {_kind(wanted)}")
    if not np.isfinite(array).all():
        raise Unreadable(f"{path}: {wanted['name']} holds NaN or infinite numbers")
    if "int" in wanted["dtype"] and array.dtype.kind == "f" and (array % 1).any():
        raise Unreadable(f"{path}: {wanted['name']} holds fractions; expected whole numbers")
    if wanted.get("ids") and array.size and not 0 <= array.min() <= array.max() < wanted["ids"]:
        held = f"{int(array.min())} to {int(array.max())}"
        raise Unreadable(f"{path}: {wanted['name']} holds {held}; expected 0 to {wanted['ids'] - 1}")
    return _by_row(array, wanted, path)


def _kind(wanted: Told) -> str:
    return "numbers or texts" if wanted["text"] else "numbers"


def _by_row(array: Array, wanted: Told, path: str) -> Array:
    """With an axis of examples, and one of channels, where they were left out: of one example, of a single channel."""
    shape = wanted["shape"]
    ways = [(shape, (None, ...))] + ([(shape[:-1], (None, ..., None))] if shape[-1] == 1 else [])
    for each, index in ways:
        if _fits(array.shape[1:], each) and array.ndim:
            return array[(slice(None), *index[1:])]
        if _fits(array.shape, each):
            return array[index]
    sizes = ", ".join("any" if size is None else str(size) for size in shape)
    raise Unreadable(f"{path}: {wanted['name']} has shape {array.shape}; expected (n, {sizes})")


def _fits(sizes: Sequence[int], shape: Sequence[int | None]) -> bool:
    return len(sizes) == len(shape) and all(size in (None, has) for size, has in zip(shape, sizes, strict=True))


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
    if Image is None:
        raise Unreadable(f"{path}: pictures are read by Pillow: pip install pillow")
    try:
        numbers = _pixels(path, Reading(**how["reading"]))
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or 'is no picture that Pillow reads'}") from None
    except (ValueError, SyntaxError, EOFError, IndexError, TypeError, KeyError, Image.DecompressionBombError) as error:
        raise Unreadable(f"{path}: is damaged, or too large ({error})") from None
    if how["ends"] is not None:
        black, white = how["ends"]
        numbers = numbers.astype(np.float32) * np.float32((white - black) / 255) + np.float32(black)
        numbers = np.rint(numbers) if how["whole"] else numbers
    return numbers.reshape([-1 if size is None else size for size in shape])


def _pixels(path: Path, reading: Reading) -> Array:
    with path.open("rb") as file:
        depth = (file.read(25) or b"\0")[-1]
        image: Any = Image.open(file)
        held = image.getexif().get(_ORIENTATION, 1)
        if by := reading.may_shrink(image.width, image.height, held):
            image.draft(None, (image.width // by, image.height // by))
        image.load()
        depth = depth if image.format == "PNG" else 8
        image = in_channels(upright(image, held), reading.channels, depth, reading.white)
        return np.asarray(fitted(image, reading)).reshape(reading.shape)


_ORIENTATION = 0x0112
