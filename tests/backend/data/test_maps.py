"""Labels over pictures go where the pictures go, by the same draws; what would move the pictures alone is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.augment import Augmenter, MapMover, key_of
from cnnspec.backend.data.augmentable import change_of
from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.share import WHOLE, Share
from cnnspec.backend.data.splits import Split
from cnnspec.backend.prepared import prepare
from cnnspec.backend.train import train
from cnnspec.graph.locate import placed
from cnnspec.language.augmentation import Augmentation
from cnnspec.layers.kind import read_kind
from cnnspec.results.events import EpochEnded, Event
from cnnspec.source.diagnostic import Rejected
from tests.support.often import one_in
from tests.support.small_runs import written_spec

NUMBERS = np.random.default_rng(0).uniform(0, 255, (4, 10, 8, 3)).astype("float32")
CLASSES = np.random.default_rng(1).integers(0, 5, (4, 10, 8, 1)).astype("float32")
FILLED = {"fill_mode": st.sampled_from(["reflect", "wrap", "nearest"])}
BETWEEN = {"interpolation": st.sampled_from(["nearest", "bilinear"])}
PART = st.sampled_from([0.1, 0.3, [0.1, 0.4], 1.0])
SIGNED = st.sampled_from([0.2, [-0.3, 0.1], [0.2, 0.4]])
MOVING: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "random_flip": {"mode": st.sampled_from(["horizontal", "vertical", "horizontal_and_vertical"])},
    "random_translation": {"height_factor": SIGNED, "width_factor": SIGNED, **FILLED, **BETWEEN},
    "random_rotation": {"factor": SIGNED, **FILLED, **BETWEEN},
    "random_zoom": {"height_factor": SIGNED, "width_factor": st.none() | SIGNED, **FILLED, **BETWEEN},
    "random_shear": {"x_factor": PART, "y_factor": PART, **FILLED, **BETWEEN},
    "random_crop": {"height": st.sampled_from([5, 10, 14]), "width": st.sampled_from([4, 8, 11])},
    "random_perspective": {"factor": PART, "scale": st.sampled_from([0.3, 1.0]), **BETWEEN},
    "random_elastic_transform": {"factor": PART, "scale": PART, **FILLED, **BETWEEN},
    "rand_augment": {"num_ops": st.integers(1, 3), "factor": st.sampled_from([0.2, 0.7]), **BETWEEN},
}
QUICKLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=8)


def moved_at_once(steps: Sequence[Augmentation], seed: int, maps: Any, nearest: bool) -> np.ndarray:
    """The sixth batch of the fourth epoch, step by step: what is drawn anew would have its graph recorded anew."""
    return np.asarray(MapMover(tuple(steps), seed, nearest)._move(tf.constant(maps), 3, 5))


def changed_at_once(steps: Sequence[Augmentation], seed: int, pictures: Any) -> np.ndarray:
    """What becomes of pictures in that batch."""
    return np.asarray(Augmenter(tuple(steps), seed)._change(tf.constant(pictures), 3, 5))


COLOUR = ("random_brightness", "random_gaussian_blur", "auto_contrast", "random_erasing", "equalization")


def written(kind: str, **arguments: Any) -> Augmentation:
    """The augmentation as a spec would give it."""
    read = read_kind("augmentation", Augmentation.members, {kind: arguments})
    assert isinstance(read, Augmentation)
    return read


@st.composite
def moves(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(MOVING), **instead: Any) -> Augmentation:
    """An augmentation that moves, its arguments drawn but for those given `instead`."""
    kind = draw(st.sampled_from(kinds))
    arguments = {name: draw(values) for name, values in MOVING[kind].items()}
    return written(kind, **{**arguments, **{name: value for name, value in instead.items() if name in arguments}})


NEEDED: dict[str, dict[str, Any]] = {
    "random_translation": {"height_factor": 0.3, "width_factor": 0.3},
    "random_zoom": {"height_factor": 0.3},
    "random_shear": {"x_factor": 0.5},
    "random_crop": {"height": 5, "width": 4},
    "random_elastic_transform": {"factor": 1.0, "scale": 1.0},
    "random_posterization": {"factor": 4},
    "random_color_jitter": {"hue_factor": 0.2},
}


def test_every_kind_says_whether_it_moves() -> None:
    """As Keras' layer does to the mask beside a picture; those that blend pictures say that nothing can follow."""
    keras.utils.set_random_seed(1)
    mask = np.arange(32 * 32, dtype="float32").reshape(1, 32, 32, 1).repeat(4, 0)
    for kind, member in Augmentation.members.items():
        assert issubclass(member, Augmentation)
        if member.followed and kind != "contrast_limited_adaptive_histogram_equalization":  # Keras' does not say
            spec = written(kind, **NEEDED.get(kind, {"factor": 0.4} if "factor" in member.model_fields else {}))
            layer = getattr(keras.layers, spec.stock)(**spec.written())
            drawn = [layer.get_random_transformation(tf.ones((4, 32, 32, 3)), training=True) for _ in range(8)]
            moved = [layer.transform_segmentation_masks(tf.constant(mask), each, training=True) for each in drawn]
            assert member.moves == any(not np.array_equal(each, mask) for each in moved), kind


