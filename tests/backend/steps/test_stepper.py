"""What steps report of a split is what numpy and scikit-learn make of all its predictions at once."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    top_k_accuracy_score,
)

from cnnspec.backend.data.batches import Batches
from cnnspec.backend.data.splits import Split
from cnnspec.backend.prepared import Prepared, prepare
from cnnspec.backend.steps.stepper import Stepper, make_ready
from tests.support.often import examples
from tests.support.small_loops import learner_of
from tests.support.small_runs import written_spec

EXAMPLES = examples(8, 30)
WORDS, LENGTH, CLASSES = 12, 5, 4

SPEC = """
inputs: {words: {shape: [5], dtype: int32}}
model:
  embed: [embedding: {input_dim: 12, output_dim: 6, mask_zero: true, embeddings_regularizer: {l2: 0.01}}]
  tags: [dense: {units: 4, activation: softmax}]
  pool: [global_avg_pool: {from: embed}]
  depth: [dense: {units: 1, from: embed}]
  kind: [dense: {units: 4, from: pool}]
  sure: [dense: {units: 1, from: pool}]
  size: [dense: {units: 2, from: pool, activity_regularizer: {l2: 0.1}}]
outputs: {tags: tags, depth: depth, kind: kind, sure: sure, size: size}
data: {source: arrays, train: train.npz}
training:
  batch_size: 8
  loss:
    tags: sparse_categorical_crossentropy
    depth: huber
    kind: {sparse_categorical_crossentropy: {from_logits: true, ignore_class: 3}}
    sure: {binary_crossentropy: {from_logits: true}}
    size: mean_absolute_error
  loss_weights: {tags: 2.0, size: 0.25}
  label_smoothing: 0.1
  metrics:
    tags: [accuracy, sparse_categorical_crossentropy]
    depth: [root_mean_squared_error, mean_absolute_error]
    kind:
      - accuracy
      - sparse_top_k_categorical_accuracy: {k: 2}
      - sparse_categorical_crossentropy: {from_logits: true, ignore_class: 3}
    sure: [{binary_accuracy: {threshold: 0}}, {binary_crossentropy: {from_logits: true}}]
    size: [mean_squared_error, root_mean_squared_error, mean_absolute_error, cosine_similarity, r2_score]
  xla: XLA
  seed: 5
