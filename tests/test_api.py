"""cnnspec from Python."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cnnspec

TEXT = "cnnspec: 1\nname: small\ninputs: {x: [4]}\nmodel:\n  - dense: 3\n"


def test_a_spec_is_loaded_by_its_path_as_text_or_as_a_path(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT)
    assert cnnspec.load(path).graph == cnnspec.load(str(path)).graph


@pytest.mark.parametrize("wrong", [3, None, b"resnet", ["resnet"]])
def test_what_is_no_path_is_named_in_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=rf"path or bundled name, not {type(wrong).__name__}"):
        cnnspec.load(wrong)


def test_a_network_and_its_summary_are_shown_in_a_few_words() -> None:
    network = cnnspec.load("resnet@50")
    assert repr(network) == "<Network resnet@50: 25,610,152 parameters>"
    assert repr(network.summary()) == "<Summary resnet@50: 8 stages, 25,610,152 parameters>"


def test_every_mistake_is_told_with_its_help(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT.replace("dense: 3", "densee: 3") + "traning: {}\n")
    with pytest.raises(cnnspec.Rejected) as rejected:
        cnnspec.load(path)
    lines = str(rejected.value).splitlines()
    assert len(rejected.value.diagnostics) == 2
    assert lines[0].startswith(f"{path}:5:5: ") and lines[1] == "  help: write dense"
    assert lines[2].startswith(f"{path}:6:1: ") and lines[3] == "  help: write training"


def test_the_package_lists_what_it_offers_before_it_is_imported() -> None:
    program = "import cnnspec, sys; print(*dir(cnnspec)); assert 'cnnspec.api' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert {"load", "Network", "Rejected", "__version__"} <= set(done.stdout.split())
