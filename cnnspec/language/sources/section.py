"""What every source of data says of itself beside its keys, so that nobody else has to know which sources there are."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, get_args

from cnnspec.language.features import Feature, Image
from cnnspec.language.written import Portion
from cnnspec.layers.kind import invalid
from cnnspec.layers.model import Fields, model_validator
from cnnspec.layers.shape import Shape
from cnnspec.source.frozen import frozen

if TYPE_CHECKING:
    from cnnspec.language.augmentation import Augmentation

Word = Literal["images", "sentences", "examples"]
Misnamed = tuple[tuple[str, ...], str, str, str]
"""A path in the spec, what is wrong there, what to do, and the name that was meant by the last key of the path."""

MOVED = {
    "batch_size": "write it in training",
    "seed": "write it in training",
    "shuffle": "leave it out: training examples are always shuffled, by training's seed",
    "classes": "leave it out: classes are told from the training data, and the last layer has a unit for each",
    "num_classes": "leave it out: classes are told from the training data, and the last layer has a unit for each",
}
FILES_ELSEWHERE = {
    **dict.fromkeys(("path", "file", "folder", "dir", "directory", "root", "data_dir", "train_dir"), "train"),
    **dict.fromkeys(("val", "valid", "dev", "val_dir", "validation_dir"), "validation"),
    "test_dir": "test",
    "val_split": "validation_split",
}
"""What people call the keys of sources that read files."""
LINES_ELSEWHERE = {**FILES_ELSEWHERE, **dict.fromkeys(("sep", "delimiter"), "separator")}
"""The same of those that read lines."""


@frozen
class Counted:
    """So many columns of numbers, named at a path in the spec, are what an input `reads`, or an output learns."""

    path: tuple[str, ...]
    name: str
    count: int
    reads: bool = True


SENTENCE = ("--text", "a sentence")
"""What `predict` is given where a network reads a sentence."""
_DECLARED = ("arrays",)
"""What each source sets in its class; what it must define, is abstract."""


class DataSection(Fields):
    """What every source has; `source` says which it is.

    A class whose `source` is a single name is that source, and joins `members` as soon as it is defined.
    """

    moved: ClassVar[Mapping[str, str]] = MOVED
    members: ClassVar[dict[str, type["DataSection"]]] = {}
    kind: ClassVar[str] = ""
    """How a spec names the source."""
    runs: ClassVar[bool] = True
    """Whether `cnnspec.backend.data.sources` reads it already."""
    arrays: ClassVar[bool]
    """Whether its inputs are arrays as they are: a run keeps their range, by which pictures are turned into such."""
    known_range: ClassVar[tuple[float, float, float] | None] = None
    """Least, mean and largest number of such arrays, where older runs do not keep them."""
    drawn: ClassVar[bool] = False
    """Whether the program draws its examples itself, by training's seed."""
    columns_named: ClassVar[bool] = False
    """Whether it has columns with names, of which images, texts and numbers are made."""

    source: str
    """Where the examples come from."""
    validation_split: Portion | None = None
    """The part of train that is set aside where no validation is given: stratified, by training's seed."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Register a source; raises TypeError where it leaves something unsaid."""
        super().__init_subclass__(**options)
        names = get_args(cls.model_fields["source"].annotation)
        if not names:
            return
        unsaid = [each for each in dir(cls) if getattr(getattr(cls, each), "__isabstractmethod__", False)]
        unsaid = sorted({*unsaid, *(each for each in _DECLARED if not hasattr(cls, each))})
        if unsaid:
            raise TypeError(f"{cls.__name__} does not say {', '.join(unsaid)}, as every source of data has to")
        (cls.kind,) = names
        DataSection.members[cls.kind] = cls

    @abstractmethod
    def files(self) -> Iterable[str]:
        """The files and folders that it stands on, as written: a run marks them, so that changes are noticed."""

    @abstractmethod
    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """What each input of a network is made from; an array as it is, is not among them.

        Raises Rejected where the section does not say what these inputs read.
        """

    @abstractmethod
    def word(self, shape: Shape) -> Word:
        """What its examples are called, where the only input of a network has this shape."""

    @abstractmethod
    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """What may stand after `cnnspec predict RUN`, for a network with inputs of these shapes.

        `pictures` says whether the run knows what black and white are among its numbers.
        """

    def elsewhere(self, path: str, held: Collection[str] = ()) -> "Self | None":
        """The section that reads the examples at a path as the only ones; None where this source names no files.

        A path to a folder that has `held` files stands for those of them that are called like the section's own, or,
        where each class has a file, like the class.
        """
        named = [files for split in ("test", "validation", "train") if (files := getattr(self, split, None))]
        if not named or not list(self.files()):
            return None
        found: object = path
        if isinstance(named[-1], dict) and held:
            found = {key: f"{path}/{name}" for key in named[-1] if (name := _alike(key, named, held))} or path
        elif name := next((name for each in named if (name := PurePosixPath(str(each)).name) in held), ""):
            found = f"{path}/{name}"
        only = {"train": found, "validation": None, "test": None, "validation_split": None}
        return self.model_copy(update={key: value for key, value in only.items() if key in type(self).model_fields})

    def augmentations(self) -> "tuple[Augmentation, ...]":
        """Random changes of training batches, one after the other."""
        return ()

    def sizing(self) -> Image | None:
        """How arrays of pictures are brought to the size that the network reads, where the section says."""
        return None

    def white(self, name: str) -> float | None:
        """Which number is white in pictures that the input `name` reads, where that is known without reading any."""
        return None if self.known_range is None else self.known_range[-1]

    def misnamed(
        self, inputs: Collection[str], outputs: Collection[str], learnt: Collection[str]
    ) -> Iterator[Misnamed]:
        """Names that are no inputs or outputs of the model, or else inputs and `learnt` outputs that are left out."""
        return iter(())

    def counted(self, inputs: Collection[str], outputs: Collection[str]) -> Iterator[Counted]:
        """The columns of numbers that are given for inputs and outputs."""
        return iter(())

    @property
    def validates(self) -> bool:
        """Whether there are examples to validate with."""
        return self.validation_split is not None or getattr(self, "validation", None) is not None

    @model_validator(mode="after")
    def _one_validation(self) -> "DataSection":
        if self.validation_split is not None and getattr(self, "validation", None) is not None:
            raise invalid("no validation_split, since validation is given", ("validation_split",))
        return self

    @model_validator(mode="after")
    def _columns_alone_have_columns(self) -> "DataSection":
        for key in () if self.columns_named else ("image", "text"):
            if getattr(getattr(self, key, None), "column", None) is not None:
                raise invalid(f"no column, since {self.source} has none", (key, "column"))
        return self


def _alike(key: str, named: Iterable[object], held: Collection[str]) -> str:
    """The file among those that are there which is called as the one of this key in some split, or as the key."""
    own = [PurePosixPath(str(files[key])).name for files in named if isinstance(files, dict) and key in files]
    return next((name for name in (*own, *held) if name in held and (name in own or name.split(".")[0] == key)), "")


def word_by(shape: Shape) -> Word:
    """What arrays of this shape are taken for."""
    return "images" if len(shape) == 3 and shape[-1] in (1, 3, 4) else "examples"


def array_or_arrays(shapes: Sequence[Shape]) -> tuple[str, ...]:
    """What `predict` is given for inputs that are arrays as they are."""
    return ("ARRAY.npy",) if len(shapes) == 1 else ("ARRAYS.npz",)


def named_files(*splits: str | Mapping[str, str] | None) -> Iterator[str]:
    """The files of splits, each of which is one file or a map to several."""
    for split in splits:
        if isinstance(split, str):
            yield split
        elif split is not None:
            yield from split.values()
