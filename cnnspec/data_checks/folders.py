"""Folders of splits that were taken for folders of classes."""

from collections.abc import Iterator

from cnnspec.checks.subject import Subject
from cnnspec.results.seen import FoldersSeen, Seen
from cnnspec.source.diagnostic import Diagnostic, doubted

_SPLITS = {
    "train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation",
    "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
"""How people call the folder of a split, and how a spec does."""
_OTHERS = frozenset({"images", "image", "imgs", "img", "labels", "masks", "annotations", "data", "photos", "pictures"})
_SHOWN = 5


def splits_as_classes(subject: Subject, seen: Seen) -> Iterator[Diagnostic]:
    """Of photos/train/cat and photos/test/cat a spec that says train: photos learns to tell train from test."""
    if seen.folders is None:
        return
    inside = seen.folders.inside
    splits = [name for name in inside if name.lower() in _SPLITS]
    named = len(splits) > 1 or all(name.lower() in {*_SPLITS, *_OTHERS} for name in inside)
    shared = frozenset.intersection(*inside.values()) if inside else frozenset()
    if named or (len(inside) > 1 and len(shared) > 1):
        told = f"the classes are called {', '.join(list(inside)[:_SHOWN])}"
        held = f", and each holds folders {', '.join(sorted(shared)[:_SHOWN])}" if shared else ""
        yield doubted("splits-as-classes", told + held, _help(seen.folders), at=("data", "train"))


def _help(folders: FoldersSeen) -> str:
    named = {_SPLITS[name.lower()]: name for name in folders.inside if name.lower() in _SPLITS}
    if "train" not in named:
        return f"name a folder that holds the classes: train: {folders.place}/{next(iter(folders.inside))}"
    return "write " + ", ".join(f"{split}: {folders.place}/{name}" for split, name in sorted(named.items(), key=_order))


def _order(item: tuple[str, str]) -> int:
    return ("train", "validation", "test").index(item[0])
