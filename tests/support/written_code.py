"""Written files of code: for which specs, and how they are run in a process without cnnspec."""

import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.analysis import analyse
from cnnspec.backend.model.build import build_model
from cnnspec.reports.code.program import keras_code
from tests.support.code_child import told, unfilled

_DEPTHS = "vars.depths=[1, 2, 1, 1]"
_BLOCKS = ("vars.depths=[1, 2, 1, 1, 2, 1, 1]",)
_REPEATS = [f"model.{block}.0.{block}.repeat=2" for block in ("block35", "block17", "block8")]
_SMALL: Mapping[str, Sequence[str]] = {
    "alexnet": ["vars.size=64"],
    "charcnn": ["vars.units=32", "vars.filters=32"],
    "convnext": [_DEPTHS, "vars.filters=[8, 16, 24, 32]"],
    "densenet": ["vars.depths=[2, 1, 1, 2]"],
    "efficientnet": ["vars.depth=0.4"],
    "efficientnet-lite": _BLOCKS,
    "efficientnet-v2": ["vars.depth=0.3"],
    "finetune": _BLOCKS,
    "googlenet-auxiliary": ["vars.size=128"],
    "inception-resnet-v2": [
        "vars.size=96",
        *(f"model.{each}.0.{each}.repeat=2" for each in ("block35", "block17", "block8")),
    ],
    "inception-v3": ["vars.size=96"],
    "lstm-text": ["vars.length=6", "vars.units=16"],
    "mlp-mixer": ["vars.depth=2", "vars.size=32", "vars.width=32", "vars.wide=64"],
    "mobilenet": ["model.stage4.0.pair.repeat=2"],
    "nasnet": ["vars.cells=2"],
    "regnet": [_DEPTHS],
    "resnet": [_DEPTHS],
    "resnet-keras": [_DEPTHS],
    "resnet-v2": ["vars.depths=[2, 3, 2, 2]"],
    "resnext": [_DEPTHS, "vars.groups=4"],
    "se-resnet": [_DEPTHS],
    "siamese": ["vars.units=64", "vars.size=105"],
    "unet": ["vars.filters=8"],
    "vgg": ["vars.size=32", "vars.depths=[2, 2, 1, 1, 1]"],
    "vit": ["vars.depth=2", "vars.width=48", "vars.heads=3", "vars.size=32"],
    "wide-resnet": [_DEPTHS, "vars.width=1"],
    "xception": ["vars.size=72"],
}
"""What makes a bundled spec cheap to run, with every kind of part that it has."""

WORDS = ("shapes", "name", "made_of")
"""What is told of a model beside its outputs."""


def small(name: str) -> list[str]:
    """The settings that make a bundled spec cheap."""
    settings = list(_SMALL.get(name, []))
    spec, _ = analyse(name).require()
    has_size = "size" in spec.variables.raw
    return settings if any("size" in each for each in settings) or not has_size else [*settings, "vars.size=64"]


def write_all(
    cases: Mapping[str, tuple[str, Sequence[str]]], folder: Path, asked: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Write the code of each case into the folder; what cnnspec's own models are, and say where they are asked."""
    said = {}
    for case, (spec, settings) in cases.items():
        read, graph = analyse(spec, settings).require()
        (folder / f"{case}.py").write_text(str(keras_code(read, graph)), encoding="utf-8")
        with unfilled():
            model = build_model(graph, read.name)
        said[case] = told(model, case in asked)
    return said


def run_all(folder: Path, asked: Collection[str]) -> None:
    """Run the files of a folder in one process that finds no cnnspec, and ask the models of these."""
    child = Path(__file__).with_name("code_child.py")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(child), str(folder), *asked]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def read_back(folder: Path, case: str) -> dict[str, Any]:
    """What the file of a case said when it was run."""
    with np.load(folder / f"{case}.npz") as kept:
        return {name: kept[name] for name in kept.files}
