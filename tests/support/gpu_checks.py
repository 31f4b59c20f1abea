"""A program for machines with a GPU, which no test sees: what is computed there, held against the processor's.

python -m tests.support.gpu_checks [CHECK ...]

`layers` has every kind of layer compute its output on both, and its gradients twice as a training does, in float32 and
in the mixed precisions; `networks` does so with bundled specs in float32. `trainings` has digits trained twice, and
once in two parts, and compares the weights to the bit; `commands` does with such a run what can be done with runs. A
line with FAILED is not as it should be. NVIDIA_TF32_OVERRIDE=0 keeps float32 from being rounded, which the first two
checks take for granted. Give `trainings` several minutes.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np

NETWORKS = (
    "lenet", "resnet-cifar@20", "textcnn", "signal", "efficientnet-lite", "mobilenet-v2", "mobilenet-v3", "resnext",
    "resnet@18", "densenet@121", "vit", "convnext", "lstm-text", "tcn", "unet", "se-resnet", "squeezenet", "trec",
    "two-inputs", "siamese", "regnet", "mlp-mixer", "googlenet", "xception", "charcnn",
)  # fmt: skip
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
_FAR = {"float32": 1e-4, "mixed_bfloat16": 5e-2, "mixed_float16": 1e-2}
"""How far outputs of GPU and processor may be apart, in parts of the largest."""
_AT_ONCE = 6
"""Programs that share the GPU."""
_SETTINGS = (
    *((f"precision={precision}", f"xla={xla}") for precision, xla in product(PRECISIONS, ("false", "true"))),
    ("precision=auto", "xla=auto", "distribute=auto"),
)
_RUN = "runs/digits-1"
_COMMANDS = (
    ("runs", "show", _RUN),
    ("evaluate", _RUN),
    ("report", _RUN, "--output", "page.html"),
    ("export", _RUN, "--output", "digits.keras"),
    ("export", _RUN, "--output", "saved", "--format", "saved_model"),
    ("reproduce", _RUN),
    ("pack", _RUN),
    ("train", "digits", "--workers", "2"),
    ("train", "digits", "--devices", "1"),
    ("train", "digits", "--seeds", "2"),
)


def layers() -> Iterator[str]:
    """Every kind of layer, as it stands in a network that is trained."""
    import keras

    from cnnspec.backend.model.faster import FASTER
    from tests.support.layer_cases import asked, taking_training

    for precision, case in product(PRECISIONS, asked()):
        keras.config.set_dtype_policy(precision)
        keras.utils.set_random_seed(0)
        model = taking_training(case.layer.build(FASTER, "asked", *case.shapes), case.shapes)
        inputs = _drawn(case.shapes, case.layer.kind in ("embedding", "one_hot"))
        yield f"{precision} {case}: {_compared(model, inputs[0] if len(inputs) == 1 else inputs, precision)}"


def _drawn(shapes: Sequence[tuple[int, ...]], whole: bool) -> list[Any]:
    random = np.random.default_rng(0)
    if whole:
        return [random.integers(0, 10, (4, *shape)).astype("int32") for shape in shapes]
    return [random.normal(size=(4, *shape)).astype("float32") for shape in shapes]


def networks() -> Iterator[str]:
    """Bundled specs on random examples."""
    import keras

    from benchmarks.contender import examples
    from cnnspec import load
    from cnnspec.backend.data.batches import Batches
    from cnnspec.backend.model.build import build_model
    from cnnspec.backend.model.faster import FASTER

    for name in NETWORKS:
        network = load(name)
        dtypes = {each: network.graph.dtypes.get(each, "float32") for each in network.graph.inputs}
        batches = Batches(examples(network.graph, 4), dtypes, network.graph.named_outputs)
        keras.utils.set_random_seed(1)
        model = build_model(network.graph, "network", "float32", FASTER)
        yield f"{name}: {_compared(model, batches.gather(np.arange(4))[0], 'float32')}"
        keras.backend.clear_session()


def _compared(model: Any, inputs: Any, precision: str) -> str:
    """How far the outputs of GPU and processor are apart, and whether what a training computes is the same twice."""
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    takes = isinstance(model, keras.Layer) and getattr(model, "_call_has_training_arg", False)

    def outputs(read: Any, training: bool) -> list[Any]:
        return tf.nest.flatten(model(read, **({"training": training} if takes else {})))

    def apart() -> float | None:
        found = [np.asarray(each, "float64") for each in outputs(inputs, training=False)]
        try:
            with tf.device("/CPU:0"):
                wanted = [np.asarray(each, "float64") for each in outputs(inputs, training=False)]
        except tf.errors.InvalidArgumentError as error:
            if "from device" not in str(error):
                raise
            return None  # where Keras has XLA compute a layer, it reads no variables of another device
        sizes = (max(float(np.max(np.abs(each), initial=0)), 1e-3) for each in wanted)
        differences = (float(np.max(np.abs(one - other), initial=0)) for one, other in zip(found, wanted, strict=True))
        return max(difference / size for difference, size in zip(differences, sizes, strict=True))

    @tf.function
    def learn() -> Any:
        read = tf.nest.map_structure(tf.constant, inputs)
        with tf.GradientTape() as tape:
            tape.watch(real := [each for each in tf.nest.flatten(read) if each.dtype.is_floating])
            found = [tf.cast(each, tf.float32) for each in outputs(read, training=True)]
            loss = sum(tf.reduce_sum(each * tf.sin(tf.cumsum(tf.ones_like(each), -1))) for each in found)
        weights = [each.value for each in getattr(model, "trainable_variables", ())]
        slopes = tape.gradient(loss, [*real, *weights])
        return found, [tf.convert_to_tensor(each) for each in slopes if each is not None]

    try:
        difference, states = apart(), list(getattr(model, "variables", ()))
        before, digests = [each.numpy() for each in states], set[str]()
        for _ in range(2):
            for state, value in zip(states, before, strict=True):
                state.assign(value)
            digests.add(_digest(tf.nest.flatten(learn())))
    except Exception as error:  # whatever a GPU refuses
        return f"FAILED {type(error).__name__}: {str(error)[:600]!r}"
    same = len(digests) == 1
    wrong = "" if same and not (difference or 0.0) > _FAR[precision] else " FAILED"
    far = "not compared" if difference is None else f"{difference:.1e} apart"
    return f"{far}, {'the same' if same else 'not the same'} twice{wrong}"


def _digest(arrays: Sequence[Any]) -> str:
    found = hashlib.sha256()
    for each in arrays:
        found.update(np.ascontiguousarray(each).tobytes())
    return found.hexdigest()[:12]


def trainings() -> Iterator[str]:
    """Digits in each precision, with XLA and without."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        places = [Path(folder) / str(number) for number in range(len(_SETTINGS))]
        for done in as_completed(pool.submit(_trained, *each) for each in zip(_SETTINGS, places, strict=True)):
            yield done.result()


