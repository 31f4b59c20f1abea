"""A folder of pictures for each class."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cnnspec.backend.data.decode import look
from cnnspec.backend.data.listing import Listing, list_classes
from cnnspec.backend.data.pictures import Pictures, bad_files, reading_for, side_by_side
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.refusal import BadPicture
from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.backend.data.wrong import rejected
from cnnspec.graph.nodes import Graph
from cnnspec.language.data import ImageFolder
from cnnspec.source.diagnostic import Diagnostic, Rejected, suggestion


def image_folder(section: ImageFolder, graph: Graph, folder: DataFolder) -> Dataset:
    """The pictures in the folders that the section names, every file's header looked at.

    Raises Rejected with all that is wrong: folders that are no classes, files that are no pictures.
    """
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        received = f"a network with {len(graph.inputs)} inputs and {len(graph.outputs)} outputs"
        raise rejected("bad-source", received, "one of each, as image_folder has one picture and one label")
    ((name, position),) = graph.inputs.items()
    (output,) = graph.outputs
    reading = reading_for(section.image, graph.nodes[position].output, name)
    named = {"train": section.train, "validation": section.validation, "test": section.test}
    listings = {split: list_classes(folder, path) for split, path in named.items() if path is not None}
    classes = tuple(listings["train"].classes)
    _check(listings, classes)
    splits = {split: _split(split, listing, classes, (name, output), reading) for split, listing in listings.items()}
    return Dataset(splits["train"], splits.get("validation"), splits.get("test"), {output: classes})


def _split(split: str, listing: Listing, classes: tuple[str, ...], names: tuple[str, str], reading: Reading) -> Split:
    paths = np.array([str(path) for path in listing.files], object)
    numbers = [classes.index(name) for name, files in listing.classes.items() for _ in files]
    pictures = Pictures(paths, paths, reading)
    files = dict.fromkeys(names, str(listing.folder))
    return Split(split, {names[0]: pictures}, {names[1]: np.array(numbers, np.int32)}, files)


def _check(listings: Mapping[str, Listing], classes: tuple[str, ...]) -> None:
    wrong = [diagnostic for listing in listings.values() for diagnostic in listing.problems]
    if len(classes) == 1:
        message = f"{listings['train'].folder} has one class folder, {classes[0]}; expected at least two to tell apart"
        wrong.append(Diagnostic("bad-classes", message))
    for listing in listings.values():
        wrong += [_unknown(listing.folder / name, classes) for name in listing.classes if name not in classes]
    files = [path for listing in listings.values() for path in listing.files]
    looked = zip(files, side_by_side(look, files), strict=True)
    wrong += bad_files([(str(path), found) for path, found in looked if isinstance(found, BadPicture)])
    if wrong:
        raise Rejected(wrong)


def _unknown(folder: Path, classes: tuple[str, ...]) -> Diagnostic:
    message = f"{folder} is a class that train does not have; expected one of its {len(classes)}"
    return Diagnostic("bad-classes", message, help=suggestion(folder.name, classes))