"""


def drawn(count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """So many examples; the first word of each is one, later ones may be padding."""
    random = np.random.default_rng(seed)
    words = random.integers(0, WORDS, (count, LENGTH)).astype("int32")
    words[:, 0] = random.integers(1, WORDS, count)
    return {
        "words": words,
        "tags": random.integers(0, CLASSES, (count, LENGTH)).astype("int32"),
        "depth": random.normal(size=(count, LENGTH, 1)).astype("float32"),
        "kind": random.integers(0, CLASSES, count).astype("int32"),
        "sure": random.integers(0, 2, (count, 1)).astype("int32"),
        "size": random.normal(size=(count, 2)).astype("float32"),
    }


def split_of(arrays: dict[str, np.ndarray]) -> Split:
    return Split("validation", {"words": arrays["words"]}, {name: arrays[name] for name in arrays if name != "words"})


class Network:
    """A network of five outputs, whose steps go on being compiled ones from split to split."""

    def __init__(self, folder: Path, xla: bool = False) -> None:
        np.savez(folder / "train.npz", **drawn(20))
        self.job: Prepared = prepare(*written_spec(folder, SPEC.replace("XLA", str(xla).lower())))
        self.model, self.learner = learner_of(self.job)
        random = np.random.default_rng(7)
        self.model.set_weights([random.normal(size=weight.shape) for weight in self.model.get_weights()])
        make_ready(self.learner, self.batches(split_of(drawn(2))).gather(np.arange(1)))
        self.stepper = Stepper(self.learner, xla)

    def batches(self, split: Split) -> Batches:
        return Batches(split, {"words": "int32"}, True)

    def figures(self, split: Split, size: int) -> dict[str, float]:
        """What test steps report of a split in batches of this size."""
        batches = self.batches(split)
        steps = -(-split.count // size)
        assert list(self.stepper.test(batches.over(np.arange(split.count), size), steps))[-1] == steps
        return self.stepper.figures()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return Network(tmp_path_factory.mktemp("network"))


def log_of_softmax(scores: np.ndarray) -> np.ndarray:
    scores = scores - scores.max(-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


def smoothed(labels: np.ndarray, logs: np.ndarray) -> float:
    """The mean cross-entropy of labels smoothed by a tenth."""
    wanted = np.eye(CLASSES)[labels] * 0.9 + 0.1 / CLASSES
    return float(-(wanted * logs).sum(-1).mean()) if len(labels) else 0.0


def top_2(labels: np.ndarray, scores: np.ndarray) -> float:
    return float(top_k_accuracy_score(labels, scores, k=2, labels=range(CLASSES)))


def expected(network: Network, arrays: dict[str, np.ndarray]) -> dict[str, float]:
    """Every figure by the predictions of Keras' own model for all examples at once.

    Padding counts neither in losses nor in metrics, nor does class 3 of `kind`, which its loss ignores. Labels are
    smoothed in the losses alone.
    """
    found = {name: np.asarray(value, "float64") for name, value in network.model(arrays["words"]).items()}
    there = arrays["words"] > 0
    tags, chances = arrays["tags"][there], found["tags"][there]
    chances /= chances.sum(-1, keepdims=True)  # scikit-learn asks for more digits than float32 has
    errors = np.abs(arrays["depth"] - found["depth"])[there]
    kind, scores = arrays["kind"], found["kind"]
    known, logs = kind != 3, log_of_softmax(scores[kind != 3])
    sure, logits = arrays["sure"], found["sure"]
    size, sizes = arrays["size"], found["size"]
    answers = 1 / (1 + np.exp(-logits))
    of_known = log_loss(kind[known], np.exp(logs), labels=range(CLASSES)) if known.any() else 0.0
    losses = {
        "tags_loss": smoothed(tags, np.log(chances)),
        "depth_loss": np.where(errors < 1, errors**2 / 2, errors - 0.5).mean(),
        "kind_loss": smoothed(kind[known], logs),
        "sure_loss": float((np.logaddexp(0, logits) - (sure * 0.9 + 0.05) * logits).mean()),
        "size_loss": mean_absolute_error(size, sizes),
    }
    (table,) = (weight for weight in network.model.get_weights() if weight.shape == (WORDS, 6))
    penalty = 0.01 * (table.astype("float64") ** 2).sum() + 0.1 * (sizes**2).sum(-1).mean()
    weights = {"tags_loss": 2.0, "size_loss": 0.25}
    norms = np.linalg.norm(size, axis=-1) * np.linalg.norm(sizes, axis=-1)
    return {
        "loss": sum(loss * weights.get(name, 1.0) for name, loss in losses.items()) + penalty,
        **losses,
        "tags_accuracy": accuracy_score(tags, chances.argmax(-1)),
        "tags_sparse_categorical_crossentropy": log_loss(tags, chances, labels=range(CLASSES)),
        "depth_root_mean_squared_error": np.sqrt((errors**2).mean()),
        "depth_mean_absolute_error": errors.mean(),
        "kind_accuracy": accuracy_score(kind[known], scores[known].argmax(-1)) if known.any() else 0.0,
        "kind_sparse_top_k_categorical_accuracy": top_2(kind[known], scores[known]) if known.any() else 0.0,
        "kind_sparse_categorical_crossentropy": of_known,
        "sure_binary_accuracy": accuracy_score(sure, logits > 0),
        "sure_binary_crossentropy": log_loss(sure, answers, labels=[0, 1]),
        "size_mean_squared_error": mean_squared_error(size, sizes),
        "size_root_mean_squared_error": mean_squared_error(size, sizes) ** 0.5,
        "size_mean_absolute_error": mean_absolute_error(size, sizes),
        "size_cosine_similarity": float(((size * sizes).sum(-1) / norms).mean()),
        **({"size_r2_score": r2_score(size, sizes)} if len(size) > 1 else {}),
    }


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(2, 70), st.integers(1, 40), st.integers(0, 99))
def test_figures_are_means_over_examples_in_batches_of_any_size(
    network: Network, count: int, size: int, seed: int
) -> None:
    arrays = drawn(count, seed)
    assume(clear(network, arrays))
    assert network.figures(split_of(arrays), size) == pytest.approx(expected(network, arrays), rel=2e-4, abs=1e-5)


def clear(network: Network, arrays: dict[str, np.ndarray]) -> bool:
    """Whether no example lies so near to where an answer turns that the size of the batch decides it by a rounding."""
    found = {name: np.asarray(value) for name, value in network.model(arrays["words"]).items()}
    apart = [np.diff(np.sort(found[name], axis=-1), axis=-1).min() for name in ("tags", "kind")]
    return min(*apart, np.abs(found["sure"]).min()) > 1e-6


def test_xla_reports_the_same_and_knows_what_padding_is(tmp_path: Path) -> None:
    compiled, arrays = Network(tmp_path, xla=True), drawn(21, 3)
    assert compiled.figures(split_of(arrays), 8) == pytest.approx(expected(compiled, arrays), rel=2e-4, abs=1e-5)