@QUICKLY
@given(st.lists(moves(tuple(set(MOVING) - {"rand_augment"})), min_size=1, max_size=2), st.integers(0, 99))
def test_numbers_are_moved_as_the_picture_is(steps: list[Augmentation], seed: int) -> None:
    """A target that is the picture stays the picture, whatever moves it."""
    moved = moved_at_once(steps, seed, NUMBERS, nearest=False)
    np.testing.assert_array_equal(moved, changed_at_once(steps, seed, NUMBERS))


@QUICKLY
@given(
    st.lists(moves(tuple(set(MOVING) - {"rand_augment"}), interpolation="nearest"), min_size=1, max_size=2),
    st.integers(0, 99),
)
def test_classes_are_where_the_picture_shows_them(steps: list[Augmentation], seed: int) -> None:
    """A picture whose colours are the classes shows the moved classes; a crop that enlarges mixes colours alone."""
    moved = moved_at_once(steps, seed, CLASSES, nearest=True)
    assert set(np.unique(moved)) <= {*np.unique(CLASSES), 0}
    enlarges = [each for each in steps if each.kind == "random_crop"]
    if not enlarges:
        np.testing.assert_array_equal(moved, changed_at_once(steps, seed, CLASSES))


def test_a_class_map_that_is_enlarged_takes_the_nearest() -> None:
    """By numpy's own choice of rows and columns."""
    moved = np.asarray(MapMover((written("random_crop", height=15, width=12),), 1, nearest=True).apply(CLASSES, 0, 0))
    rows, columns = (np.floor((np.arange(size) + 0.5) * have / size).astype(int) for size, have in ((15, 10), (12, 8)))
    np.testing.assert_array_equal(moved, CLASSES[:, rows][:, :, columns])


@QUICKLY
@given(moves(tuple(set(MOVING) - {"random_elastic_transform", "random_crop"})), st.integers(0, 99))
def test_masks_become_what_keras_makes_of_them(step: Augmentation, seed: int) -> None:
    """Its own layer, fed with the same seeds, moves the mask that belongs to the picture; of rand_augment, too."""
    moved = moved_at_once((step,), seed, CLASSES, nearest=True)
    layer = getattr(keras.layers, step.stock)(**step.written())
    layer.generator.state.assign(key_of((seed, 0), 3, 5))
    drawn = layer.get_random_transformation(tf.constant(NUMBERS), training=True)
    theirs = np.asarray(layer.transform_segmentation_masks(tf.constant(CLASSES), drawn, training=True))
    assert np.mean(moved == theirs) > 0.98  # up to how a graph rounds a place that lies between two


@pytest.mark.parametrize("kind", COLOUR)
def test_colours_leave_labels_alone(kind: str) -> None:
    """With changes of colour around it, a flip does to a map what it does to the picture without them."""
    colour = written(kind, **({"factor": 0.3} if "factor" in Augmentation.members[kind].model_fields else {}))
    moved = moved_at_once((colour, written("random_flip"), colour), 3, CLASSES, nearest=True)
    still = written("random_erasing", factor=0.0)
    flipped = changed_at_once((still, written("random_flip")), 3, CLASSES)
    assert not np.array_equal(moved, CLASSES)
    np.testing.assert_array_equal(moved, flipped)


