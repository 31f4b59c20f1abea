"""A sweep of 20 trials over two processes, each killed twice: `python -m tests.support.killed_sweep [FOLDER]`.

No finished trial may be lost or trained again, nothing may be trained twice, and each trial's weights must be those of
a training alone with its values, to the bit.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

import cnnspec
from cnnspec.results.sweep import Trial
from tests.support.program import run
from tests.support.sweeps import OVER, epochs, finished, killed, place, started

TRIALS, PROCESSES, KILLS, EPOCHS = 20, 2, 2, 3


def main() -> None:
    """Sweep, kill, go on, and hold what came of it against trainings alone."""
    folder = place(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()))
    draw, begun = random.Random(0), time.monotonic()
    words = ("--trials", str(TRIALS))
    kept: dict[int, float] = {}
    for number in range(1, KILLS + 1):
        processes = [started(folder, *words) for _ in range(PROCESSES)]
        for process in processes:
            killed(folder, process, number * TRIALS + draw.randrange(4))
        now = finished(folder)
        assert kept.items() <= now.items(), f"lost: {kept} {now}"
        kept = now
        print(f"killed both processes, {len(kept)} trials finished, {epochs(folder)} epochs done", flush=True)
    outputs = [process.communicate()[0] for process in [started(folder, *words) for _ in range(PROCESSES)]]
    now = finished(folder)
    assert kept.items() <= now.items() and len(now) == TRIALS, (kept, now, outputs)
    seconds = time.monotonic() - begun
    runs = sorted(path.parent for path in folder.glob("runs/*/spec.yaml"))
    assert len(runs) == TRIALS, runs
    assert epochs(folder) == TRIALS * EPOCHS
    assert len({(run / "series.json").read_text() for run in runs}) == TRIALS
    found = cnnspec.sweep(folder / "small.yaml", dict(_over()), trials=TRIALS, runs=folder / "runs")
    alike = sum(_as_alone(folder, trial) for trial in found.trials)
    assert alike == TRIALS, f"{TRIALS - alike} trials differ from trainings alone"
    print(f"{TRIALS} trials over {PROCESSES} processes, killed {KILLS} times: none lost, none trained twice,")
    print(f"{alike} of {TRIALS} to the bit as alone; {seconds:.0f} s")


def _over() -> list[tuple[str, str | list[object]]]:
    pairs = [each.partition("=") for each in OVER]
    return [(path, [2, 4, 8] if text.startswith("[") else text) for path, _, text in pairs]


def _as_alone(folder: Path, trial: Trial) -> bool:
    """Whether a trial's weights are those of `cnnspec train` with its values, in a process of its own."""
    words = [word for path, text in trial.values.items() for word in ("--set", f"{path}={text}")]
    runs = f"alone-{trial.number}"
    done = run("train", "small.yaml", "--runs", runs, *words, "--set", "training.seed=5", folder=folder)
    assert done.returncode == 0, done.stderr
    paths = (folder / runs / "small-1", Path(trial.members[0].run))
    ones, others = (keras.saving.load_model(path / "last.keras").get_weights() for path in paths)
    return all(np.array_equal(one, other) for one, other in zip(ones, others, strict=True))


if __name__ == "__main__":
    main()
