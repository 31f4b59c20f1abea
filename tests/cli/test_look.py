"""What `cnnspec look` refuses before it starts anything."""

from pathlib import Path

import pytest

from tests.support.program import USAGE, run_here


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["runs/mine"], "nothing is given to look at"),
        (["runs/mine", "--maps", "conv1"], "nothing is given to look at"),
        (["runs/mine", "--kernels"], "write -o kernels.png"),
        (["runs/mine", "a.png", "--maps", "conv1"], "write -o maps.png"),
        (["runs/mine", "a.png", "-o", "look.svg"], "write -o look.png"),
        (["runs/mine", "a.png", "-o", "look"], "ends in none of .png, .html"),
        (["runs/mine", "a.png", "-o", "there.png"], "--force"),
        (["runs/mine", "a.png", "-o", "nowhere/look.png"], "there is no folder nowhere"),
        (["runs/mine", "a.png", "--steps", "1"], "--steps"),
        (["runs/mine", "a.png", "--baseline", "black"], "--baseline"),
        (["runs/mine", "a.png", "--baseline", "nan"], "write --baseline 0"),
        (["runs/mine", "a.png", "--baseline", "inf"], "write --baseline 0"),
    ],
    ids=str,
)
def test_wrong_usage_is_told_before_anything_is_done(words: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "there.png").write_text("mine")
    done = run_here("look", *words, folder=tmp_path)
    assert done.returncode == USAGE and told in done.stderr.decode(), done.stderr
    assert (tmp_path / "there.png").read_text() == "mine" and not done.stdout
