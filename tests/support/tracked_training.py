"""A training that trackers follow, in a process of its own, and what these then have.

`python -m tests.support.tracked_training SPEC DIR URI EPOCH` kills itself at the begin of an epoch from 0, once both
trackers have the one before.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import keras
from mlflow.tracking import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from cnnspec import load

Points = dict[str, list[tuple[int, float]]]
"""By name, every epoch with its figure, in the order in which the store has them."""


def board_points(folder: Path) -> Points:
    """What TensorBoard's own reader finds in a folder of events."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {name: [(each.step, each.value) for each in events.Scalars(name)] for name in events.Tags()["scalars"]}


def server_points(client: MlflowClient, run: str) -> Points:
    """What a server of MLflow has of one of its runs."""
    names = client.get_run(run).data.metrics
    return {name: [(each.step, each.value) for each in client.get_metric_history(run, name)] for name in names}


class _Killed(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self, folder: Path, uri: str, epoch: int) -> None:
        super().__init__()
        self._folder, self._client, self._epoch = folder, MlflowClient(uri), epoch

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if epoch < self._epoch:
            return
        while not (self._has(self._of_board()) and self._has(self._of_server())):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)

    def _has(self, points: Points) -> bool:
        return (self._epoch - 1) in dict(points.get("learning_rate", ()))

    def _of_board(self) -> Points:
        return next((board_points(folder) for folder in self._folder.glob("*")), {})

    def _of_server(self) -> Points:
        found = self._client.get_experiment_by_name("small")
        runs = [] if found is None else self._client.search_runs([found.experiment_id])
        return server_points(self._client, runs[0].info.run_id) if runs else {}


if __name__ == "__main__":
    spec, board, server, last = sys.argv[1:]
    killed = _Killed(Path(board), server, int(last))
    load(spec).train(runs=Path(spec).parent / "runs", tensorboard=board, mlflow=server, callbacks=[killed])
