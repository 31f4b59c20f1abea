"""`cnnspec code`: where it writes, and what it says when it cannot."""

from pathlib import Path

import pytest

from cnnspec.cli.app import carried_out
from tests.support.program import FINE, USAGE, WRONG

SMALL = "cnnspec: 1\nname: small\ninputs: {x: [4]}\nmodel: [dense: 2]\n"


def ended(*words: str) -> int:
    """The exit code of a command."""
    try:
        return carried_out(["code", *words])
    except SystemExit as end:
        return int(str(end.code))


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec."""
    (tmp_path / "small.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_file_the_code_is_printed(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("small.yaml") == FINE
    printed = capsys.readouterr().out
    assert ended("small.yaml", "-o", "small.py") == FINE
    assert (small / "small.py").read_text() == printed
    compile(printed, "small.py", "exec")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("small.yaml", "-o", "nowhere/small.py"), USAGE, "there is no folder nowhere for small.py"),
        (("small.yaml", "-o", "there.py"), USAGE, "there.py is there already"),
        (("small.yaml", "-o", "small.txt"), USAGE, "small.txt does not end in .py"),
        (("small.yaml", "-o", "signal.py"), USAGE, "signal.py would hide Python's module signal"),
        (("small.yaml", "-o", "./keras.py", "--force"), USAGE, "write -o keras_model.py"),
        (("small.yaml", "-o", "numpy.py"), USAGE, "write -o numpy_model.py"),
        (("small.yaml", "--set", "model.0.dense=0"), WRONG, "units is 0"),
        (("nothing.yaml",), WRONG, "nothing.yaml"),
        (("small.yaml", "--training"), WRONG, "small.yaml has no data"),
    ],
)
def test_what_cannot_be_written_is_told(
    small: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    """And nothing is written, nor replaced."""
    (small / "there.py").write_text("mine")
    assert ended(*words) == code
    shown = capsys.readouterr()
    assert said in shown.err and not shown.out
    assert (small / "there.py").read_text() == "mine"
    assert sorted(path.name for path in small.iterdir()) == ["small.yaml", "there.py"]
