"""How soon `cnnspec predict` answers beside importing Keras; how fast it goes on beside the network alone, and Keras.

Run: python benchmarks/predict.py [rounds]

Answers are lines of JSON in a pipe: the first one is waited for, and of the rest the rate is told. The network alone is
the file of its weights, opened by Keras and recorded as a function, over the same batches, which lie in memory. Beside
it stands what people would write, `model.predict` of the whole array, which takes 32 examples at a time. All take
turns. Bytecode is cached, as an installed package has it; the first round counts for nothing.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from startup import bytecode, seconds

KERAS = ("-c", "import keras")
BATCH, FIRST, WARMING = 64, 1, 10
"""Examples in a batch, as `predict` has them; batches that count for nothing."""
ALONE = f"""
import sys, time
import keras, numpy as np, tensorflow as tf
model, x = keras.models.load_model(sys.argv[1], compile=False), np.load(sys.argv[2])
call = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True, autograph=False)
batches = [x[at:at + {BATCH}] for at in range(0, len(x), {BATCH})]
for batch in batches[:{WARMING}]:
    call(tf.cast(batch, "float32")).numpy()
started = time.perf_counter()
for batch in batches:
    call(tf.cast(batch, "float32")).numpy()
print(len(x) / (time.perf_counter() - started))
"""
BY_KERAS = f"""
import sys, time
import keras, numpy as np
model, x = keras.models.load_model(sys.argv[1], compile=False), np.load(sys.argv[2])
model.predict(x[:{BATCH * WARMING}], verbose=0)
started = time.perf_counter()
model.predict(x, verbose=0)
print(len(x) / (time.perf_counter() - started))
"""
RUNS: Mapping[str, tuple[str, ...]] = {
    "digits": ("digits", "--set", "training.epochs=1"),
    "resnet-cifar@20": (
        "resnet-cifar@20",
        *("--data-root", ".", "--set", "data={source: arrays, train: few.npz}"),
        *("--set", "training.epochs=1", "--set", "training.checkpoint.best=loss", "--set", "training.optimizer=sgd"),
    ),
}
"""What is trained, hardly at all: how good its answers are is no matter here."""
COUNTS = {"digits": 60_000, "resnet-cifar@20": 6_000}


def prepared(folder: Path, environment: Mapping[str, str]) -> None:
    """Runs of the networks in a folder, and what they are to predict: arrays, and of one the same as files."""
    draw = np.random.default_rng(0)
    shapes = {"digits": (8, 8, 1), "resnet-cifar@20": (32, 32, 3)}
    np.savez(folder / "few.npz", x=draw.integers(0, 256, (128, 32, 32, 3), np.uint8), y=np.arange(128) % 10)
    for name, words in RUNS.items():
        most = 16 if name == "digits" else 255
        pictures = draw.integers(0, most + 1, (COUNTS[name], *shapes[name]), np.uint8)
        np.save(folder / f"{name}.npy", pictures)
        np.save(folder / f"{name}-one.npy", pictures[:FIRST])
        command = [sys.executable, "-m", "cnnspec", "train", *words, "--runs", f"runs-{name}"]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    (folder / "files").mkdir()
    for number, picture in enumerate(np.load(folder / "resnet-cifar@20.npy")):
        Image.fromarray(picture).save(folder / "files" / f"{number:05}.png")


def streamed(folder: Path, run: str, given: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds until the first answer, and answers a second after those that come with it."""
    command = [sys.executable, "-m", "cnnspec", "predict", run, given, "--format", "jsonl"]
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        chunks = [(process.stdout.readline(), time.perf_counter())]
        while chunk := process.stdout.read1(1 << 20):
            chunks.append((chunk, time.perf_counter()))
    later = [(chunk.count(b"\n"), at) for chunk, at in chunks[1 + WARMING :]] or [(0, 1.0)]
    counted, took = sum(lines for lines, _ in later[1:]), later[-1][1] - later[0][1]
    return chunks[0][1] - started, counted / took if took else 0.0


def beside(program: str, folder: Path, name: str, environment: Mapping[str, str]) -> float:
    """Examples a second of a program that knows neither files nor answers, but the network and its array alone."""
    (weights,) = folder.glob(f"runs-{name}/*/best.keras")
    command = [sys.executable, "-c", program, str(weights), f"{name}.npy"]
    return float(subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stdout)


def show(titles: Sequence[str], measured: Callable[[], tuple[float, ...]], rounds: int, unit: str) -> None:
    """A figure with its ratio to each of those beside it: medians over the rounds."""
    taken = [measured() for _ in range(rounds + 1)][1:]
    mine = statistics.median(figures[0] for figures in taken)
    for place, title in enumerate(titles, 1):
        other = statistics.median(figures[place] for figures in taken)
        ratio = statistics.median(figures[0] / figures[place] for figures in taken)
        print(f"{title:44} {mine:10,.{2 if unit == 's' else 0}f} {unit:4} {ratio:6.2f} times {other:,.2f}", flush=True)


def main(rounds: int) -> None:
    """The first answers, then the rates."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, environment = Path(temporary), bytecode(str(Path(temporary) / "bytecode"))
        prepared(folder, environment)
        runs = {name: str(next(folder.glob(f"runs-{name}/*"))) for name in RUNS}
        for name, run in runs.items():
            show(
                [f"{name}: the first answer, beside Keras"],
                lambda name=name, run=run: (
                    streamed(folder, run, f"{name}-one.npy", environment)[0],
                    seconds(KERAS, environment),
                ),
                rounds,
                "s",
            )
        given = [("digits", "digits.npy"), ("resnet-cifar@20", "resnet-cifar@20.npy"), ("resnet-cifar@20", "files")]
        for name, what in given:
            show(
                [f"{what}: answers, beside {other}" for other in ("the network alone", "Keras' predict")],
                lambda name=name, what=what: (
                    streamed(folder, runs[name], what, environment)[1],
                    beside(ALONE, folder, name, environment),
                    beside(BY_KERAS, folder, name, environment),
                ),
                rounds,
                "/s",
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
