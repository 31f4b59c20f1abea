"""Arrays to predict: .npy, .npz and IDX, one example a row, and tables of nothing but numbers."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from cnnspec.backend.data.cells import Cells, read_numbers
from cnnspec.backend.data.formats.csv_rows import read_csv, without_excel_line
from cnnspec.backend.data.formats.decode_text import read_text
from cnnspec.backend.data.formats.idx import read_idx
from cnnspec.backend.data.formats.npy import names_in_npz, read_npy, read_npz
from cnnspec.backend.data.ids import check_ids
from cnnspec.backend.data.input_arrays import agrees, checked_input
from cnnspec.backend.data.numerals import is_number
from cnnspec.backend.data.rows import Written, other_separator, separator_help
from cnnspec.backend.data.splits import Array, Split
from cnnspec.backend.predict_inputs.example import Example
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Image
from cnnspec.layers.shape import product, write_shape
from cnnspec.source.diagnostic import rejected
from cnnspec.source.route import NOWHERE

_DIVIDERS = {".csv": ",", ".tsv": "\t"}
_IDX = (b"\0\0", b"\x1f\x8b")
"""How a file of IDX begins, and one that is packed."""


def arrays_in(path: Path, graph: Graph, image: Image | None = None) -> Iterator[Example]:
    """An example for each row of the file's arrays, or a single one of an input's own shape; raises Rejected.

    Pictures of another size are brought to the input's where `image` says how.
    """
    found = _read(path, graph, image)
    counts = {shown: len(array) for array, shown in found.values()}
    if len(set(counts.values())) > 1:
        received = ", ".join(f"{count:,} examples in {shown}" for shown, count in counts.items())
        raise rejected("count-mismatch", received, "as many of each input", at=NOWHERE)
    fitted = {name: checked_input(array, shown, name, graph, image) for name, (array, shown) in found.items()}
    yield from _examples(str(path), fitted, graph)


def numbers_in(path: Path, graph: Graph, encoding: str = "utf-8") -> Iterator[Example]:
    """An example for each row of a .csv or .tsv, whose cells fill the only input in order; raises Rejected.

    A first row of numbers is an example, any other names the columns.
    """
    ((name, position),) = graph.inputs.items()
    shape = graph.nodes[position].output
    written = Written(encoding, where="")
    text = read_text(path, str(path), encoding, where="")
    text, divider, _ = without_excel_line(text, str(path), _DIVIDERS[path.suffix.lower()], written)
    first = text.partition("\n")[0].removesuffix("\r").split(divider)
    headless = all(map(is_number, first))
    names = divider.join(map(str, range(len(first)))) + "\n" if headless else ""
    rows = read_csv(names + text, str(path), divider, written)
    size = product(shape)
    if isinstance(size, int) and len(rows.columns) != size:
        received = f"{path} has {len(rows.columns):,} columns"
        raise rejected(
            "input-shape",
            received,
            f"{size:,} numbers in each row, as input {name} is {write_shape(shape)}",
            separator_help(other_separator(divider.join(first), divider), divider, in_spec=False),
            at=NOWHERE,
        )
    columns = [
        read_numbers(Cells(f"column {number + 1}", [row[number] for row in rows.cells], rows.origins))
        for number in range(len(rows.columns))
    ]
    sizes = [size if isinstance(size, int) else -1 for size in shape]
    array = np.stack(columns, axis=1).reshape(len(rows), *sizes)
    fitted = {name: checked_input(_whole(array, graph.dtypes.get(name, "float32")), str(path), name, graph)}
    lines = [int(line) - headless for line in rows.lines]
    yield from _examples(str(path), fitted, graph, [f"{path}:{line}" for line in lines])


def _whole(array: Array, dtype: str) -> Array:
    """Numbers from text as integers, where the input reads integers and all of them are."""
    return array.astype(np.int64) if "float" not in dtype and np.array_equal(array, np.floor(array)) else array


def _examples(
    shown: str, arrays: Mapping[str, Array], graph: Graph, names: list[str] | None = None
) -> Iterator[Example]:
    check_ids(Split("given", arrays, {}, dict.fromkeys(arrays, shown)), graph)
    for row in range(len(next(iter(arrays.values())))):
        name = names[row] if names else f"{shown}[{row}]"
        yield Example(name, {key: array[row] for key, array in arrays.items()})


def _read(path: Path, graph: Graph, image: Image | None) -> dict[str, tuple[Array, str]]:
    """The array of each input, with what to call it."""
    ending, inputs = path.suffix.lower(), tuple(graph.inputs)
    if ending == ".npz":
        return {name: _member(path, name, graph, image) for name in inputs}
    if len(inputs) > 1:
        expected = f"an .npz with arrays {', '.join(inputs)}"
        raise rejected("no-array", f"{path}, where the network has {len(inputs)} inputs", expected, at=NOWHERE)
    array = read_npy(path, str(path)) if ending == ".npy" else _read_idx(path)
    return {inputs[0]: (several(array, inputs[0], graph, image), str(path))}


def _read_idx(path: Path) -> Array:
    """What has no ending that says what it is."""
    with path.open("rb") as file:
        begins = file.read(2)
    if begins not in _IDX:
        expected = "a picture, or an array as .npy, .npz or IDX"
        raise rejected("no-array", f"{path} is no picture and no array", expected, at=NOWHERE)
    return read_idx(path, str(path))


def _member(path: Path, name: str, graph: Graph, image: Image | None) -> tuple[Array, str]:
    there = names_in_npz(path, str(path))
    wanted = (name, "x") if len(graph.inputs) == 1 else (name,)
    alone = there[0] if len(there) == len(graph.inputs) == 1 else None
    present = next((each for each in wanted if each in there), alone)
    if present is None:
        received = f"{path} has no array {' or '.join(wanted)}, but {', '.join(there[:12]) or 'none at all'}"
        alone_too = ", or x" if len(graph.inputs) == 1 else ""
        help = f"name the arrays like the inputs: {', '.join(graph.inputs)}{alone_too}"
        raise rejected("no-array", received, "one for each input", help, at=NOWHERE)
    return several(read_npz(path, present, str(path)), name, graph, image), f"{path}[{present}]"


def several(array: Array, name: str, graph: Graph, image: Image | None) -> Array:
    """The array with an axis of examples; one of an input's own shape, or a single picture, is a single example."""
    shape = graph.nodes[graph.inputs[name]].output
    own = agrees(array.shape, shape) or agrees((*array.shape, 1), shape)
    picture = array.ndim == 2 or (array.ndim == 3 and array.shape[2] == shape[-1] != 1)
    return array[None] if own or (image is not None and picture) else array