OUTPUT = """
inputs: {image: [10, 8, 1]}
model:
%s
data: {source: arrays, train: d.npz, augment: [%s]}
training: {batch_size: 4, loss: %s, seed: 7}
"""
CONV = "  - conv: {filters: 5, kernel_size: 1, activation: softmax}"
NUMBER = "  - conv: {filters: 1, kernel_size: 1}"
FLAT = CONV + "\n  - reshape: [80, 5]"
PICTURES = np.random.default_rng(2).uniform(0, 255, (9, 10, 8, 1)).astype("float32")
MASKS = np.random.default_rng(3).integers(0, 5, (9, 10, 8)).astype("int64")
ROWS = np.random.default_rng(0).permutation(9)
ONE_HOT = np.eye(5, dtype="float32")[MASKS]
FLIPS = "random_flip, random_translation: {height_factor: 0.3, width_factor: 0.3, interpolation: nearest}"


def prepared(folder: Path, model: str, labels: np.ndarray, augment: str = FLIPS, loss: str = "auto") -> Any:
    """What `train` would make batches of, and what is done to these."""
    np.savez(folder / "d.npz", x=PICTURES, y=labels)
    spec, graph = written_spec(folder, OUTPUT % (model, augment, loss))
    with placed(spec, graph):
        job = prepare(spec, graph)
        assert job.spec.data is not None
        augmentations = job.spec.data.augmentations()
        return job, change_of(augmentations, graph, job.dataset.train, job.seed, job.objective.heads)


