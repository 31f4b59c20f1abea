"""The model's inputs: their shapes and types."""

from cnnspec.graph.nodes import Node
from cnnspec.graph.scope import Around, Result
from cnnspec.graph.walk import Walk
from cnnspec.language.keys import DTYPES
from cnnspec.language.naming import check_word
from cnnspec.layers.base import Facts
from cnnspec.layers.fields import is_count
from cnnspec.layers.instead import instead
from cnnspec.layers.shape import Dim, Shape, unknown
from cnnspec.source.diagnostic import Edit, nearest, respelt
from cnnspec.source.tuples import listed_sizes
from cnnspec.source.values import Entry, Mapping, Scalar, Sequence, Value, as_written, describe


def read_inputs(walk: Walk, value: Value | None, around: Around) -> dict[str, str]:
    """Add a node for every input; their dtypes by name. Without inputs the model is still looked at."""
    if not isinstance(value, Mapping) or not value.entries:
        around.complaints.uncertain = around.complaints.blind = True
    if not isinstance(value, Mapping):
        return {}
    if not value.entries:
        around.error("empty-list", "inputs is empty", value.span, "write inputs: {image: [28, 28, 1]}")
    dtypes = {}
    for entry in value:
        check_word(entry.key, entry.span, "input", around.report)
        shape, dtype = _input(walk, entry, around)
        dtypes[entry.key] = dtype
        position = (
            None if shape is None else walk.graph.add(Node(entry.key, None, (), Facts(shape), entry.span), around)
        )
        result = Result(position, entry.key, entry.span)
        walk.results.append(result)
        around.results.names[entry.key] = around.results.inputs[entry.key] = result
    return dtypes


def _input(walk: Walk, entry: Entry, around: Around) -> tuple[Shape | None, str]:
    value = around.compute(entry.value)
    if value is None:
        return None, "float32"
    if not isinstance(value, Mapping):
        return _shape(walk, entry, value, around), "float32"
    for part in value:
        if part.key not in ("shape", "dtype"):
            message = f"input {entry.key} has no argument {part.key}"
            around.misspelt("unknown-argument", message, part.key, ("shape", "dtype"), part.span)
    dtype, shape = value.get("dtype"), value.get("shape")
    if shape is None:
        if not any(nearest(part.key, ("shape", "dtype")) == "shape" for part in value):
            help = "write shape: [64] in it"
            around.error("missing-argument", f"input {entry.key} needs shape", entry.span, help)
        return None, "float32"
    return _shape(walk, entry, shape, around), _dtype(entry, dtype, around)


def _dtype(entry: Entry, value: Value | None, around: Around) -> str:
    if value is None:
        return "float32"
    if isinstance(value, Scalar) and value.value in DTYPES:
        return str(value.value)
    message = f"dtype of {entry.key} is {describe(value)}, expected one of {', '.join(DTYPES)}"
    word = value.text if isinstance(value, Scalar) and as_written(value) else ""
    found, place = instead("dtype", word), value.origin or value.span
    if found:
        edit = Edit(place, found.text, found.so) if found.text else None
        around.error("bad-value", message, value.span, "" if edit else found.help, edit=edit)
    else:
        around.error("bad-value", message, value.span, edit=respelt(word, DTYPES, place) if word else None)
    return "float32"


def _shape(walk: Walk, entry: Entry, value: Value, around: Around) -> Shape | None:
    if not isinstance(value, Sequence) or len(value.items) > 6:
        as_list = listed_sizes(value.value) if isinstance(value, Scalar) and isinstance(value.value, str) else None
        around.error(
            "bad-value",
            f"the shape of {entry.key} is {describe(value)}, expected a list of at most 6 sizes without the batch axis",
            value.span,
            "" if as_list else "write [height, width, channels]; null is an unknown length",
            edit=Edit(value.span, as_list) if as_list else None,
        )
        return None
    sizes: list[Dim] = []
    for axis, item in enumerate(value.items):
        size = item.value if isinstance(item, Scalar) else item
        if size is None:
            sizes.append(unknown(f"{entry.key}[{axis}]"))
            walk.graph.nulls[f"{entry.key}[{axis}]"] = item.span
        elif is_count(size) and isinstance(size, int):
            sizes.append(size)
        else:
            around.error(
                "bad-value",
                f"size {axis + 1} of {entry.key} is {describe(item)}, expected a whole number of at least 1, or null",
                item.span,
            )
            return None
    return tuple(sizes)
