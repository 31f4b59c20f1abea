"""Every key of a data section that trains does something: with another value other examples come out.

Whether they are the right ones is held elsewhere; here nothing may be read and then forgotten.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image as Pillow

from cnnspec.backend.data.augment import Augmenter
from cnnspec.backend.data.load import load_dataset
from cnnspec.backend.data.pictures import Pictures
from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.splits import Dataset
from cnnspec.language.augmentation import Augmentation
from cnnspec.language.data import SOURCES, read_data
from cnnspec.language.features import Feature, Image, Label, TextOptions
from cnnspec.layers.kind import read_kind
from cnnspec.layers.model import Fields
from cnnspec.source.diagnostic import Rejected
from tests.support.spec_texts import graph_of
from tests.support.text_columns import NUMBERS, TEXTS, softmax

IDS = TEXTS % (6, 100, softmax(3))
COUNTS = f"inputs: {{tokens: [30]}}\nmodel: [{softmax(3)}]"
PICTURES = f"inputs: {{photo: [6, 6, 3]}}\nmodel: [flatten, {softmax(3)}]"
NUMBERS_OF_TWO = NUMBERS % (2, softmax(3))
TABLE: dict[str, Any] = {"source": "table", "train": "t.csv", "label": {"column": "label"}}
READS = {**TABLE, "text": {"column": "text"}}
MODES = {**TABLE, "text": {"column": "text", "output_mode": "count", "max_tokens": 30, "pad_to_max_tokens": True}}
SIZED = {**TABLE, "image": {"column": "file", "resize": "stretch"}}
FOLDER = {"source": "image_folder", "train": "photos"}
ARRAYS = {"source": "arrays", "train": "one.npz"}
LINES = {"source": "text_lines", "train": "one.txt"}
LEARNS = {**TABLE, "columns": ["a", "b"]}
SEVERAL = "inputs: {record: [2]}\nmodel: {all: [{dense: {units: 2, activation: sigmoid}}]}\noutputs: {out: all}"
TAGS = "inputs: {record: [2]}\nmodel: [dense: {units: 4, activation: sigmoid}]"
NOTE = f"inputs: {{recording: [20, 1]}}\nmodel: [flatten, {softmax(3)}]"
HEARD = {"source": "tones", "learn": "note"}

Change = tuple[str, dict[str, Any], dict[str, Any]]
"""A network, a section, and what is written in it otherwise."""


def within(section: dict[str, Any], key: str, **options: Any) -> dict[str, Any]:
    """A change inside one map of a section."""
    return {key: {**section[key], **options}}


CHANGES: Mapping[str, Change] = {
    "table.train": (IDS, READS, {"train": "u.csv"}),
    "table.validation": (IDS, READS, {"validation": "u.csv"}),
    "table.test": (IDS, READS, {"test": "u.csv"}),
    "table.validation_split": (IDS, READS, {"validation_split": 0.5}),
    "table.text": (IDS, READS, {"text": {"column": "more"}}),
    "table.columns": (NUMBERS_OF_TWO, LEARNS, {"columns": ["b", "a"]}),
    "table.inputs": (NUMBERS_OF_TWO, LEARNS, {"columns": None, "inputs": {"record": {"columns": ["b", "a"]}}}),
    "table.label": (NUMBERS_OF_TWO, LEARNS, {"label": {"column": "other"}}),
    "table.labels": (SEVERAL, {**LEARNS, "label": {"columns": ["c", "d"]}},
                     {"label": None, "labels": {"out": {"columns": ["d", "c"]}}}),
    "table.image": (PICTURES, SIZED, {"image": {"column": "other_file"}}),
    "arrays.train": (NUMBERS_OF_TWO, ARRAYS, {"train": "two.npz"}),
    "arrays.validation": (NUMBERS_OF_TWO, ARRAYS, {"validation": "two.npz"}),
    "arrays.test": (NUMBERS_OF_TWO, ARRAYS, {"test": "two.npz"}),
    "arrays.validation_split": (NUMBERS_OF_TWO, ARRAYS, {"validation_split": 0.5}),
    "arrays.image": (PICTURES, {**ARRAYS, "train": "large.npz", "image": {}}, {"image": {"resize": "crop"}}),
    "digits.validation_split": (
        "inputs: {image: [8, 8, 1]}\nmodel: [flatten, dense: {units: 10, activation: softmax}]",
        {"source": "digits"}, {"validation_split": 0.5},
    ),
    "digits.image": (
        "inputs: {image: [16, 8, 1]}\nmodel: [flatten, dense: {units: 10, activation: softmax}]",
        {"source": "digits", "image": {}}, {"image": {"resize": "pad"}},
    ),
    "image_folder.train": (PICTURES, FOLDER, {"train": "others"}),
    "image_folder.validation": (PICTURES, FOLDER, {"validation": "others"}),
    "image_folder.test": (PICTURES, FOLDER, {"test": "others"}),
    "image_folder.validation_split": (PICTURES, FOLDER, {"validation_split": 0.5}),
    "image_folder.image": (PICTURES, FOLDER, {"image": {"resize": "crop"}}),
    "image_folder.case_sensitive": (PICTURES, {**FOLDER, "train": "cases"}, {"case_sensitive": True}),
    "image_folder.on_bad_file": (PICTURES, {**FOLDER, "train": "broken"}, {"on_bad_file": "skip"}),
    "table.encoding": (IDS, READS, {"encoding": "cp1252"}),
    "table.separator": (NUMBERS_OF_TWO, {**LEARNS, "train": "semicolons.csv"}, {"separator": ";"}),
    "table.decimal": (NUMBERS_OF_TWO, {**LEARNS, "train": "commas.csv"}, {"decimal": ","}),
    "table.on_bad_file": (PICTURES, {**SIZED, "train": "holes.csv"}, {"on_bad_file": "skip"}),
    "table.on_bad_row": (NUMBERS_OF_TWO, {**LEARNS, "train": "holes.csv"}, {"on_bad_row": "skip"}),
    "text_lines.encoding": (IDS, {**LINES, "train": "accents.txt"}, {"encoding": "cp1252"}),
    "text_lines.on_bad_row": (IDS, {**LINES, "train": "holes.txt"}, {"on_bad_row": "skip"}),
    "image.white": (PICTURES, {**FOLDER, "train": "deep"}, {"image": {"white": 4095}}),
    "text_lines.train": (IDS, LINES, {"train": "two.txt"}),
    "text_lines.validation": (IDS, LINES, {"validation": "two.txt"}),
    "text_lines.test": (IDS, LINES, {"test": "two.txt"}),
    "text_lines.validation_split": (IDS, LINES, {"validation_split": 0.5}),
    "text_lines.text": (IDS, LINES, {"text": {"standardize": "lower"}}),
    "text_lines.separator": (IDS, LINES, {"separator": "-"}),
    "text_lines.case_sensitive": (IDS, {**LINES, "train": "mixed.txt"}, {"case_sensitive": True}),
    "tones.learn": (NOTE, HEARD, {"learn": "notes"}),
    "tones.train": (NOTE, HEARD, {"train": 50}),
    "tones.validation": (NOTE, HEARD, {"validation": 50}),
    "tones.test": (NOTE, HEARD, {"test": 50}),
    "tones.sampling_rate": (NOTE, HEARD, {"sampling_rate": [1500, 3000]}),
    "tones.validation_split": (NOTE, HEARD, {"validation_split": 0.5}),
    "synthetic.train": (NUMBERS_OF_TWO, {"source": "synthetic"}, {"train": 50}),
    "synthetic.validation": (NUMBERS_OF_TWO, {"source": "synthetic"}, {"validation": 50}),
    "synthetic.test": (NUMBERS_OF_TWO, {"source": "synthetic"}, {"test": 50}),
    "synthetic.validation_split": (NUMBERS_OF_TWO, {"source": "synthetic"}, {"validation_split": 0.5}),
    "image.column": (PICTURES, SIZED, within(SIZED, "image", column="other_file")),
    "image.resize": (PICTURES, SIZED, within(SIZED, "image", resize="pad")),
    "image.size": (
        f"inputs: {{photo: [null, null, 3]}}\nmodel: [global_avg_pool, {softmax(3)}]",
        {**TABLE, "image": {"column": "file", "size": 5}}, {"image": {"column": "file", "size": [5, 4]}},
    ),
    "image.interpolation": (PICTURES, SIZED, within(SIZED, "image", interpolation="nearest")),
    "text.column": (IDS, READS, within(READS, "text", column="more")),
    "text.max_tokens": (IDS, READS, within(READS, "text", max_tokens=4)),
    "text.standardize": (IDS, READS, within(READS, "text", standardize=None)),
    "text.split": (IDS, READS, within(READS, "text", split="character")),
    "text.ngrams": (IDS, READS, within(READS, "text", ngrams=2)),
    "text.output_mode": (COUNTS, MODES, within(MODES, "text", output_mode="multi_hot")),
    "text.output_sequence_length": (
        f"inputs: {{tokens: {{shape: [null], dtype: int32}}}}\n"
        f"model: [embedding: {{input_dim: 99, output_dim: 2}}, global_avg_pool, {softmax(3)}]",
        READS, within(READS, "text", output_sequence_length=2),
    ),
    "text.pad_to_max_tokens": (
        f"inputs: {{tokens: [null]}}\nmodel: [reshape: [-1, 1], global_avg_pool, {softmax(3)}]",
        {**MODES, "text": {**MODES["text"], "pad_to_max_tokens": False}}, within(MODES, "text", pad_to_max_tokens=True),
    ),
    "text.encoding": (IDS, READS, within(READS, "text", encoding="cp1252")),
    "label.column": (NUMBERS_OF_TWO, LEARNS, {"label": {"column": "other"}}),
    "label.columns": (
        "inputs: {record: [2]}\nmodel: [dense: {units: 2, activation: sigmoid}]",
        {**LEARNS, "label": {"columns": ["c", "d"]}}, {"label": {"columns": ["d", "c"]}},
    ),
    "label.separator": (
        TAGS, {**LEARNS, "label": {"column": "tags", "separator": ";"}}, {"label": {"column": "tags", "separator": ","}}
    ),
    "label.case_sensitive": (
        NUMBERS_OF_TWO, {**LEARNS, "label": {"column": "mixed"}},
        {"label": {"column": "mixed", "case_sensitive": True}},
    ),
    "feature.columns": (NUMBERS_OF_TWO, {**TABLE, "inputs": {"record": {"columns": ["a", "b"]}}},
                        {"inputs": {"record": {"columns": ["b", "a"]}}}),
    "feature.text": (IDS, {**TABLE, "inputs": {"tokens": {"text": {"column": "text"}}}},
                     {"inputs": {"tokens": {"text": {"column": "more"}}}}),
    "feature.image": (PICTURES, {**TABLE, "inputs": {"photo": {"image": {"column": "file"}}}},
                      {"inputs": {"photo": {"image": {"column": "other_file"}}}}),
}  # fmt: skip
"""By key, what it is written in and how it changes."""
MAPS: Mapping[str, type[Fields]] = {"image": Image, "text": TextOptions, "label": Label, "feature": Feature}
REFUSED = {
    *("label.case_sensitive", "label.separator", "text_lines.case_sensitive", "image_folder.case_sensitive"),
    *(f"{source}.on_bad_{what}" for source in ("table", "text_lines", "image_folder") for what in ("file", "row")),
    *("table.separator", "table.decimal"),
    "tones.learn",
}
"""Keys of which a value refuses some data."""
AS_WRITTEN = {"source", "augment"}
"""What chooses the class of the section, and what the augmentations below are."""


OF_PROGRAMS = {"memory"}
"""What Python programs give themselves, held with them in tests/api."""


def keys() -> Iterator[str]:
    """Every key of every source that trains, and of the maps inside."""
    for name, source in SOURCES.items():
        if source.runs and name not in OF_PROGRAMS:
            yield from (f"{name}.{key}" for key in source.model_fields if key not in AS_WRITTEN)
    for name, section in MAPS.items():
        yield from (f"{name}.{key}" for key in section.model_fields)


TRIED = [key for key in CHANGES if key in set(keys())]


def test_every_key_is_tried() -> None:
    assert set(TRIED) == set(keys())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of every source."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)
    for place, shade in (("photos", 0), ("others", 90)):
        for number, kind in enumerate("xyz"):
            (folder / place / kind).mkdir(parents=True)
            for each in range(3):
                pixels = random.integers(shade, shade + 150, (7, 11, 3), np.uint8)
                Pillow.fromarray(pixels).save(folder / place / kind / f"{number}{each}.png")
    rows = ["text,more,label,other,a,b,c,d,tags,mixed,file,other_file"]
    texts = ["Good film!", "bad BAD film", "no caf\u00e9, no film"]
    for number in range(9):
        kind = "xyz"[number % 3]
        file = f"{kind}/{number % 3}{number // 3}.png"
        more = f'{number},{9 - number},{number % 2},1,"p,q;{kind},r",{"xyX"[number % 3]},photos/{file},others/{file}'
        rows.append(f'"{texts[number % 3]}",other words {number},{kind},{"xyz"[number // 3]},{more}')
    for name, part in (("t", rows), ("u", rows[:7])):
        (folder / f"{name}.csv").write_text("\n".join(part), encoding="utf-8")
    for name, count in (("one", 9), ("two", 6)):
        np.savez(folder / f"{name}.npz", x=random.normal(size=(count, 2)).astype("float32"), y=np.arange(count) % 3)
        lines = [f"{'xyz'[number % 3]} 1-Words, and words {number}" for number in range(count)]
        (folder / f"{name}.txt").write_text("\n".join(lines))
    (folder / "mixed.txt").write_text("\n".join(f"{'xyX'[number % 3]} words {number}" for number in range(9)))
    shutil.copytree(folder / "photos", folder / "cases")
    shutil.copytree(folder / "photos" / "x", folder / "cases" / "X")
    shutil.copytree(folder / "photos", folder / "broken")
    (folder / "broken" / "x" / "none.png").write_text("no picture")
    for kind in "xyz":
        (folder / "deep" / kind).mkdir(parents=True)
        for each in range(2):
            deep = random.integers(0, 4096, (6, 6)).astype(np.uint16)
            Pillow.fromarray(deep).save(folder / "deep" / kind / f"{each}.png")
    (folder / "semicolons.csv").write_text("a;b;label\n1;2;x\n2;4;y\n5;1;z\n")
    (folder / "commas.csv").write_text('a,b,label\n"1,5",2,x\n"2,5",4,y\n"5,5",1,z\n')
    holes = ["a,b,label,file", "1,2,x,photos/x/00.png", "2,4,y,photos/y/10.png", "5,1,z,photos/z/20.png"]
    (folder / "holes.csv").write_text("\n".join([*holes, "many,1,x,broken/x/none.png"]))
    (folder / "holes.txt").write_text("x one\ny two\nz three\nalone\n")
    (folder / "accents.txt").write_text("x caf\u00e9\ny two\nz three\n", encoding="utf-8")
    np.savez(folder / "large.npz", x=random.integers(0, 256, (6, 7, 11, 3), np.uint8), y=np.arange(6) % 3)
    return folder


def seen(network: str, section: dict[str, Any], folder: Path) -> tuple[Any, ...]:
    """All that a training reads of its data, or what it is refused for."""
    written = {key: value for key, value in section.items() if value is not None}
    try:
        dataset = load_dataset(read_data(written), graph_of(network), DataFolder(folder), 3)
    except Rejected as refused:
        return ("refused", *(each.message for each in refused.diagnostics))
    words = [vocabulary.tokens for vocabulary in dataset.vocabularies.values()]
    return (*map(str, dataset.classes.items()), *words, *columns(dataset))


def columns(dataset: Dataset) -> Iterator[tuple[object, ...]]:
    """The numbers of every split."""
    for split in dataset.splits:
        for name, column in (*split.inputs.items(), *split.labels.items()):
            array = np.asarray(column.read() if isinstance(column, Pictures) else column)
            yield split.name, name, array.shape, str(array.dtype), array.tobytes()


@pytest.mark.parametrize("key", TRIED)
def test_another_value_of_a_key_gives_other_examples(key: str, files: Path) -> None:
    network, section, change = CHANGES[key]
    before, after = (seen(network, each, files) for each in (section, {**section, **change}))
    assert before == seen(network, section, files) != after
    assert "refused" not in (before[0], after[0]) or key in REFUSED, (before, after)


NEEDED: Mapping[str, dict[str, Any]] = {
    "random_translation": {"height_factor": 0.2, "width_factor": 0.2},
    "random_zoom": {"height_factor": 0.2},
    "random_shear": {"x_factor": 0.2, "y_factor": 0.1},
    "random_crop": {"height": 9, "width": 8},
    "random_posterization": {"factor": 4},
    "random_color_jitter": {"brightness_factor": 0.2},
    "rand_augment": {"num_ops": 6},
    "aug_mix": {"num_chains": 2, "chain_depth": 2},
    "solarization": {"addition_factor": 0.3, "threshold_factor": 0.5},
    **{
        f"random_{name}": {"factor": 0.3}
        for name in ("rotation", "brightness", "contrast", "saturation", "hue", "sharpness", "color_degeneration")
    },
}
"""By augmentation, the arguments that it cannot do without, or does nothing without."""
OTHERS: Mapping[str, Any] = {
    **{f"{name}_factor": 0.6 for name in ("height", "width", "x", "y", "brightness", "contrast", "saturation", "hue")},
    **dict.fromkeys(("factor", "scale", "sigma", "alpha", "addition_factor", "threshold_factor"), 0.7),
    **dict.fromkeys(("height", "width", "bins"), 5),
    **dict.fromkeys(("num_ops", "num_chains", "chain_depth"), 1),
    "seed": 9, "mode": "horizontal", "fill_mode": "constant", "fill_value": 99.0, "interpolation": "nearest",
    "value_range": [0, 90], "kernel_size": 5, "clip_limit": 1.5, "tile_grid_size": [2, 2], "all_ops": False,
}  # fmt: skip
"""Another value of an argument, for every augmentation that has it."""
PARTICULAR: Mapping[tuple[str, str], Any] = {("random_posterization", "factor"): 2, ("random_erasing", "factor"): 0.2}
CONSTANT = {"fill_value": {"fill_mode": "constant"}}
ONLY_CHECKED = {("random_saturation", "value_range")}
"""What pixels are held against before the training, and nothing else."""
MIXING = {"mix_up", "cut_mix"}
"""They do not run yet, and are refused."""
ARGUMENTS = [
    (kind, field)
    for kind, member in Augmentation.members.items()
    for field in member.model_fields
    if kind not in MIXING
]
PIXELS = np.random.default_rng(0).uniform(0, 255, (8, 12, 14, 3)).astype("float32")


def changed(kind: str, arguments: dict[str, Any]) -> np.ndarray:
    """What an augmentation makes of some pictures, step by step: what a graph is made of would take longer."""
    written = read_kind("augmentation", Augmentation.members, {kind: {**NEEDED.get(kind, {}), **arguments}})
    assert isinstance(written, Augmentation)
    return np.asarray(Augmenter((written,), 1)._change(tf.constant(PIXELS), 0, 0))


PLAIN: dict[tuple[str, str], np.ndarray] = {}
"""What was made without the argument: making it takes longer than anything else here."""


@pytest.mark.parametrize(("kind", "field"), ARGUMENTS, ids=str)
def test_another_value_of_an_augmentations_argument_makes_other_pictures(kind: str, field: str) -> None:
    beside = CONSTANT.get(field, {}) if "fill_mode" in Augmentation.members[kind].model_fields else {}
    value = PARTICULAR.get((kind, field), OTHERS[field])
    if (kind, str(beside)) not in PLAIN:
        PLAIN[kind, str(beside)] = changed(kind, beside)
    same = np.array_equal(PLAIN[kind, str(beside)], changed(kind, {**beside, field: value}))
    assert same == ((kind, field) in ONLY_CHECKED)


RANGED = [kind for kind, member in Augmentation.members.items() if "value_range" in member.model_fields]


@pytest.mark.parametrize("kind", RANGED)
def test_pixels_stay_within_their_range(kind: str) -> None:
    """However strong the change is: Keras' own RandomSaturation makes them as low as it likes."""
    strong = {"factor": 1.0} if "factor" in Augmentation.members[kind].model_fields else {}
    made = changed(kind, {} if kind == "random_posterization" else strong)
    assert made.min() >= -0.01 and made.max() <= 255.01
