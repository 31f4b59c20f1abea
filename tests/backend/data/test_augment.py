"""Augmentation: Keras' own layers change training batches, each batch by a function of seed, epoch and number."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import ks_2samp

from cnnspec.backend.data.augment import Augmenter, key_of
from cnnspec.backend.data.augmentable import build_augmenter, on_pictures
from cnnspec.backend.data.batches import Batches, Change
from cnnspec.backend.data.random_seeds import Among, keys
from cnnspec.backend.data.share import Share
from cnnspec.backend.data.splits import Split
from cnnspec.backend.prepared import prepare
from cnnspec.backend.train import train
from cnnspec.graph.locate import placed
from cnnspec.language.augmentation import Augmentation
from cnnspec.language.location import Location
from cnnspec.layers.kind import read_kind
from cnnspec.results.events import EpochEnded, Event
from cnnspec.source.diagnostic import Rejected
from tests.support.often import examples, one_in
from tests.support.small_runs import written_spec
from tests.support.spec_texts import read

ARGUMENTS: dict[str, dict[str, Any]] = {
    "random_translation": {"height_factor": 0.2, "width_factor": [-0.2, 0.3]},
    "random_zoom": {"height_factor": 0.2},
    "random_shear": {"x_factor": 0.2, "y_factor": 0.1},
    "random_crop": {"height": 9, "width": 8},
    "random_posterization": {"factor": 4},
    "random_color_jitter": {
        "brightness_factor": 0.2, "contrast_factor": 0.3, "saturation_factor": 0.2, "hue_factor": 0.2,
    },
    "solarization": {"addition_factor": 0.3, "threshold_factor": 0.5},
    **{
        f"random_{name}": {"factor": 0.3}
        for name in ("rotation", "brightness", "contrast", "saturation", "hue", "sharpness", "color_degeneration")
    },
}  # fmt: skip
PIXELS = np.random.default_rng(0).uniform(0, 255, (10, 12, 14, 3)).astype("float32")
DRAWN_OTHERWISE = {"random_elastic_transform", "aug_mix"}
SEE_ALL = {"equalization", "random_contrast", "random_color_jitter", "rand_augment", "aug_mix"}


def written(kind: str, **more: Any) -> Augmentation:
    """The augmentation as a spec would give it."""
    read = read_kind("augmentation", Augmentation.members, {kind: {**ARGUMENTS.get(kind, {}), **more}})
    assert isinstance(read, Augmentation)
    return read


def changed(augmenter: Augmenter, epoch: int, batch: int, images: Any = PIXELS) -> np.ndarray:
    return np.asarray(augmenter.apply(images, epoch, batch))


def changed_at_once(steps: tuple[Augmentation, ...], seed: int, images: Any = PIXELS) -> np.ndarray:
    """The first batch of the first epoch, step by step where no graph is the claim: to record one takes longer."""
    return np.asarray(Augmenter(steps, seed)._change(tf.constant(images), 0, 0))


@cache
def recorded(kind: str) -> Augmenter:
    """One augmentation, its graph recorded once for all tests that ask it."""
    return Augmenter((written(kind),), 5)


def plain_layer(kind: str, key: Any) -> Any:
    """The Keras layer itself, its generator in the state `key`."""
    layer = getattr(keras.layers, written(kind).stock)(**written(kind).written())
    if hasattr(layer, "generator"):
        layer.generator.state.assign(key)
    return layer


@pytest.mark.parametrize("kind", [kind for kind in Augmentation.members if kind not in DRAWN_OTHERWISE])
def test_pixels_are_those_of_the_plain_keras_layer(kind: str) -> None:
    """Fed with the same seeds; up to how a graph rounds."""
    ours = changed(recorded(kind), 2, 3)
    theirs = plain_layer(kind, key_of((5, 0), 2, 3))(PIXELS, training=True)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    assert not np.array_equal(ours, PIXELS)


def test_an_elastic_transform_is_keras_own_for_each_picture() -> None:
    """The same pictures are chosen, as strongly changed, by a noise of their own."""
    ours = changed(recorded("random_elastic_transform"), 2, 3)
    key = key_of((5, 0), 2, 3)
    layer = plain_layer("random_elastic_transform", key)
    drawn = layer.get_random_transformation(tf.constant(PIXELS))
    noise = keys(key + tf.constant([0, 3], tf.int64), (len(PIXELS),))
    for index, image in enumerate(PIXELS):
        layer.generator.state.assign(noise[index])
        alone = {**drawn, "apply_transform": drawn["apply_transform"][index : index + 1], "seed": layer.generator}
        np.testing.assert_allclose(ours[index], layer.transform_images(image[None], alone)[0], atol=2e-3)
    assert not np.array_equal(ours, PIXELS)


def test_an_aug_mix_changes_as_much_as_keras_own() -> None:
    """Over many batches: how far pictures move and what becomes of their mean has the distribution of Keras' layer.

    Two chains of two: the fewest that are weighed against each other and do one change after another.
    """
    images, chains, count = tf.constant(PIXELS[:2, :8, :8]), {"num_chains": 2, "chain_depth": 2}, examples(150, 300)
    augmenter, layer = Augmenter((written("aug_mix", **chains),), 1), keras.layers.AugMix(seed=1, **chains)
    keras.utils.set_random_seed(1)
    ours = [np.asarray(augmenter.apply(images, 0, batch)) for batch in range(count)]
    theirs = [np.asarray(layer(images, training=True)) for _ in range(count)]
    for measure in (lambda batch: np.abs(batch - images).mean(), lambda batch: batch.mean()):
        assert ks_2samp([measure(batch) for batch in ours], [measure(batch) for batch in theirs]).pvalue > 0.01


def test_an_aug_mix_chooses_its_changes_for_each_batch() -> None:
    """With one change in one chain, some of 40 batches are left as they are, most are not."""
    augmenter = Augmenter((written("aug_mix", num_chains=1, chain_depth=1),), 1)
    images = tf.constant(PIXELS[:2, :8, :8])
    moved = [np.abs(np.asarray(augmenter.apply(images, 0, batch)) - images).mean() for batch in range(40)]
    assert 1 <= sum(move < 1e-3 for move in moved) < 20


ALONE = [kind for kind in Augmentation.members if kind not in {"mix_up", "cut_mix"} | SEE_ALL | {"random_crop"}]
"""Kinds that change each picture by itself; a random_crop makes others too small, and has a group of its own."""
GROUPS = [
    ("random_crop",),
    *(tuple(ALONE[at :: len(ALONE) // 4]) for at in range(len(ALONE) // 4)),
    ("equalization", "random_contrast", "random_color_jitter"),
    ("rand_augment",),
    ("aug_mix",),
]


def test_each_kind_knows_whether_it_sees_a_whole_batch() -> None:
    assert sorted(kind for group in GROUPS for kind in group) == sorted(
        set(Augmentation.members) - {"mix_up", "cut_mix"}
    )
    for kind in (*ALONE, *SEE_ALL, "random_crop"):
        assert Augmenter((written("random_rotation"), written(kind)), 7).sees_all is (kind in SEE_ALL)


def augmenter_of(kinds: Sequence[str]) -> Augmenter:
    """These after a rotation, so that none is the first to draw."""
    return Augmenter((written("random_rotation"), *map(written, kinds)), 7)


recorded_group = cache(augmenter_of)


@pytest.mark.parametrize("kinds", GROUPS, ids=" ".join)
def test_what_a_picture_becomes_depends_on_its_batch_and_place_alone(kinds: Sequence[str]) -> None:
    """The same bits however a pipeline runs, and among the others of a batch."""
    augmenter = augmenter_of(kinds)
    same_in_a_pipeline(kinds, augmenter)
    if not augmenter.sees_all:
        same_among_others(augmenter)


def same_in_a_pipeline(kinds: Sequence[str], augmenter: Augmenter) -> None:
    """In parallel, in that order, from the middle on and in another order: the bits of one on its own."""
    few = PIXELS[:5]
    batches = np.stack([few, few[::-1], few + 1, few / 2])
    numbered = tf.data.Dataset.from_tensor_slices(batches).enumerate()
    backwards = tf.data.Dataset.range(3, -1, -1).map(lambda number: (number, tf.constant(batches)[number]))
    every = numbered.concatenate(numbered.skip(2)).concatenate(backwards)
    mapped = every.map(lambda number, images: augmenter.apply(images, 1, number), tf.data.AUTOTUNE)
    made = list(mapped.as_numpy_iterator())
    wanted = np.stack([on_its_own(kinds, number, images) for number, images in enumerate(batches)])
    np.testing.assert_array_equal(made[:4], wanted)
    np.testing.assert_array_equal(made[4:6], wanted[2:])
    np.testing.assert_array_equal(made[6:], wanted[::-1])


def on_its_own(kinds: Sequence[str], number: int, images: Any) -> Any:
    """A batch changed by another augmenter, step by step but for an aug_mix: as its graph is recorded it counts draws
    of all changes, and here of the chosen one."""
    other = recorded_group(kinds) if "aug_mix" in kinds else augmenter_of(kinds)
    return (other.apply if "aug_mix" in kinds else other._change)(tf.constant(images), 1, number)


def same_among_others(augmenter: Augmenter) -> None:
    """The same bits for each of three replicas, whatever is left over, read and changed without the other pictures."""
    for batch, size in enumerate((4, 7, 1)):
        pictures = np.resize(PIXELS[::-1], (size, *PIXELS.shape[1:]))
        whole = changed(augmenter, 0, batch, pictures)
        for replica in range(3):
            places = Share(replica, 1, 3).positions(size)
            own = augmenter.apply(pictures[places], 0, batch, Among(places, tf.constant(size)))
            np.testing.assert_array_equal(own, whole[places])


TOGETHER = [("random_translation", "random_erasing"), *(group for group in GROUPS if {*group} <= SEE_ALL)]


@pytest.mark.parametrize("kinds", one_in(4, TOGETHER, [TOGETHER[1]]), ids=" ".join)
def test_batches_of_several_processes_are_together_what_they_are_alone(kinds: Sequence[str]) -> None:
    """A share is read and changed without the rest; where all is seen, each process changes the whole, whatever by."""
    augmenter = augmenter_of(kinds)
    change = Change(
        lambda inputs, *now: {name: augmenter.apply(value, *now) for name, value in inputs.items()}, augmenter.sees_all
    )
    split = Split("train", {"image": PIXELS}, {"y": np.arange(len(PIXELS))})
    shares = [Batches(split, {"image": "float32"}, False, None, change, Share(place, 1, 3)) for place in range(3)]
    alone = Batches(split, {"image": "float32"}, False, None, change)
    rows = np.resize(np.arange(len(PIXELS))[::-1], 14)
    wanted, *parts = (list(batches.over(rows, 10, epoch=1)) for batches in (alone, *shares))
    assert [len(labels) for _, labels in wanted] == [10, 4]
    for (whole, labels), *of_each in zip(wanted, *parts, strict=True):
        together = np.concatenate([inputs for inputs, _ in of_each])
        np.testing.assert_array_equal(together[: len(whole)], whole)
        assert all(np.array_equal(each, labels) for _, each in of_each)


@pytest.mark.parametrize("kind", ["random_translation", "random_elastic_transform", "rand_augment", "aug_mix"])
def test_epoch_batch_seed_and_position_all_matter(kind: str) -> None:
    """Any two batches of a graph, whose numbers are none of its constants; and a layer draws apart from the first."""
    pictures, still = PIXELS[:4], written("random_erasing", factor=0.0)
    of_batches = [changed(recorded(kind), *now, pictures) for now in ((0, 0), (0, 1), (1, 0))]
    drawn = (((written(kind),), 7), ((written(kind),), 8), ((still, written(kind)), 7))
    for images in (of_batches, [changed_at_once(*each, pictures) for each in drawn]):
        assert all(not np.array_equal(one, two) for index, one in enumerate(images) for two in images[:index])


def test_a_seed_of_its_own_takes_the_place_of_the_training_seed() -> None:
    own = [changed(Augmenter((written("random_flip", seed=3),), seed), 0, 0) for seed in (7, 8)]
    np.testing.assert_array_equal(*own)
    np.testing.assert_array_equal(own[0], changed(Augmenter((written("random_flip"),), 3), 0, 0))


def test_pictures_of_an_example_are_changed_alike() -> None:
    """A second input of the same size is moved as the first is."""
    augmenter = Augmenter((written("random_flip"), written("random_translation")), 7)
    np.testing.assert_allclose(changed(augmenter, 0, 0, PIXELS / 2), changed(augmenter, 0, 0) / 2, rtol=1e-5)


def test_steps_happen_in_the_order_written() -> None:
    """What is cut out first and enlarged then is not what is cut out of the enlarged."""
    small, large = (written("random_crop", height=size, width=size) for size in (8, 12))
    cropped = changed_at_once((small,), 7)
    np.testing.assert_allclose(changed_at_once((small, large), 7), tf.image.resize(cropped, (12, 12)))
    assert changed_at_once((large, small), 7).shape == (10, 8, 8, 3)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float64"])
def test_the_type_of_the_pixels_stays(dtype: str) -> None:
    """Whole numbers are rounded and never wrap around."""
    steps = (written("random_brightness", factor=1.0, value_range=[0, 300]),)
    exact = changed(Augmenter(steps, 7), 0, 0, PIXELS.astype("uint8").astype("float32"))
    result = changed(Augmenter(steps, 7), 0, 0, PIXELS.astype("uint8").astype(dtype))
    assert result.dtype == dtype
    most = 255 if dtype == "uint8" else 300
    wanted = np.round(exact.clip(0, most)) if "int" in dtype else exact
    np.testing.assert_allclose(result, wanted.astype(dtype))


@pytest.fixture
def half_precision() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


def test_a_network_in_half_precision_changes_nothing(half_precision: None) -> None:
    kinds = ("random_color_jitter", "aug_mix")
    halved = [changed_at_once((written(kind),), 7) for kind in kinds]
    keras.config.set_dtype_policy("float32")
    for kind, images in zip(kinds, halved, strict=True):
        np.testing.assert_array_equal(images, changed_at_once((written(kind),), 7))


def test_batches_of_all_epochs_share_one_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras' layer is called once, though two epochs have full and smaller batches; one more size, one more call."""
    calls: list[tuple[int | None, ...]] = []
    call = keras.layers.RandomFlip.call

    def counted(self: Any, images: Any, **options: Any) -> Any:
        calls.append(tuple(images.shape))
        return call(self, images, **options)

    monkeypatch.setattr(keras.layers.RandomFlip, "call", counted)
    augmenter = Augmenter((written("random_flip"),), 7)
    for epoch in range(2):
        numbered = tf.data.Dataset.from_tensor_slices(PIXELS).batch(4).enumerate()
        shapes = [len(images) for images in numbered.map(lambda n, images, e=epoch: augmenter.apply(images, e, n))]
        assert shapes == [4, 4, 2]
    augmenter.apply(PIXELS, 0, 0)
    assert calls == [(None, 12, 14, 3)]
    augmenter.apply(PIXELS[..., :1], 0, 0)
    assert len(calls) == 2


