"""The data section: sources, paths that stay inside, augmentations equal to Keras' in names, arguments and defaults."""

import inspect
from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import ValidationError

from cnnspec.language.augmentation import Augmentation
from cnnspec.language.data import SOURCES, read_data
from cnnspec.language.features import Feature, Image, Label, TextOptions
from cnnspec.language.paths import inside
from cnnspec.layers.docstrings import field_docs
from cnnspec.layers.kind import read_kind

NOT_RANDOM = {"Pipeline", "CenterCrop", "Resizing", "MaxNumBoundingBoxes"}
REQUIRED: dict[str, dict[str, Any]] = {
    "random_translation": {"height_factor": 0.1, "width_factor": [-0.2, 0.3]},
    "random_zoom": {"height_factor": 0.2},
    "random_crop": {"height": 4, "width": 4},
    "random_posterization": {"factor": 4},
}
NEED_FACTOR = {
    "random_rotation",
    "random_brightness",
    "random_contrast",
    "random_saturation",
    "random_hue",
    "random_sharpness",
    "random_color_degeneration",
}


def read_augmentation(kind: str) -> Any:
    arguments = {"factor": 0.2} if kind in NEED_FACTOR else REQUIRED.get(kind, {})
    return read_kind("augmentation", Augmentation.members, {kind: arguments})


def mistakes(section: object) -> list[tuple[Any, ...]]:
    """Type and place of every mistake that pydantic reports."""
    with pytest.raises(ValidationError) as caught:
        read_data(section)
    return [(detail["type"], *detail["loc"]) for detail in caught.value.errors()]


def test_every_augmentation_of_keras_has_a_name() -> None:
    base = keras.layers.RandomFlip.__mro__[1]
    theirs = {name for name, item in vars(keras.layers).items() if inspect.isclass(item) and issubclass(item, base)}
    assert {member.stock for member in Augmentation.members.values()} == theirs - NOT_RANDOM


@pytest.mark.parametrize("kind", Augmentation.members)
def test_an_augmentation_takes_keras_arguments(kind: str) -> None:
    member = Augmentation.members[kind]
    parameters = inspect.signature(getattr(keras.layers, member.stock).__init__).parameters.values()
    theirs = {p.name: p.default for p in parameters if p.name not in ("self", "kwargs", "name", "data_format")}
    ours = {
        name: inspect.Parameter.empty if field.is_required() else field.default
        for name, field in member.model_fields.items()
    }
    assert ours == theirs
    assert member.first_argument() in (next(iter(theirs)), None)
    assert set(field_docs(member)) == set(member.model_fields)


@pytest.mark.parametrize("kind", Augmentation.members)
def test_what_is_written_can_be_made_in_keras(kind: str) -> None:
    read = read_augmentation(kind)
    assert type(getattr(keras.layers, read.stock)(**read.arguments())).__name__ == read.stock


@pytest.mark.parametrize("kind", Augmentation.members)
@settings(deadline=None, max_examples=50)
@given(factor=st.floats(-9, 9) | st.lists(st.floats(-2, 9), min_size=2, max_size=2))
def test_a_factor_that_is_accepted_is_accepted_by_keras(kind: str, factor: object) -> None:
    member = Augmentation.members[kind]
    named = [name for name in member.model_fields if name.endswith("factor")]
    for name in named:
        arguments = {**read_augmentation(kind).written(), name: factor}
        try:
            read = member.model_validate(arguments)
        except ValidationError:
            continue
        getattr(keras.layers, read.stock)(**read.written())


def test_text_options_take_keras_arguments() -> None:
    """Less what would bring a vocabulary in from elsewhere, or make tensors that are not dense."""
    without = {"self", "kwargs", "name", "vocabulary", "idf_weights", "sparse", "ragged"}
    parameters = inspect.signature(keras.layers.TextVectorization.__init__).parameters.values()
    theirs = {parameter.name: parameter.default for parameter in parameters if parameter.name not in without}
    ours = {name: field.default for name, field in TextOptions.model_fields.items() if name != "column"}
    assert ours == theirs


def test_every_key_says_what_it_means() -> None:
    for model in (*SOURCES.values(), Image, Label, Feature, TextOptions):
        assert set(field_docs(model)) == set(model.model_fields)
    assert all("```yaml" in (model.__doc__ or "") for model in SOURCES.values())