def _trained(settings: Sequence[str], place: Path) -> str:
    """Twice whole, and once in two parts: exit codes, and the weights in a few digits."""
    place.mkdir()
    words = [word for each in (*settings, "optimizer={adamw: 0.003}") for word in ("--set", f"training.{each}")]
    whole, epochs = ("train", "digits", *words, "--set"), "training.epochs=3"
    resumed = ("train", "--resume", "runs/digits-3", "--set", epochs)
    done = [
        _command(place, *each) for each in ((*whole, epochs), (*whole, epochs), (*whole, "training.epochs=1"), resumed)
    ]
    hashes = [_weights(place / "runs" / f"digits-{number}") for number in (1, 2, 3)]
    codes = [each.returncode for each in done]
    fine = not any(codes) and len(set(hashes)) == 1
    return f"{' '.join(settings)}: {codes} {' '.join(hashes)}{'' if fine else f' FAILED {done[0].stderr[-500:]!r}'}"


def _weights(run: Path) -> str:
    """What a run's last weights are, in a few digits."""
    kept = run / "last.keras"
    if not kept.exists():
        return "none"
    with zipfile.ZipFile(kept) as packed, h5py.File(io.BytesIO(packed.read("model.weights.h5")), "r") as file:
        found: dict[str, Any] = {}
        file.visititems(lambda name, each: found.update({name: each[()]} if isinstance(each, h5py.Dataset) else {}))
    return _digest([found[name] for name in sorted(found)])


def commands() -> Iterator[str]:
    """What can be done with a run, with the end of what each command says."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(_AT_ONCE) as pool:
        folder = Path(name)
        yield _said(folder, "train", "digits", "--set", "training.epochs=3")
        for done in as_completed(pool.submit(_said, folder, *words) for words in _COMMANDS):
            yield done.result()


def _said(folder: Path, *words: str) -> str:
    done = _command(folder, *words)
    wrong = " FAILED" if done.returncode else ""
    return f"{' '.join(words)}: {done.returncode}{wrong}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


def _command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cnnspec", *words]
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "layers": layers, "networks": networks, "trainings": trainings, "commands": commands
}  # fmt: skip


def main(asked: Sequence[str]) -> None:
    """The checks, one after the other; each line as soon as it is known."""
    for name in asked or CHECKS:
        for line in CHECKS[name]():
            print(f"{name} {line}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