def test_initial_weights_do_not_depend_on_augmentation() -> None:
    """Keras draws seeds that nobody gave from Python's generator, as it does for initial weights."""
    before = random.getstate()
    Augmenter(tuple(written(kind) for kind in Augmentation.members if kind not in {"mix_up", "cut_mix"}), 7)
    assert random.getstate() == before


MODEL = "inputs: {image: [%s]}\nmodel: [flatten, dense: {units: 2, activation: softmax}]\n"


def refused(augment: str, shape: str = "12, 14, 3", pixels: np.ndarray = PIXELS) -> list[str]:
    """What a spec's augmentations are refused for: line and column, code, message."""
    text = "cnnspec: 1\nname: small\n" + MODEL % shape + f"data:\n  source: digits\n  augment:\n{augment}"
    spec, graph = read(Location(None, "<stdin>"), text)
    assert spec.data is not None
    with pytest.raises(Rejected) as caught, placed(spec, graph):
        build_augmenter(spec.data.augment, graph, Split("train", {"image": pixels}, {}), 1)
    found = caught.value.diagnostics
    assert all(d.span is not None and d.help for d in found)
    return [f"{d.span.line}:{d.span.column} {d.code}: {d.message}" for d in found if d.span]


REFUSED: dict[str, Callable[[], list[str]]] = {
    "9:7 bad-augmentation: random_crop makes pictures of (8, 8, 3); expected (12, 14, 3), as input image reads": (
        lambda: refused("    - random_flip\n    - random_crop: {height: 8, width: 8}\n    - random_rotation: 0.1\n")
    ),
    "7:3 bad-augmentation: augment for input image of shape (8, 8); expected (height, width, channels)": (
        lambda: refused("    - random_flip\n", "8, 8", PIXELS[:, :8, :8, 0])
    ),
    "9:7 bad-augmentation: random_hue for pictures of (12, 14, 1), as input image reads; expected what it can change"
    " (Keras: Dimension must be 3 but is 1": (
        lambda: refused("    - random_flip\n    - random_hue: 0.1\n", "12, 14, 1", PIXELS[..., :1])
    ),
    "8:7 bad-augmentation: random_gaussian_blur for pictures of (12, 14, 3), as input image reads; expected what it can"
    " change (Keras: kernel_size must be an odd number": (
        lambda: refused("    - random_gaussian_blur: {kernel_size: 4}\n")
    ),
    "8:7 not-running: data.augment.mix_up does not run yet": lambda: refused("    - mix_up: 0.2\n"),
    "8:7 value-range: random_brightness takes values from 0 to 255; expected a value_range for the pixels of input"
    " image, which go from 1 to 16": lambda: refused("    - random_brightness: 0.1\n", pixels=np.clip(PIXELS, 1, 16)),
    "8:7 value-range: equalization takes values from 0 to 1; expected a value_range for the pixels of input image,"
    " which go from -1 to 1": (
        lambda: refused("    - equalization: {value_range: [0, 1]}\n", pixels=np.clip(PIXELS - 100, -1, 1))
    ),
}  # fmt: skip


