"""Arrays in files: which array is which input or output."""

from collections.abc import Mapping
from pathlib import Path

from cnnspec.backend.data.formats.idx import read_idx
from cnnspec.backend.data.formats.npy import names_in_npz, read_npy, read_npz
from cnnspec.backend.data.input_arrays import check_numbers, fitted_input, whole_numbers
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reads
from cnnspec.backend.data.splits import Array, Dataset, Split
from cnnspec.graph.nodes import Graph
from cnnspec.language.features import Image
from cnnspec.language.sources.arrays import Arrays
from cnnspec.source.diagnostic import rejected, suggestion


@reads(Arrays)
def arrays(section: Arrays, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The splits that the section names; raises Rejected where a file or what it holds is wrong."""
    if section.image is not None and len(graph.inputs) > 1:
        raise rejected("bad-source", f"image for {len(graph.inputs)} inputs", "a single input", "leave image out")
    files = {name: getattr(section, name) for name in ("train", "validation", "test")}
    splits = {
        name: read_split(name, named, graph, folder, section.image)
        for name, named in files.items()
        if named is not None
    }
    return Dataset(splits["train"], splits.get("validation"), splits.get("test"))


def read_split(
    name: str, files: str | Mapping[str, str], graph: Graph, folder: DataFolder, image: Image | None = None
) -> Split:
    """One split: an .npz for all, or a file for each input and output; `image` says how an only input is sized."""
    outputs = _called(graph.outputs, "y") if graph.named_outputs else dict.fromkeys(graph.outputs, ("y",))
    wanted = {**_called(graph.inputs, "x"), **outputs}
    read = _one_file(files, wanted, folder) if isinstance(files, str) else _each_file(files, wanted, folder)
    _check_counts({shown: array for array, shown in read.values()})
    for array, shown in read.values():
        check_numbers(array, shown)
    inputs = {key: fitted_input(*read[key], key, graph, image) for key in graph.inputs}
    labels = {key: whole_numbers(read[key][0]) for key in graph.outputs}
    return Split(name, inputs, labels, {key: shown for key, (_, shown) in read.items()})


def _called(names: Mapping[str, int], short: str) -> dict[str, tuple[str, ...]]:
    """What each input or output may be called in a file: by its name, and `x` or `y` if it is the only one."""
    return {name: (name, short) if len(names) == 1 else (name,) for name in names}


Found = dict[str, tuple[Array, str]]
"""Input or output -> its array, and where it came from."""


def _one_file(file: str, wanted: Mapping[str, tuple[str, ...]], folder: DataFolder) -> Found:
    path, shown = folder.find(file), str(folder.path / file)
    there = names_in_npz(path, shown)
    found: Found = {}
    for name, names in wanted.items():
        present = next((candidate for candidate in names if candidate in there), None)
        if present is None:
            received = f"{shown} has no array {' or '.join(names)}, but {', '.join(there[:12]) or 'none at all'}"
            help = "name the arrays like the inputs and outputs, or x and y"
            raise rejected("no-array", received, "one for each input and output", help)
        found[name] = (read_npz(path, present, shown), f"{shown}[{present}]")
    return found


def _each_file(files: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]], folder: DataFolder) -> Found:
    known = [candidate for names in wanted.values() for candidate in names]
    for key in files:
        if key not in known:
            raise rejected("no-array", f"data names {key}", "an input or output of the model", suggestion(key, known))
    found: Found = {}
    for name, names in wanted.items():
        present = next((candidate for candidate in names if candidate in files), None)
        if present is None:
            received = f"data gives no file for {' or '.join(names)}"
            raise rejected("no-array", received, "one for each input and output", f"write {{{names[-1]}: file}}")
        found[name] = _file(files[present], names, folder)
    return found


def _file(file: str, names: tuple[str, ...], folder: DataFolder) -> tuple[Array, str]:
    path, shown = folder.find(file), str(folder.path / file)
    ending = Path(file).suffix.lower()
    if ending == ".npy":
        return read_npy(path, shown), shown
    if ending != ".npz":
        return read_idx(path, shown), shown
    there = names_in_npz(path, shown)
    present = there[0] if len(there) == 1 else next((name for name in names if name in there), None)
    if present is None:
        raise rejected("no-array", f"{shown} holds {', '.join(there[:12])}", f"an array {' or '.join(names)}")
    return read_npz(path, present, shown), f"{shown}[{present}]"


def _check_counts(read: Mapping[str, Array]) -> None:
    counts = {shown: len(array) for shown, array in read.items() if array.ndim}
    if len(counts) < len(read):
        raise rejected("input-shape", f"{next(s for s in read if s not in counts)} holds a single number", "an array")
    if len(set(counts.values())) > 1:
        received = ", ".join(f"{count:,} examples in {shown}" for shown, count in counts.items())
        raise rejected("count-mismatch", received, "as many labels as inputs")
