"""Trainings of sequences: recurrent layers and attention, behind padding that is masked."""

from pathlib import Path

import numpy as np

from cnnspec.backend.prepared import prepare
from cnnspec.backend.train import resume, train
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from tests.support.run_endings import ending
from tests.support.small_loops import agree, fitted, same_weights, trained
from tests.support.small_runs import written_spec
from tests.support.spec_texts import read

STEPS = 5
SEQUENCES = """
inputs: {{tokens: {{shape: [7], dtype: int32}}}}
model:
  embed: [embedding: {{input_dim: 12, output_dim: 6, mask_zero: true}}, position_embedding, class_token]
  body:
    - residual: [multi_head_attention: {{num_heads: 2, key_dim: 3, dropout: {rate}}}, stochastic_depth: {rate}]
    - lstm: {{units: 4, bidirectional: concat, return_sequences: true, dropout: {rate}, recurrent_dropout: {rate}}}
    - gru: {{units: 4, dropout: {rate}, recurrent_dropout: {rate}}}
  head: [dense: {{units: 3, activation: softmax}}]
data: {{source: arrays, train: train.npz{validation}}}
training:
  epochs: {epochs}
  batch_size: 8
  loss: auto
  metrics: [accuracy]
  seed: 3
  optimizer: {{{optimizer}}}
  checkpoint: {{keep: 9}}
"""


def sequences(folder: Path, **written: object) -> tuple[Spec, Graph]:
    """A spec with 36 sequences to train, of 2 to 7 words before zeros; the class is that of the commonest word."""
    random = np.random.default_rng(0)
    for split, count in {"train": 36, "validation": 12}.items():
        classes = random.integers(0, 3, count)
        lengths = random.integers(2, 8, (count, 1))
        words = np.where(random.random((count, 7)) < 0.6, classes[:, None] + 1, random.integers(4, 12, (count, 7)))
        padded = np.where(np.arange(7) < lengths, words, 0)
        np.savez(folder / f"{split}.npz", x=padded.astype("int32"), y=classes)
    return written_spec(folder, SEQUENCES.format(**written))


def test_what_is_drawn_within_cells_heads_and_depth_goes_on_to_the_bit(tmp_path: Path) -> None:
    """A run that was killed after its first epoch ends as the one that was not."""
    spec, graph = sequences(tmp_path, rate=0.3, epochs=2, optimizer="adam: 0.01", validation="")
    run = RunFolder(Path(train(spec, graph, runs_dir=tmp_path / "runs").run))
    last = max(run.checkpoints.iterdir())
    wanted = ending(run)
    assert int(last.stem) == 2 * STEPS
    run.result.unlink()
    last.unlink()
    resume(run, *read(locate(str(run.spec), print)), data_root=tmp_path)
    assert ending(run) == wanted


def test_the_loop_equals_fit_over_masked_sequences(tmp_path: Path) -> None:
    """Losses, metrics and weights, with nothing drawn, in twenty steps and with a partial last batch.

    The gradient of a key's bias is 0 but for rounding, which Adam would make steps of: it is not used.
    """
    sgd = "sgd: {learning_rate: 0.05, momentum: 0.9}"
    spec = sequences(tmp_path, rate=0.0, epochs=4, optimizer=sgd, validation=", validation: validation.npz")
    job = prepare(*spec)
    (ours, epochs), (theirs, history) = trained(job), fitted(job)
    assert len(epochs) == 4 and epochs[-1].figures["loss"] < epochs[0].figures["loss"]
    agree(epochs, history)
    same_weights(ours, theirs)