@pytest.mark.parametrize("expected", REFUSED)
def test_what_does_not_fit_is_told_at_its_place(expected: str) -> None:
    (told,) = REFUSED[expected]()
    assert told.startswith(expected)


PAIR = """
inputs: {left: [6, 6, 1], right: {shape: [6, 6, 1], dtype: uint8}, record: [3]}
model:
  looks:
    - rescaling: {scale: 1, from: left}
    - flatten
  sees:
    - flatten: {from: right}
  knows:
    - flatten: {from: record}
  all:
    - concat: {from: [looks, sees, knows]}
    - dense: {units: 2, activation: softmax}
data: {source: arrays, train: train.npz, augment: [random_flip, random_crop: {height: 9, width: 9}, %s]}
"""


def test_every_input_of_pictures_is_changed_and_no_other(tmp_path: Path) -> None:
    """Both alike, each in its own type, through the batches that train makes."""
    spec, graph = written_spec(tmp_path, PAIR % "random_crop: {height: 6, width: 6}" + "training: {loss: auto}\n")
    pictures = np.random.default_rng(0).integers(0, 256, (20, 6, 6, 1), np.uint8)
    record = np.arange(60, dtype=np.float32).reshape(20, 3)
    np.savez(tmp_path / "train.npz", left=pictures, right=pictures, record=record, y=np.arange(20) % 2)
    job = prepare(spec, graph)
    augmenter = build_augmenter(job.spec.data.augment, graph, job.dataset.train, 1)
    assert augmenter is not None
    batches = Batches(job.dataset.train, graph.dtypes, False, None, on_pictures(augmenter, graph))
    (inputs, _), (unchanged, _) = next(iter(batches.over(np.arange(20), 20))), batches.gather(np.arange(20))
    assert [inputs[name].dtype.name for name in ("left", "right")] == ["float32", "uint8"]
    assert np.array_equal(np.round(inputs["left"]), inputs["right"])
    assert not np.array_equal(inputs["left"], unchanged["left"]) and np.array_equal(inputs["record"], record)


