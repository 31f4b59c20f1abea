"""What was wrong when a run began is told again where it is gone on with, evaluated or asked: in a line each."""

from pathlib import Path

import numpy as np

from tests.support.program import run_here

SPEC = """cnnspec: 1
name: small
inputs: {x: [3]}
model: [dense: 4, batch_norm, dense: 1]
data: {source: arrays, train: train.npz}
training: {epochs: 1, batch_size: 8, optimizer: {adam: 0.01}, loss: mse, seed: 1}
"""
NETWORK = "warning[bias-before-norm]: the bias of dense is taken away by the normalisation right after it"
DATA = "warning[unscaled-numbers]: numbers far from standardised reach the first weights: "


def said(folder: Path, *typed: str) -> str:
    """What a command says on standard error."""
    return run_here(*typed, folder=folder).stderr.decode()


def test_a_run_that_goes_on_says_in_brief_what_it_was_warned_of(tmp_path: Path) -> None:
    """Of the network and of the data, with their places and without lines and helps; a dry run says the same."""
    x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32") * 1000
    np.savez(tmp_path / "train.npz", x=x, y=x[:, 0] / 1000)
    (tmp_path / "small.yaml").write_text(SPEC)
    begun = said(tmp_path, "train", "small.yaml")
    assert f"{NETWORK}\n --> small.yaml:4:9\n" in begun and DATA in begun and begun.count("= help: ") == 2
    for dry in (("--dry-run",), ()):
        again = said(tmp_path, "train", "--resume", "small-1", "--set", "training.epochs=2", *dry)
        network, data = again.splitlines()
        assert network == f"{NETWORK} (runs/small-1/spec.yaml:6:4)"
        assert data.startswith(DATA) and data.endswith("(runs/small-1/spec.yaml:4:3)")
    scored = said(tmp_path, "evaluate", "small-1", "--split", "train")
    assert scored == f"{NETWORK} (runs/small-1/spec.yaml:6:4)\n"