@pytest.mark.parametrize(
    "section",
    [
        {"source": "digits", "validation_split": 0.1},
        {
            "source": "image_folder",
            "train": "photos/train",
            "validation_split": 0.1,
            "image": {"resize": "crop"},
            "augment": [
                {"random_flip": "horizontal"},
                {"random_translation": {"height_factor": 0.1, "width_factor": 0.1}},
            ],
        },
        {
            "source": "table",
            "train": "reviews.csv",
            "label": {"column": "sentiment"},
            "text": {"column": "text", "max_tokens": 20000, "output_sequence_length": 64, "standardize": None},
        },
        {
            "source": "table",
            "train": "a.parquet",
            "labels": {"a": "x", "b": {"column": "y"}},
            "inputs": {"photo": {"image": {"column": "file"}}, "record": {"columns": ["weight", "height"]}},
        },
        {"source": "table", "train": "a.jsonl", "columns": ["x"], "label": {"columns": ["a", "b"]}},
        {"source": "table", "train": "a.tsv", "columns": ["x"], "label": {"column": "kinds", "separator": "|"}},
        {"source": "arrays", "train": {"x": "train-images-idx3-ubyte.gz", "y": "train-labels-idx1-ubyte.gz"}},
        {"source": "arrays", "train": "a/../train.npz", "validation": "v.npz"},
        {"source": "text_lines", "train": {"neg": "rt.neg", "pos": "rt.pos"}, "text": {"encoding": "latin-1"}},
        {"source": "text_lines", "train": "TREC.train", "test": "TREC.test", "separator": "\t"},
        {"source": "synthetic"},
        {"source": "keras", "name": "cifar10"},
        {"source": "tfds", "name": "beans", "train": "train[:90%]"},
        {"source": "huggingface", "name": "stanfordnlp/imdb", "text": {"column": "text"}, "label": {"column": "label"}},
    ],
)
def test_every_source_is_read(section: dict[str, Any]) -> None:
    read = read_data(section)
    assert read.source == section["source"]
    assert read.model_fields_set == set(section)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (None, [("invalid",)]),
        ({}, [("invalid",)]),
        ({"source": "digit"}, [("invalid", "source")]),
        ({"source": ["digits"]}, [("invalid", "source")]),
        ({"source": "digits", "train": "x"}, [("extra_forbidden", "train")]),
        ({"source": "arrays"}, [("missing", "train")]),
        ({"source": "arrays", "train": "a.npy"}, [("invalid", "train")]),
        ({"source": "arrays", "train": {}}, [("invalid", "train")]),
        (
            {"source": "arrays", "train": {"x": "../a", "y": "/b", "z": "c"}},
            [("invalid", "train", "x"), ("invalid", "train", "y")],
        ),
        ({"source": "digits", "validation_split": 1}, [("less_than", "validation_split")]),
        ({"source": "digits", "batch_size": 8}, [("extra_forbidden", "batch_size")]),
        ({"source": "image_folder", "train": "a", "validation": "b", "validation_split": 0.1}, [("invalid",)]),
        (
            {"source": "digits", "augment": ["random_fli", "random_flip", 3]},
            [("unknown_kind", "augment", 0), ("invalid", "augment", 2)],
        ),
        ({"source": "digits", "augment": "random_flip"}, [("invalid", "augment")]),
        ({"source": "digits", "image": "crop"}, [("invalid", "image")]),
        ({"source": "digits", "image": {"size": [8]}}, [("invalid", "image", "size")]),
        ({"source": "table", "train": "a", "columns": []}, [("invalid", "columns")]),
        ({"source": "table", "train": "a", "inputs": {"a": {}}}, [("invalid", "inputs", "a")]),
        ({"source": "table", "train": "a", "inputs": {"a": {"columns": ["x"]}}, "columns": ["x"]}, [("invalid",)]),
        ({"source": "table", "train": "a", "labels": {"a": 3}}, [("invalid", "labels", "a")]),
        (
            {"source": "table", "train": "a", "labels": {"a": {"colum": "x"}}},
            [("extra_forbidden", "labels", "a", "colum")],
        ),
        ({"source": "table", "train": "a", "labels": {}}, [("too_short", "labels")]),
        ({"source": "table", "train": "a", "label": {}}, [("invalid", "label")]),
        ({"source": "table", "train": "a", "label": {"column": "x", "columns": ["y"]}}, [("invalid", "label")]),
        ({"source": "table", "train": "a", "label": {"columns": ["y"], "separator": "|"}}, [("invalid", "label")]),
        (
            {"source": "text_lines", "train": "a", "text": {"max_tokens": 2}},
            [("greater_than_equal", "text", "max_tokens")],
        ),
        ({"source": "keras", "name": "imagenet"}, [("literal_error", "name")]),
    ],
)
def test_a_mistake_is_reported_once_at_its_place(section: object, expected: list[tuple[Any, ...]]) -> None:
    assert mistakes(section) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "~/x",
        "../x",
        "a/../../x",
        "..",
        "a\\..\\..\\x",
        "\\\\host\\share",
        "C:\\x",
        "c:/x",
        "https://example.org/x.npz",
        "s3://bucket/x",
        "gs:bucket",
        "file:x",
        "",
        " ",
        "a\x1b[2Jb",
        "a\0b",
        3,
        ["x"],
    ],
)
def test_a_path_that_leaves_the_folder_is_one_mistake(path: object) -> None:
    assert mistakes({"source": "image_folder", "train": path}) == [("invalid", "train")]


@given(st.lists(st.sampled_from(["a", "..", ".", "b c", "..."]), min_size=1, max_size=8))
def test_a_path_stays_inside_exactly_if_no_part_of_it_climbs_out(parts: list[str]) -> None:
    depths = [0]
    for part in parts:
        depths.append(depths[-1] + {"..": -1, ".": 0}.get(part, 1))
    assert inside("/".join(parts)) == (min(depths) >= 0)
