"""A folder of pictures for each class."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cnnspec.backend.data.beside import Beside
from cnnspec.backend.data.class_names import near_twins
from cnnspec.backend.data.formats.bad_picture import BadPicture
from cnnspec.backend.data.formats.decode_picture import look
from cnnspec.backend.data.listing import Listing, list_classes
from cnnspec.backend.data.pictures import Pictures, bad_files, damage, reading_for, side_by_side, the_first
from cnnspec.backend.data.pixels import Reading
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import only_pair, reads
from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.image_folder import ImageFolder
from cnnspec.results.skipped import Skipped
from cnnspec.source.diagnostic import Diagnostic, Rejected, suggestion
from cnnspec.source.file_route import file_at
from cnnspec.source.route import UnitsOf, ValueAt

FOLDER = "folder"
"""What is called like a column: the folder, below that of its class, that a picture lies in."""


@reads(ImageFolder)
def image_folder(section: ImageFolder, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """The pictures in the folders that the section names, every file's header looked at.

    Raises Rejected with all that is wrong: folders that are no classes, files that are no pictures.
    """
    name, output = only_pair(graph, "image_folder has one picture and one label")
    reading = reading_for(section.image, graph.nodes[graph.inputs[name]].output, name)
    named = {"train": section.train, "validation": section.validation, "test": section.test}
    listings = {split: _listed(split, path, folder) for split, path in named.items() if path is not None}
    skips = section.on_bad_file == "skip"
    left_out: list[Skipped] = []
    if skips:
        listings = {split: _readable(split, listing, left_out) for split, listing in listings.items()}
    known = folder.classes.get(output, ())
    classes = known or tuple(listings["train"].classes)
    wrong = [
        *_check_names(listings["train"], section.case_sensitive),
        *_check_known(listings, classes, "the run" if known else "train"),
        *(() if known else _check_count(listings, classes, learnt_heads(graph)[0])),
        *(() if skips else _check_files(listings, reading)),
    ]
    if wrong:
        raise Rejected(the_first(wrong))
    splits = {split: _split(split, listing, classes, (name, output), reading) for split, listing in listings.items()}
    if folder.beside:
        splits = {split: replace(each, beside=_folders(listings[split])) for split, each in splits.items()}
    return Dataset(
        splits["train"], splits.get("validation"), splits.get("test"), {output: classes}, skipped=tuple(left_out)
    )


def _readable(split: str, listing: Listing, left_out: list[Skipped]) -> Listing:
    """The files that are pictures by their headers; what is not is noted, and a class of which none is left told."""
    looked = zip(listing.files, side_by_side(look, listing.files), strict=True)
    bad = {path: found for path, found in looked if isinstance(found, BadPicture)}
    left_out += (Skipped(split, str(path), reason.received) for path, reason in bad.items())
    links = [each for each in listing.problems if each.code == "bad-picture"]
    left_out += (Skipped(split, *_told(each)) for each in links)
    classes = {name: tuple(path for path in files if path not in bad) for name, files in listing.classes.items()}
    at = ValueAt(("data", split))
    emptied = [
        Diagnostic("bad-classes", f"{listing.folder / name} holds no picture that can be read; expected some", at=at)
        for name, files in classes.items()
        if not files and listing.classes[name]
    ]
    problems = (*(each for each in listing.problems if each not in links), *emptied)
    return Listing(listing.folder, classes, problems)


def _told(problem: Diagnostic) -> tuple[str, str]:
    """The file that a problem of the listing names first, and what is wrong with it."""
    place, _, reason = problem.message.partition(" is ")
    return place, f"is {reason}" if reason else problem.message


def _listed(split: str, path: str, folder: DataFolder) -> Listing:
    """What lies in a split's folder; what is wrong with it belongs where the spec names the folder."""
    at = ValueAt(("data", split))
    with file_at(at):
        listing = list_classes(folder, path)
    return replace(listing, problems=tuple(replace(problem, at=at) for problem in listing.problems))


