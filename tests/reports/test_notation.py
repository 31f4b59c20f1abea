"""The notation: what folds, and what it looks like in any width."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnspec.reports.bracketing import fold
from cnnspec.reports.draw import draw
from cnnspec.reports.line_breaks import wrap
from cnnspec.reports.notation import Beside, Bracket, Line, Piece, Pieces, in_words

texts = st.sampled_from(["3×3, 64", "1×1, 256", "3×3 max pool", "batch norm, relu", "512 × 1000", "日本語 層"])
lines = st.builds(Line, texts, st.sampled_from(["", "2", "2×1"]), st.sampled_from(["", "dilation 2"]))


def _inner(children: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
    pieces = st.lists(children, min_size=1, max_size=4).map(tuple)
    brackets = st.builds(Bracket, pieces, st.integers(1, 12), st.booleans())
    branches = st.lists(st.lists(children, max_size=3).map(tuple), min_size=1, max_size=4).map(tuple)
    return brackets | st.builds(Beside, branches, st.sampled_from(["concat", "multiply", "add of 32 alike"]))


structures = st.lists(st.recursive(lines, _inner, max_leaves=12), max_size=6).map(tuple)


def unfolded(pieces: Pieces) -> list[object]:
    """The layers in the order they run, strides aside."""
    return [layer for piece in pieces for layer in _unfolded(piece)]


def _unfolded(piece: Piece) -> list[object]:
    if isinstance(piece, Line):
        return [(piece.text, piece.tail)]
    if isinstance(piece, Bracket):
        return unfolded(piece.pieces) * piece.times
    return [tuple(map(str, unfolded(branch))) for branch in piece.branches]


@settings(deadline=None)
@given(structures, st.integers(1, 120))
def test_no_line_is_wider_than_asked(pieces: Pieces, width: int) -> None:
    assert all(cell_len(line) <= max(width, 2) for line in draw(pieces, width))


@given(structures, st.booleans())
def test_folding_loses_no_layer(pieces: Pieces, within: bool) -> None:
    assert unfolded(fold(pieces, within)) == unfolded(pieces)


@given(structures)
def test_folding_twice_changes_nothing_more(pieces: Pieces) -> None:
    assert fold(fold(pieces)) == fold(pieces)


def test_a_bracket_of_two_has_its_repeat_on_the_last_line() -> None:
    pieces = (Bracket((Line("3×3, 64"), Line("3×3, 128")), 2),)
    assert draw(pieces) == ["⎡3×3, 64 ⎤", "⎣3×3, 128⎦ × 2"]


def test_a_bracket_of_three_has_its_repeat_in_the_middle() -> None:
    pieces = (Bracket((Line("1×1, 64"), Line("3×3, 64"), Line("1×1, 256")), 3),)
    assert draw(pieces) == ["⎡1×1, 64 ⎤", "⎢3×3, 64 ⎥ × 3", "⎣1×1, 256⎦"]


def test_lines_of_which_the_first_has_another_stride_fold_and_say_both() -> None:
    assert in_words(fold((Line("3×3, 64", "2"), Line("3×3, 64"), Line("3×3, 64")))) == [
        "[3×3, 64, stride 2 then 1] × 3"
    ]


def test_lines_of_one_stride_fold_and_show_it() -> None:
    assert in_words(fold((Line("3×3, 64", "2"), Line("3×3, 64", "2")))) == ["[3×3, 64, stride 2] × 2"]


def test_a_block_with_a_shortcut_does_not_fold_with_one_without() -> None:
    assert len(fold((Bracket((Line("3×3, 64"),), skip=True), Bracket((Line("3×3, 64"),))))) == 2


def test_a_block_that_stands_alone_without_shortcut_has_no_bracket() -> None:
    assert fold((Bracket((Line("3×3, 64"), Line("1×1, 64"))),)) == (Line("3×3, 64"), Line("1×1, 64"))


def test_few_equal_lines_stay_open_inside_a_bracket_and_many_fold() -> None:
    assert fold((Line("3×3, 64"),) * 3, within=True) == (Line("3×3, 64"),) * 3
    assert fold((Line("3×3, 64"),) * 4, within=True) == (Bracket((Line("3×3, 64"),), 4),)


def test_branches_stand_side_by_side_where_they_fit_and_one_under_the_other_where_not() -> None:
    pieces = (Beside(((Line("1×1, 64"),), (Line("1×1, 96"), Line("3×3, 128")), ()), "concat"),)
    assert draw(pieces, 80) == ["1×1, 64 │ 1×1, 96  │ identity", "        │ 3×3, 128 │", "└ concat"]
    assert draw(pieces, 16) == ["┌ 1×1, 64", "├ 1×1, 96", "│ 3×3, 128", "├ identity", "└ concat"]


def test_text_breaks_between_words_and_never_within_a_number() -> None:
    assert wrap("1.81G multiply-adds of 11,689,512", 14) == ["1.81G", "multiply-adds", "of 11,689,512"]
    assert wrap("conv3_x.basic1.conv2", 8) == ["conv3_x.", "basic1.", "conv2"]


@given(st.text(max_size=60), st.integers(2, 30))
def test_wrapping_keeps_every_visible_character(text: str, width: int) -> None:
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())