NETWORK = """
inputs: {image: [8, 8, 1]}
model: [rescaling: 0.0625, flatten, dense: {units: 10, activation: softmax}]
"""
AUGMENT = "[random_translation: {height_factor: 0.2, width_factor: 0.2}]"


def run(folder: Path, augment: str = AUGMENT, seed: int = 3) -> list[dict[str, float]]:
    """What each of two epochs on the digits came to, of a network that stands still."""
    folder.mkdir()
    data = f"data: {{source: digits, validation_split: 0.2, augment: {augment}}}\n"
    training = f"training: {{epochs: 2, batch_size: 200, loss: auto, optimizer: {{sgd: 1e-30}}, seed: {seed}}}\n"
    ended: list[dict[str, float]] = []

    def keep(event: Event) -> None:
        if isinstance(event, EpochEnded):
            ended.append(dict(event.figures))

    train(*written_spec(folder, NETWORK + data + training), runs_dir=folder / "runs", on_event=keep)
    return ended


def layers_saved(folder: Path) -> list[str]:
    (saved,) = folder.glob("runs/*/best.keras")
    return [type(layer).__name__ for layer in keras.models.load_model(saved, compile=False).layers]


Still = tuple[Path, list[dict[str, float]], list[dict[str, float]]]


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Still:
    """Trainings of a network that stands still with and without augmentation: their folder, and each one's figures."""
    folder = tmp_path_factory.mktemp("still")
    return folder, run(folder / "augmented"), run(folder / "plain", augment="[]")


def test_an_augmented_training_is_a_function_of_its_seed(still: Still, tmp_path: Path) -> None:
    """Bit for bit the same with the same seed, another with another or without; the saved model holds none of it."""
    folder, first, plain = still
    again, other = run(tmp_path / "again"), run(tmp_path / "other", seed=4)
    assert first == again
    assert first != other and first != plain
    assert layers_saved(folder / "augmented") == layers_saved(folder / "plain")


def test_each_epoch_sees_other_pictures_and_validation_never_does(still: Still) -> None:
    """The loss changes from epoch to epoch, and the validation's does not."""
    _, (one, two), (unchanged, standing) = still
    assert unchanged["loss"] == pytest.approx(standing["loss"], abs=1e-5)
    assert abs(one["loss"] - two["loss"]) > 1e-4 and abs(one["loss"] - unchanged["loss"]) > 1e-3
    assert one["val_loss"] == two["val_loss"] == unchanged["val_loss"]