def _split(split: str, listing: Listing, classes: tuple[str, ...], names: tuple[str, str], reading: Reading) -> Split:
    paths = np.array([str(path) for path in listing.files], object)
    number = {name: number for number, name in enumerate(classes)}
    numbers = [number[name] for name, files in listing.classes.items() for _ in files]
    pictures = Pictures(paths, paths, reading, ValueAt(("data", split)))
    files = dict.fromkeys(names, str(listing.folder))
    return Split(split, {names[0]: pictures}, {names[1]: np.array(numbers, np.int32)}, files)


def _folders(listing: Listing) -> Beside:
    """In which folder of its class's each picture lies, where some lie deeper: those of one camera, or one patient."""
    below = [
        str(path.parent.relative_to(listing.folder / name)) for name, files in listing.classes.items() for path in files
    ]
    folders = np.array(["" if each == "." else each for each in below], object)
    return Beside((FOLDER,), {FOLDER: folders}) if any(folders) else Beside((), {})


def _check_names(train: Listing, case_sensitive: bool) -> Iterator[Diagnostic]:
    """Folders that are probably meant for one class."""
    for twins in near_twins(train.classes, case_sensitive):
        one, other = (name if twins.seen else ascii(name) for name in (twins.one, twins.other))
        message = (
            f"{train.folder} holds folders {one} and {other}, which differ in {twins.differ} alone; expected one"
            " folder for each class"
        )
        two = "; if they are two classes write case_sensitive: true under data" if twins.differ == "case" else ""
        help = f"move the pictures of one into the other{two}"
        yield Diagnostic("bad-label", message, help=help, at=ValueAt(("data", "train")))


def _check_known(listings: Mapping[str, Listing], classes: tuple[str, ...], by: str) -> Iterator[Diagnostic]:
    """What is wrong with the folders themselves, and those of classes that are not known by what was trained."""
    for split, listing in listings.items():
        yield from listing.problems
        for name in listing.classes:
            if name not in classes:
                place, known = listing.folder / name, f"expected one of its {len(classes)}"
                message = f"{place} is a class that {by} does not have; {known}"
                help = suggestion(name, classes)
                yield Diagnostic("unknown-class", message, help=help, at=ValueAt(("data", split)))


def _check_count(listings: Mapping[str, Listing], classes: tuple[str, ...], head: Head) -> Iterator[Diagnostic]:
    train = listings["train"].folder
    units = 2 if head.units == 1 else head.units
    if len(classes) == 1:
        message = f"{train} holds a single class, {classes[0]}; expected at least two to tell apart"
        yield Diagnostic("one-class", message, help=_inner(listings["train"]), at=ValueAt(("data", "train")))
    elif classes and len(classes) != units and not any(listing.problems for listing in listings.values()):
        message = f"{train} holds {len(classes)} classes; expected {units}, as {head.shown} has {head.units} units"
        wanted = UnitsOf(head.name, len(classes))
        yield Diagnostic("class-count", message, help=wanted.help, at=wanted)


def _inner(train: Listing) -> str:
    """What to write where the only folder holds those of the classes."""
    (name,) = train.classes
    inner = {path.relative_to(train.folder / name).parts[0] for path in train.classes[name]}
    inner -= {path.name for path in train.classes[name]}
    return f"write train: {train.folder.name}/{name}, which holds {', '.join(sorted(inner)[:5])}" if inner else ""


def _check_files(listings: Mapping[str, Listing], reading: Reading) -> Iterator[Diagnostic]:
    """What is no picture by its header; where there is such a file, what is damaged inside, too: all in one round."""
    looked = {split: side_by_side(look, listing.files) for split, listing in listings.items()}
    any_bad = any(isinstance(found, BadPicture) for each in looked.values() for found in each)
    for split, listing in listings.items():
        headers = dict(zip(listing.files, looked[split], strict=True))
        bad = {path: found for path, found in headers.items() if isinstance(found, BadPicture)}
        good = [path for path in headers if path not in bad][: _MOST_DECODED if any_bad else 0]
        tried = side_by_side(lambda path: damage(path, reading), good)
        bad |= {path: found for path, found in zip(good, tried, strict=True) if found is not None}
        yield from bad_files(((str(path), found) for path, found in bad.items()), ValueAt(("data", split)))


_MOST_DECODED = 10_000
"""Files that are decoded only to tell what else is wrong with them."""
