"""Arrays in files: which array is which input or output."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnspec.backend.data.beside import Beside, texts_of_column
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
from cnnspec.source.file_route import file_at
from cnnspec.source.route import FILE, ValueAt


@reads(Arrays)
def arrays(section: Arrays, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The splits that the section names; raises Rejected where a file or what it holds is wrong."""
    if section.image is not None and len(graph.inputs) > 1:
        received, expected = f"image for {len(graph.inputs)} inputs", "a single input"
        raise rejected("bad-source", received, expected, "leave image out", at=("data", "image"))
    files = {name: getattr(section, name) for name in ("train", "validation", "test")}
    splits = {
        name: _read_split(name, named, graph, folder, section.image)
        for name, named in files.items()
        if named is not None
    }
    return Dataset(splits["train"], splits.get("validation"), splits.get("test"))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """An array, where it came from, and where the spec names that file."""

    array: Array
    shown: str
    at: ValueAt


def _read_split(
    name: str, files: str | Mapping[str, str], graph: Graph, folder: DataFolder, image: Image | None
) -> Split:
    """One split: an .npz for all, or a file for each input and output; `image` says how an only input is sized."""
    outputs = _called(graph.learnt, "y") if graph.named_outputs else dict.fromkeys(graph.learnt, ("y",))
    wanted = {**_called(graph.inputs, "x"), **outputs}
    split = ("data", name)
    if isinstance(files, str):
        read = _one_file(files, wanted, folder, ValueAt(split))
    else:
        read = _each_file(files, wanted, graph.outputs, folder, split)
    _check_counts(read.values(), ValueAt(split))
    for each in read.values():
        with file_at(each.at):
            check_numbers(each.array, each.shown)
    inputs = {key: _input(read[key], key, graph, image) for key in graph.inputs}
    labels = {key: whole_numbers(read[key].array) for key in graph.learnt}
    beside = _beside(files, folder, wanted, len(next(iter(labels.values()))))
    return Split(name, inputs, labels, {key: each.shown for key, each in read.items()}, beside=beside)


def _beside(
    files: str | Mapping[str, str], folder: DataFolder, wanted: Mapping[str, tuple[str, ...]], count: int
) -> Beside | None:
    """Further arrays of an .npz with a value for each example."""
    if not isinstance(files, str):
        return None
    path, shown = folder.find(files), str(folder.path / files)
    read = {each for names in wanted.values() for each in names}
    there = tuple(each for each in names_in_npz(path, shown) if each not in read)
    found = {name: read_npz(path, name, shown, texts=True) for name in folder.beside if name in there}
    return Beside(there, {name: texts_of_column(each) for name, each in found.items() if each.shape == (count,)})


def _input(found: _Found, name: str, graph: Graph, image: Image | None) -> Array:
    with file_at(found.at):
        return fitted_input(found.array, found.shown, name, graph, image)


def _called(names: Collection[str], short: str) -> dict[str, tuple[str, ...]]:
    """What each input or output may be called in a file: by its name, and `x` or `y` if it is the only one."""
    return {name: (name, short) if len(names) == 1 else (name,) for name in names}


def _one_file(file: str, wanted: Mapping[str, tuple[str, ...]], folder: DataFolder, at: ValueAt) -> dict[str, _Found]:
    with file_at(at):
        path, shown = folder.find(file), str(folder.path / file)
        there = names_in_npz(path, shown)
        return {name: _Found(*_named(path, shown, names, there), at) for name, names in wanted.items()}


def _named(path: Path, shown: str, names: tuple[str, ...], there: Sequence[str]) -> tuple[Array, str]:
    """The array of an .npz that has one of these names."""
    present = next((candidate for candidate in names if candidate in there), None)
    if present is None:
        received = f"{shown} has no array {' or '.join(names)}, but {', '.join(there[:12]) or 'none at all'}"
        help = "name the arrays like the inputs and outputs, or x and y"
        raise rejected("no-array", received, "one for each input and output", help, at=FILE)
    return read_npz(path, present, shown), f"{shown}[{present}]"


def _each_file(
    files: Mapping[str, str],
    wanted: Mapping[str, tuple[str, ...]],
    outputs: Collection[str],
    folder: DataFolder,
    split: tuple[str, str],
) -> dict[str, _Found]:
    """What is wanted; files of outputs that are not learnt may be there, too."""
    known = [*(candidate for names in wanted.values() for candidate in names), *outputs]
    for key in files:
        if key not in known:
            received, help = f"data names {key}", suggestion(key, known)
            raise rejected("no-array", received, "an input or output of the model", help, at=(*split, key))
    found: dict[str, _Found] = {}
    for name, names in wanted.items():
        present = next((candidate for candidate in names if candidate in files), None)
        if present is None:
            received, help = f"data gives no file for {' or '.join(names)}", f"write {{{names[-1]}: file}}"
            raise rejected("no-array", received, "one for each input and output", help, at=split)
        at = ValueAt((*split, present))
        with file_at(at):
            found[name] = _Found(*_file(files[present], names, folder), at)
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
        received, expected = f"{shown} holds {', '.join(there[:12])}", f"an array {' or '.join(names)}"
        raise rejected("no-array", received, expected, at=FILE)
    return read_npz(path, present, shown), f"{shown}[{present}]"


def _check_counts(read: Collection[_Found], split: ValueAt) -> None:
    for each in read:
        if not each.array.ndim:
            raise rejected("input-shape", f"{each.shown} holds a single number", "an array", at=each.at)
    counts = {each.shown: len(each.array) for each in read}
    if len(set(counts.values())) > 1:
        received = ", ".join(f"{count:,} examples in {shown}" for shown, count in counts.items())
        raise rejected("count-mismatch", received, "as many labels as inputs", at=split)
