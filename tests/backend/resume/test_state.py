"""The state of a training goes on in another process, with the figures of the epoch that it is in."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.backend.objective.callbacks import Best
from cnnspec.backend.prepared import Prepared, prepare
from cnnspec.backend.resume.state import State, TrainingState, packed
from cnnspec.backend.steps.stepper import Stepper, make_ready
from cnnspec.source.diagnostic import Rejected
from tests.support.small_loops import batches_of, learner_of
from tests.support.small_runs import two_outputs

STEPS, BEFORE = 5, 3


def job_of(folder: Path, loss: str) -> Prepared:
    """36 examples, the last batch of 4."""
    measured = "metrics: {kind: [accuracy], size: [mean_absolute_error]}"
    return prepare(
        *two_outputs(folder, f"batch_size: 8, loss: {loss}, loss_weights: {{size: 0.5}}, {measured}", train=36)
    )


class Process:
    """A network with the steps of an epoch, as a process has it."""

    def __init__(self, job: Prepared) -> None:
        train = batches_of(job, job.dataset.train)
        assert train is not None
        self._train, self.learner = train, learner_of(job)[1]
        make_ready(self.learner, train.gather(np.arange(1)))
        self.stepper, self.state = Stepper(self.learner), TrainingState(self.learner, (), Best("loss", "min"))

    def step(self, start: int, steps: int) -> dict[str, float]:
        """Do the steps up to this one; the figures since the epoch began."""
        batches = self._train.over(np.arange(36), 8, skipped=start)
        assert list(self.stepper.train(batches, steps, start))[-1] == steps
        return self.stepper.figures()


def as_kept_before(state: State, figures: dict[str, float], learner: Any) -> State:
    """The state as versions kept it whose losses were Keras' means: of outputs over batches, behind the metrics."""
    pieces = {piece.name: piece for piece in state.pieces if not piece.name.startswith("losses.")}
    outputs = [name for name in figures if name in ("kind_loss", "size_loss")]
    means = {0: (figures["loss"], 8.0 * BEFORE)}
    first = len(learner.metrics_variables)
    means |= {first + 2 * at: (figures[name], float(BEFORE)) for at, name in enumerate(outputs)}
    for place, (mean, count) in means.items():
        for number, (name, value) in enumerate({"total": mean * count, "count": count}.items(), place):
            piece = packed(f"metrics.{number}.{name}", np.float32(value))
            pieces[piece.name] = piece
    return replace(state, pieces=tuple(pieces.values()))


@pytest.mark.parametrize("loss", ["auto", "{kind: auto}"])
def test_figures_go_on_in_the_middle_of_an_epoch(tmp_path: Path, loss: str) -> None:
    """They are those of an epoch that nobody interrupted, and so they are from what older versions kept."""
    job = job_of(tmp_path, loss)
    first = Process(job)
    figures = first.step(0, BEFORE)
    state = first.state.collect()
    whole = first.step(BEFORE, STEPS)
    for held in (state, as_kept_before(state, figures, first.learner)):
        second = Process(job)
        second.state.restore(held)
        assert second.stepper.figures() == pytest.approx(figures, rel=1e-6)
        assert second.step(BEFORE, STEPS) == pytest.approx(whole, rel=1e-6)


def test_a_state_without_any_figures_is_of_another_training(tmp_path: Path) -> None:
    process = Process(job_of(tmp_path, "auto"))
    state = process.state.collect()
    pieces = tuple(each for each in state.pieces if not each.name.startswith(("losses.", "metrics.")))
    with pytest.raises(Rejected, match="the checkpoint holds nothing for metrics"):
        process.state.restore(replace(state, pieces=pieces))
