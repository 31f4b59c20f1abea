"""Recordings of tones: a fundamental and its harmonics, in noise, as whole numbers of sixteen bits."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from cnnspec.backend.data.place import DataFolder
from cnnspec.backend.data.reading import reads
from cnnspec.backend.data.splits import Array, Dataset, Split
from cnnspec.graph.heads import Head, learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.sources.tones import Tones
from cnnspec.layers.shape import write_shape
from cnnspec.source.diagnostic import rejected

NOTES = {"C4": -9, "D4": -7, "E4": -5, "F4": -4, "G4": -2, "A4": 0, "B4": 2, "C5": 3}
"""Half-tones above A4, which has 440 Hz."""
LOWEST, HIGHEST = 100.0, 400.0
"""The frequencies in hertz between which one is drawn."""
SOUNDING = 0.3
"""How often each of several notes sounds."""
_HARMONICS = 3
_LOUDNESS = 2000.0
_NOISE = 2000.0
_EXPECTED = {
    "frequency": "an output of one number, as in - dense: 1",
    "note": "an output with a softmax of 2 to 8 units, one for each note",
    "notes": "an output with 2 to 8 sigmoids, one for each note",
}


@reads(Tones)
def tones(section: Tones, graph: Graph, folder: DataFolder, seed: int) -> Dataset:
    """As many recordings as the section says; each split is a function of `seed` and of its own size alone.

    Raises Rejected where the network does not read a recording, or does not learn what the section says.
    """
    heard, told = _inputs(graph)
    head = _head(section, graph)
    samples = graph.nodes[graph.inputs[heard]].output[0]
    assert isinstance(samples, int)

    def split(name: str, count: int | None, number: int) -> Split | None:
        if count is None:
            return None
        drawn = _draw(section, head.units, count, np.random.default_rng([seed, number]))
        inputs = {heard: drawn.recorded(samples)} | ({told: drawn.rates[:, None].astype(np.float32)} if told else {})
        return Split(name, inputs, {head.name: drawn.labels}, dict.fromkeys((*inputs, head.name), "drawn tones"))

    train = split("train", section.train, 0)
    assert train is not None
    classes = {} if section.learn == "frequency" else {head.name: tuple(NOTES)[: head.units]}
    return Dataset(train, split("validation", section.validation, 1), split("test", section.test, 2), classes)


def _inputs(graph: Graph) -> tuple[str, str]:
    """The input that is a recording, and the one that is told its sampling rate, or nothing."""
    shapes = {name: graph.nodes[position].output for name, position in graph.inputs.items()}
    heard = [name for name, shape in shapes.items() if len(shape) == 2 and shape[1] == 1 and isinstance(shape[0], int)]
    told = [name for name, shape in shapes.items() if shape == (1,)]
    if len(heard) != 1 or len(told) > 1 or len(shapes) > len(heard) + len(told):
        received = "inputs of shape " + ", ".join(write_shape(shape) for shape in shapes.values())
        expected = "one of shape (samples, 1), and beside it at most one of shape (1) for the sampling rate"
        raise rejected("bad-source", received, expected, "write inputs: {recording: [256, 1]}", at=("data",))
    return heard[0], told[0] if told else ""


def _head(section: Tones, graph: Graph) -> Head:
    """The only output that is learnt, if it can say what is to be learnt of a recording."""
    learnt = learnt_heads(graph)
    if section.learn == "frequency":
        fits = [head.shape == (1,) and not head.yes_or_no for head in learnt]
    else:
        form = "labels" if section.learn == "notes" else "class"
        fits = [len(head.shape) == 1 and 2 <= head.units <= len(NOTES) and head.form == form for head in learnt]
    if fits != [True]:
        shapes = ", ".join(f"{write_shape(head.shape)} after {head.activation}" for head in learnt)
        raise rejected(
            "bad-source", f"learn: {section.learn} for outputs {shapes}", _EXPECTED[section.learn], at=("data", "learn")
        )
    return learnt[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Labels of n examples, their samples a second (n), and frequencies and loudness (n, m) of m tones in each."""

    labels: Array
    rates: Array
    frequencies: Array
    loudness: Array
    random: Generator

    def recorded(self, samples: int) -> Array:
        """(n, samples, 1): each tone with its harmonics, as far as the sampling rate lets them through, and noise."""
        sound = self.random.normal(0, _NOISE, (len(self.rates), samples))
        for frequency, loudness in zip(self.frequencies.T, self.loudness.T, strict=True):
            for harmonic in range(1, _HARMONICS + 1):
                sound += self._wave(harmonic * frequency, loudness, harmonic, samples)
        samples_of_16_bits: Array = np.rint(sound.clip(-(2**15), 2**15 - 1)).astype(np.float32)
        return samples_of_16_bits[..., None]

    def _wave(self, frequency: Array, loudness: Array, harmonic: int, samples: int) -> Array:
        """(n, samples) of one harmonic: of any phase, the fundamental as loud as the tone, the others less."""
        count = len(frequency)
        phase = self.random.uniform(0, 1, (count, 1))
        share = np.ones(count) if harmonic == 1 else self.random.uniform(0, 1, count)
        amplitude = np.where(frequency < self.rates / 2, share * loudness, 0)
        turns = (frequency / self.rates)[:, None] * np.arange(samples) + phase
        waves: Array = amplitude[:, None] * np.sin(2 * np.pi * turns)
        return waves


def _draw(section: Tones, units: int, count: int, random: Generator) -> _Drawn:
    scale = 440 * 2 ** (np.array(list(NOTES.values())[:units]) / 12)
    labels, frequencies, sounding = _sounds(section.learn, scale, count, random)
    rate = section.sampling_rate
    lowest, highest = rate if isinstance(rate, tuple) else (rate, rate)
    rates = random.uniform(lowest, highest, count)
    loudness = _LOUDNESS * random.uniform(0.5, 1.5, frequencies.shape) * sounding
    return _Drawn(labels, rates, frequencies, loudness, random)


def _sounds(learn: str, scale: Array, count: int, random: Generator) -> tuple[Array, Array, Array]:
    """Labels, the frequencies (n, m) of m tones, and which of these sound (n, m)."""
    if learn == "notes":
        sounding = random.random((count, len(scale))) < SOUNDING
        return sounding.astype(np.int32), np.broadcast_to(scale, sounding.shape), sounding
    if learn == "note":
        classes = random.permutation(np.arange(count) % len(scale)).astype(np.int32)
        return classes, scale[classes][:, None], np.ones((count, 1), bool)
    frequencies = random.uniform(LOWEST, HIGHEST, (count, 1))
    return frequencies.astype(np.float32), frequencies, np.ones((count, 1), bool)
