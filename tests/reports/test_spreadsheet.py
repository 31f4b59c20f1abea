"""What cells of CSV hold is text to a spreadsheet, and reads back."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cnnspec.reports.safe import shown
from cnnspec.reports.spreadsheet import cell

FORMULAS = st.builds(
    "{}{}{}".format, st.sampled_from(["", "'", "''"]), st.sampled_from("=+-@＝a1"), st.text(max_size=6)
)


@given(FORMULAS)
def test_no_cell_of_csv_is_computed_by_a_spreadsheet_and_each_reads_back(text: str) -> None:
    """A spreadsheet computes what begins with one of four signs; numbers are left as they are."""
    written = cell(text)
    number = re.fullmatch(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", written)
    assert number or len(written) == 1 or written[:1] not in tuple("=+-@＝")
    guarded = re.match("'+[=+@＝-].", written)
    assert (written[1:] if guarded else written) == shown(text)


def test_formulas_in_cells_get_an_apostrophe_and_numbers_none() -> None:
    texts = {"=cmd|' C'!A0": "'=cmd|' C'!A0", "@SUM(1)": "'@SUM(1)", "+1": "+1", "-1.5e-3": "-1.5e-3", "-x": "'-x"}
    assert {text: cell(text) for text in texts} == texts
