"""`cnnspec diagram`."""

from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from cnnspec.analysis import analyse
from cnnspec.cli import diagram as command
from cnnspec.cli import summary as summary_command
from cnnspec.cli.summary import TableFormat
from cnnspec.reports.diagram.build import Depth
from cnnspec.reports.diagram.diagram import Style, diagram
from cnnspec.reports.diagram.pdf import as_pdf, as_png
from tests.support.program import FINE, USAGE, WRONG, run


@pytest.mark.parametrize("ending", ["svg", "png", "pdf", "mmd", "dot"])
def test_a_drawing_is_written_in_the_form_of_its_file(ending: str, tmp_path: Path) -> None:
    """Without TensorFlow; twice the same."""
    file = tmp_path / f"net.{ending}"
    for _ in range(2):
        command.diagram("lenet", file, force=True)
        first = file.read_bytes()
    spec, graph = analyse("lenet").require()
    found = diagram(spec.shown, spec.reference, graph)
    if ending in ("svg", "mmd", "dot"):
        said = {"svg": found.svg, "mmd": found.mermaid, "dot": found.dot}[ending]()
        assert first.decode() == said
    elif ending == "png":
        with Image.open(file) as image:
            assert image.size == (ceil(found.drawing().width * 2), ceil(found.drawing().height * 2))
    else:
        document = pypdfium2.PdfDocument(first)
        text = document[0].get_textpage().get_text_bounded()
        assert "lenet" in text and "conv" in text
        assert b"/Helvetica" not in first  # all fonts are in the file, as publishers ask
        document.close()


def test_a_very_long_network_fits_a_page_and_a_picture_that_programs_show() -> None:
    """ResNet-152 with all of its repeats is longer than a page may be."""
    spec, graph = analyse("resnet@152").require()
    drawn = diagram(spec.shown, spec.reference, graph, depth=Depth.layers, unfold=True).drawing()
    assert drawn.height > 14_400
    document = pypdfium2.PdfDocument(as_pdf(drawn))
    assert max(document.get_page_size(0)) <= 14_400
    document.close()
    with Image.open(BytesIO(as_png(drawn))) as image:
        assert max(image.size) <= 10_001


@pytest.mark.parametrize(
    ("output", "options", "said"),
    [
        ("there.svg", {}, "there already"),
        ("nowhere/a.svg", {}, "no folder"),
        ("a.gif", {}, "write -o a.svg"),
        ("a", {}, "write -o a.svg"),
        ("a.mmd", {"style": Style.volumes}, "write -o a.svg"),
        (None, {"style": Style.volumes}, "write -o network.svg"),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_is_done(
    output: str | None,
    options: dict[str, Any],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.svg").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        command.diagram("no such spec", output and Path(output), **options)
    assert ended.value.code == USAGE and said in capsys.readouterr().err
    assert Path("there.svg").read_text() == "mine"


def test_a_spec_with_mistakes_is_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.yaml").write_text("cnnspec: 1\nname: w\ninputs: {x: [4]}\nmodel: [dense: a]\n")
    with pytest.raises(SystemExit) as ended:
        command.diagram("wrong.yaml", Path("a.svg"))
    assert ended.value.code == WRONG and not Path("a.svg").exists()


def test_a_missing_library_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "reportlab" else object())
    with pytest.raises(SystemExit) as ended:
        command.diagram("lenet", tmp_path / "a.pdf")
    assert ended.value.code == USAGE
    told = capsys.readouterr().err
    assert "reportlab" in told and "pip install 'cnnspec[diagram]'" in told


def test_a_summary_is_a_page_with_the_diagram_beside_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Printed, or written; several networks stand on one page."""
    monkeypatch.chdir(tmp_path)
    summary_command.summary(["lenet", "unet"], html=True, output=Path("a.html"))
    page = Path("a.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2 and page.count("<table") == 1
    spec, graph = analyse("unet").require()
    assert diagram(spec.shown, spec.reference, graph).svg().rstrip() in page
    capsys.readouterr()
    summary_command.summary(["lenet"], html=True)
    assert capsys.readouterr().out.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"output": Path("a.html")}, "--html"),
        ({"html": True, "format": TableFormat.json}, "leave out one"),
        ({"html": True, "output": Path("a.txt")}, "a.html"),
        ({"html": True, "output": Path("no/a.html")}, "no folder"),
    ],
)
def test_a_page_that_cannot_be_is_refused(
    options: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        summary_command.summary(["lenet"], **options)
    assert ended.value.code == USAGE
    assert said in capsys.readouterr().err


def test_without_a_file_it_is_drawn_in_the_terminal(tmp_path: Path) -> None:
    done = run("diagram", "unet", folder=tmp_path)
    assert done.returncode == FINE
    assert max(map(len, done.stdout.decode().splitlines())) <= 80