FORMS = {
    "classes": (CONV, MASKS, "auto", MASKS[..., None]),
    "one-hot": (CONV, ONE_HOT, "categorical_crossentropy", ONE_HOT),
    "all places in a row": (FLAT, MASKS.reshape(9, 80), "auto", MASKS[..., None]),
    "one-hot in a row": (FLAT, ONE_HOT.reshape(9, 80, 5), "categorical_crossentropy", ONE_HOT),
    "yes or no": (NUMBER + "\n  - activation: sigmoid", (MASKS > 2).astype("int64"), "auto", (MASKS > 2)[..., None]),
    "numbers": (NUMBER, PICTURES / 3, "mse", PICTURES / 3),
    "whole numbers that are no classes": (NUMBER, MASKS, "mse", MASKS[..., None]),
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_of_every_form_go_along(form: str, tmp_path: Path) -> None:
    """In batches as train makes them."""
    model, labels, loss, laid_out = FORMS[form]
    job, change = prepared(tmp_path, model, labels, loss=loss)
    split = Split("train", {"image": laid_out.astype("float32")}, job.dataset.train.labels)
    whole = list(Batches(split, {"image": "float32"}, False, None, change).over(ROWS, 4, epoch=2))
    for pictures, moved in whole:
        assert moved.shape[1:] == labels.shape[1:]
        np.testing.assert_allclose(np.asarray(moved).reshape(pictures.shape), pictures, atol=1e-4)
    assert not np.array_equal(whole[0][0], split.inputs["image"][ROWS[:4]])


@pytest.mark.parametrize("form", one_in(7, [*FORMS], ["one-hot in a row"]))
def test_labels_go_along_in_any_part_of_an_epoch(form: str, tmp_path: Path) -> None:
    """From the middle on, and the same for one of three replicas."""
    model, labels, loss, _ = FORMS[form]
    job, change = prepared(tmp_path, model, labels, loss=loss)
    batches, part = (
        Batches(job.dataset.train, {"image": "float32"}, False, None, change, share)
        for share in (WHOLE, Share(1, 1, 3))
    )
    whole = list(batches.over(ROWS, 4, epoch=2))
    for (_, later), (_, again) in zip(whole[1:], batches.over(ROWS, 4, epoch=2, skipped=1), strict=True):
        np.testing.assert_array_equal(later, again)
    for (_, moved), (_, shared) in zip(whole, part.over(ROWS, 4, epoch=2), strict=True):
        np.testing.assert_array_equal(moved, shared)


COARSE = "  - max_pool\n" + CONV
VECTOR = "  - flatten\n  - dense: %d"
CONSTANT = "random_rotation: {factor: 0.1, fill_mode: constant}"
REFUSED = {
    "a map of another size": (COARSE, MASKS[:, ::2, ::2], "auto_contrast, «random_flip», random_brightness: 0.1"),
    "a picture laid flat": (VECTOR % 80, PICTURES.reshape(9, 80), "auto_contrast, «random_flip»"),
    "moved pictures that are blended": (CONV, MASKS, "random_flip, «aug_mix»"),
    "an unknown place": (CONV, MASKS, "«random_rotation»: {factor: 0.1, fill_mode: constant}"),
    "a perspective": (CONV, MASKS, "«random_perspective»"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_go_along_is_refused_at_its_place(what: str, tmp_path: Path) -> None:
    """And the help, when it is followed by leaving the augmentation out, works."""
    model, labels, augment = REFUSED[what]
    plain = augment.replace("«", "").replace("»", "")
    with pytest.raises(Rejected) as caught:
        prepared(tmp_path, model, labels, plain, "mse" if "dense" in model else "auto")
    (found,) = caught.value.diagnostics
    assert found.code == "bad-augmentation" and found.help and found.span is not None
    line = (tmp_path / "small.yaml").read_text().splitlines()[found.span.line - 1]
    assert line[found.span.column - 1 :].startswith(augment.partition("«")[2].partition("»")[0])
    left = ", ".join(each for each in augment.split(", ") if "«" not in each and ":" not in each)
    prepared(tmp_path, model, labels, left, "mse" if "dense" in model else "auto")


def test_what_comes_in_from_outside_has_the_class_that_counts_for_none(tmp_path: Path) -> None:
    """Where the loss ignores a class, a turned picture may be blank at its corners."""
    loss = "{sparse_categorical_crossentropy: {ignore_class: 4}}"
    turned = "random_rotation: {factor: [0.12, 0.13], fill_mode: constant}"
    job, change = prepared(tmp_path, CONV, np.zeros_like(MASKS), turned, loss)
    ((_, moved),) = Batches(job.dataset.train, {"image": "float32"}, False, None, change).over(np.arange(9), 9)
    assert set(np.unique(moved)) == {0, 4} and np.all(np.asarray(moved)[:, 0, 0] == 4)


def test_labels_without_places_are_left_alone(tmp_path: Path) -> None:
    """A class for each picture, and as many classes as the picture has pixels."""
    for model, labels in (
        ("  - flatten\n  - dense: {units: 5, activation: softmax}", np.arange(9) % 5),
        ("  - flatten\n  - dense: {units: 80, activation: softmax}", np.eye(80, dtype="float32")[:9]),
    ):
        _, change = prepared(tmp_path, model, labels)
        assert change.labels is None


def test_a_mask_is_learnt_as_well_with_flips_as_without(tmp_path: Path) -> None:
    """The class of a place is its colour: a mean intersection over union of 1 after 60 steps."""
    random = np.random.default_rng(0)
    masks = random.integers(0, 2, (240, 8, 8))
    np.savez(tmp_path / "d.npz", x=(masks[..., None] * 255).astype("uint8"), y=masks)
    text = """
inputs: {image: [8, 8, 1]}
model: [rescaling: "${1 / 255}", conv: {filters: 2, kernel_size: 1, activation: softmax}]
data:
  source: arrays
  train: d.npz
  augment: [random_flip, random_translation: {height_factor: 0.3, width_factor: 0.3, interpolation: nearest}]
training: {epochs: 2, batch_size: 8, optimizer: {adam: 0.1}, loss: auto, seed: 1,
           metrics: [mean_iou: {num_classes: 2, sparse_y_pred: false}]}
"""
    ended: list[float] = []

    def keep(event: Event) -> None:
        if isinstance(event, EpochEnded):
            ended.append(next(value for name, value in event.figures.items() if "io" in name))

    train(*written_spec(tmp_path, text), runs_dir=tmp_path / "runs", on_event=keep)
    assert ended[-1] == 1
