"""Runs written files of code in a process that has no cnnspec, and keeps what their models say.

    python code_child.py FOLDER [NAME ...]

For each `NAME.py` in the folder, `NAME.npz` holds what its model is made of and the paths and shapes of its weights; of
those that are named, also its outputs with drawn weights for drawn inputs. The weights are drawn from their order and
shapes alone, so that a model which has the same ones says the same.
"""

import gc
import json
import runpy
import sys
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np

BATCH = 2


def unfilled() -> Any:
    """What a network is built in whose weights need no numbers of their own, which takes half of the time."""
    return keras.StatelessScope(initialize_variables=False)


def drawn(model: Any) -> list[tuple[Any, Any]]:
    """The weights of a model with drawn numbers; what is like a variance stays above zero."""
    draw, pairs = np.random.default_rng(len(model.weights)), []
    for weight in model.weights:
        values = draw.random(weight.shape, "float32") - np.float32(0.5)
        spread = np.float32(4 / (1 + np.sqrt(np.prod(weight.shape[:-1]))))
        numbers = np.abs(values) + 0.5 if "variance" in weight.path else values * spread
        pairs.append((weight, keras.ops.convert_to_tensor(numbers, weight.dtype)))
    return pairs


def ask(model: Any) -> dict[str, Any]:
    """What a model with drawn weights says to drawn inputs, by output."""
    draw = np.random.default_rng(7)
    given = {}
    for tensor in sorted(model.inputs, key=lambda each: str(each.name)):
        shape = (BATCH, *(size or 6 for size in tensor.shape[1:]))
        whole = "int" in tensor.dtype
        given[tensor.name] = draw.integers(0, 2, shape) if whole else draw.normal(0, 1, shape).astype("float32")
    with keras.StatelessScope(state_mapping=drawn(model), initialize_variables=False):
        said = model(given if len(given) > 1 else next(iter(given.values())), training=False)
    outputs = said if isinstance(said, dict) else {"output": said}
    return {name: np.asarray(keras.ops.convert_to_numpy(output), "float64") for name, output in outputs.items()}


def shapes(model: Any) -> list[str]:
    """The weights in their order, each by its path and shape."""
    return [f"{weight.path} {tuple(weight.shape)}" for weight in model.weights]


def made_of(model: Any) -> str:
    """The layers and operations with their arguments and what they read; operations are called by their places."""
    config = model.get_config()
    text = json.dumps(config, default=str).replace('"step": 1}', '"step": null}')
    for place, layer in enumerate(config["layers"]):
        if layer["module"].startswith("keras.src.ops"):
            name = json.dumps(layer["config"]["name"])
            text = text.replace(f'"name": {name}', f'"name": {place}').replace(f"[{name}, 0", f"[{place}, 0")
    return text


def told(model: Any, asked: bool) -> dict[str, Any]:
    """What is kept of a model."""
    return {"shapes": shapes(model), "name": model.name, "made_of": made_of(model), **(ask(model) if asked else {})}


def main(folder: Path, asked: list[str]) -> None:
    """Run each file; after each the memory is searched for what is left, and not through TensorFlow."""
    gc.freeze()
    for file in sorted(folder.glob("*.py")):
        build = runpy.run_path(str(file), run_name="written")["build_model"]
        with unfilled():
            model = build()
        np.savez(file.with_suffix(".npz"), **told(model, file.stem in asked))
        keras.backend.clear_session()


if __name__ == "__main__":
    cast(dict[str, object], sys.modules)["cnnspec"] = None
    main(Path(sys.argv[1]), sys.argv[2:])
    assert not [name for name in sys.modules if name.startswith("cnnspec.")]
