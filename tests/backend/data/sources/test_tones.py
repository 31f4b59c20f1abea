"""Recordings hold the tones that their labels say, found in them by Fourier sums, and depend on the seed alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.sources.tones import tones
from cnnspec.backend.data.splits import Dataset, Split
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.tones import Tones
from cnnspec.source.diagnostic import Rejected
from tests.support.spec_texts import graph_of

SCALE = 440 * 2 ** (np.array([-9, -7, -5, -4, -2, 0, 2, 3]) / 12)
HEADS = {
    "frequency": "dense: 1",
    "note": "dense: {units: 8, activation: softmax}",
    "notes": "dense: {units: 8, activation: sigmoid}",
}
ONE = "inputs: {recording: [256, 1]}\nmodel: [flatten, %s]"
TWO = """inputs: {recording: [256, 1], rate: [1]}
model:
  a: [flatten: {from: recording}]
  b: [concat: {from: [a, rate]}, %s]
"""


def network(learn: str, told: bool = False) -> Graph:
    return graph_of((TWO if told else ONE) % HEADS[learn])


def draw(learn: str, seed: int = 1, told: bool = False, **keys: Any) -> Dataset:
    return draw_for(network(learn, told), learn, seed, **keys)


def draw_for(graph: Graph, learn: str, seed: int = 1, **keys: Any) -> Dataset:
    return tones(Tones.model_validate({"source": "tones", "learn": learn, **keys}), graph, DataFolder(Path()), seed)


def heard(split: Split) -> np.ndarray:
    column = split.inputs["recording"]
    assert isinstance(column, np.ndarray)
    return column[..., 0]


def loudness(sounds: np.ndarray, hertz: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """How much of each recording (n, samples) turns with frequencies (n, m)."""
    turns = hertz[..., None] / rates[:, None, None] * np.arange(sounds.shape[1])
    return np.abs(np.einsum("ns,nms->nm", sounds, np.exp(-2j * np.pi * turns)))


def test_a_frequency_is_where_a_recording_is_loud() -> None:
    """Louder there than a fifth above or below, where neither the tone nor a harmonic of it can be."""
    train = draw("frequency", train=400).train
    labels = np.asarray(train.labels["output"])
    assert labels.shape == (400, 1) and 100 <= labels.min() < 110 and 390 < labels.max() <= 400
    found = loudness(heard(train), labels * [1, 1.4, 0.7], np.full(400, 2000.0))
    assert (found.argmax(axis=1) == 0).mean() > 0.97


def test_the_notes_that_sound_are_louder_than_those_that_do_not() -> None:
    train = draw("notes", train=600).train
    labels = np.asarray(train.labels["output"])
    found = loudness(heard(train), np.tile(SCALE, (600, 1)), np.full(600, 2000.0))
    assert all(roc_auc_score(labels[:, note], found[:, note]) > 0.9 for note in range(8))
    assert 0.25 < labels.mean() < 0.35 and (labels.sum(axis=1) == 0).any() and (labels.sum(axis=1) > 3).any()


def test_a_note_is_told_from_a_recording_and_its_rate_together() -> None:
    """At the rate that is told the loudest of eight notes is the right one nearly always; at another it is not."""
    train = draw("note", told=True, train=400, sampling_rate=(1500, 3000)).train
    labels, rates = np.asarray(train.labels["output"]), np.asarray(train.inputs["rate"])[:, 0]
    assert 1500 <= rates.min() < 1550 and 2950 < rates.max() <= 3000
    right = [
        (loudness(heard(train), np.tile(SCALE, (400, 1)), given).argmax(axis=1) == labels).mean()
        for given in (rates, np.full(400, 2250.0))
    ]
    assert right[0] > 0.9 and right[1] < 0.4


def test_classes_are_as_often_as_each_other_and_have_the_names_of_notes() -> None:
    dataset = draw("note", train=83)
    assert np.bincount(dataset.train.labels["output"]).tolist() == [11, 11, 11, 10, 10, 10, 10, 10]
    assert dataset.classes == {"output": ("C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5")}
    assert draw("frequency").classes == {}


def test_recordings_are_whole_numbers_of_sixteen_bits() -> None:
    sounds = heard(draw("notes", train=200).train)
    assert sounds.dtype == np.float32 and (sounds == np.rint(sounds)).all() and np.abs(sounds).max() < 2**15


def test_a_harmonic_beyond_half_the_sampling_rate_is_not_heard_as_another_tone() -> None:
    """At 1,200 samples a second C5's first harmonic would be mistaken for a tone of 154 Hz."""
    train = draw("note", train=800, sampling_rate=1200).train
    high = np.asarray(train.labels["output"]) == 7
    folded = loudness(
        heard(train)[high], np.tile([1200 - 2 * SCALE[7], 120.0], (high.sum(), 1)), np.full(800, 1200.0)[high]
    )
    assert folded.mean(axis=0)[0] < 1.3 * folded.mean(axis=0)[1]


def test_seed_and_size_of_a_split_decide_it_and_no_other_split_does() -> None:
    one, again = (draw("notes", train=30, validation=20, test=20) for _ in range(2))
    other, larger = draw("notes", 2, train=30, test=20), draw("notes", train=900, test=20)
    assert all(np.array_equal(heard(a), heard(b)) for a, b in zip(one.splits, again.splits, strict=True))
    assert one.validation and one.test and other.test and larger.test
    assert not np.array_equal(heard(one.test), heard(other.test))
    assert not np.array_equal(heard(one.test), heard(one.validation))
    assert np.array_equal(heard(one.test), heard(larger.test))


READS = "inputs: {a: [9, 1]}\nmodel: [flatten, dense: {units: %d, activation: %s}]"


@pytest.mark.parametrize(
    ("text", "learn", "message"),
    [
        (
            "inputs: {image: [8, 8, 1]}\nmodel: [flatten, dense: 1]",
            "frequency",
            r"inputs of shape \(8, 8, 1\); expected one",
        ),
        (
            "inputs: {a: [9, 1], b: [9, 1]}\nmodel:\n  x: [add: {from: [a, b]}, flatten, dense: 1]",
            "frequency",
            r"inputs of shape \(9, 1\), \(9, 1\)",
        ),
        ("inputs: {a: [9, 2]}\nmodel: [flatten, dense: 1]", "frequency", r"inputs of shape \(9, 2\)"),
        (READS % (2, "linear"), "frequency", "expected an output of one number"),
        (READS % (1, "sigmoid"), "frequency", "after sigmoid; expected an output of one number"),
        (READS % (9, "softmax"), "note", "2 to 8 units"),
        (READS % (8, "sigmoid"), "note", "with a softmax"),
        (READS % (8, "softmax"), "notes", "8 sigmoids"),
        (READS % (1, "sigmoid"), "notes", "8 sigmoids"),
    ],
)
def test_a_network_that_cannot_read_or_say_it_is_told_what_would(text: str, learn: str, message: str) -> None:
    with pytest.raises(Rejected, match=message):
        draw_for(graph_of(text), learn)
