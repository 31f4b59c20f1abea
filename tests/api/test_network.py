"""cnnspec from Python."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnspec
from cnnspec.cli.app import carried_out

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
    assert (network.name, network.params) == ("resnet@50", network.summary().params)


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
    listed = done.stdout.split()
    assert {name for name in listed if not name.startswith("__")} == set(cnnspec.__all__)
    assert "__version__" in listed


@pytest.mark.parametrize("name", cnnspec.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(cnnspec, name).__doc__


def test_what_is_not_public_is_no_attribute() -> None:
    assert not hasattr(cnnspec, "analyse")


def test_the_text_of_a_summary_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Of one network, of its layers, of several beside each other."""
    for arguments, value in (
        (["resnet@18"], cnnspec.load("resnet@18").summary()),
        (["digits", "--layers"], cnnspec.load("digits").summary(layers=True)),
        (["mobilenet-v2", "--expand"], cnnspec.summary("mobilenet-v2", expand=True)),
        (["resnet@18", "resnet@50"], cnnspec.summary("resnet@18", "resnet@50")),
    ):
        assert carried_out(["summary", *arguments]) == 0
        printed = capsys.readouterr().out
        assert str(value) == printed.rstrip("\n")
        assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize("format", ["markdown", "latex", "csv", "json"])
def test_a_summary_is_written_in_every_format_of_the_command(format: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert carried_out(["summary", "digits", "--format", format]) == 0
    assert cnnspec.load("digits").summary().to(format).rstrip("\r\n") == capsys.readouterr().out.rstrip("\r\n")


def test_settings_are_laid_over_a_spec_whatever_their_type_and_by_their_older_name_too() -> None:
    network = cnnspec.load("resnet", set={"vars.classes": np.int64(7), "name": "mine"})
    assert network.name == "mine@18" and network.summary().output == (7,)
    assert cnnspec.load("resnet", settings={"vars.classes": 7}).summary().output == (7,)
    with pytest.raises(TypeError, match=r"set: vars.classes takes what YAML has"):
        cnnspec.load("resnet", set={"vars.classes": object()})


def test_all_mistakes_are_a_value_that_shows_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT.replace("dense: 3", "densee: 3") + "traning: {}\n")
    found = cnnspec.validate(path, "digits")
    assert [each.code for each in found] == ["unknown-layer", "unknown-key"] and len(found) == 2
    assert not found.ok and found.errors == found.diagnostics and found.warnings == ()
    assert "  - densee: 3" in str(found) and str(found).endswith("2 errors in 1 file")
    assert "unknown-layer" in found.to("json")
    assert str(cnnspec.load("digits").validate()) == "fine"


def test_warnings_are_mistakes_only_to_who_is_strict(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT.replace("dense: 3", "dense: {units: 3, norm: batch, use_bias: true}"))
    network = cnnspec.load(path)
    assert network.validate().ok and not network.validate(strict=True).ok
    assert [each.code for each in network.warnings] == ["bias-before-norm"]


def test_a_notebook_shows_a_network_as_its_table_and_markup_in_a_name_is_text(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT.replace("  - dense: 3", "  <script>alert(1)</script>: [dense: 3]"))
    bundle = cnnspec.load(path)._repr_mimebundle_()
    assert bundle["text/plain"] == str(cnnspec.load(path).summary())
    assert "<table" in bundle["text/html"] and "&lt;script&gt;" in bundle["text/html"]
    assert "<script" not in bundle["text/html"] and "data:image/svg+xml;base64," in bundle["text/html"]
