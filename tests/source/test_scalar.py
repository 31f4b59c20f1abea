"""Which numbers are read: what a plain scalar is, and the bounds of numbers in every notation."""

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnnspec.source.scalar import MAX_BITS, MAX_DIGITS, OutOfRange, refuse_beyond, resolve_scalar

DIGITS = st.text("0123456789", min_size=1, max_size=30)
LONG = st.integers(1, 5000).map(lambda count: "7" * count)
NOTATIONS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["", "+", "-"]), st.one_of(DIGITS, LONG)),
    st.builds("0x{}".format, st.one_of(st.text("0123456789abcdefABCDEF", min_size=1, max_size=40), LONG)),
    st.builds("0o{}".format, st.one_of(st.text("01234567", min_size=1, max_size=60), LONG)),
    st.builds("{}{}.{}e{}".format, st.sampled_from(["", "-"]), DIGITS, DIGITS, st.integers(-9999, 9999)),
)


def exact(text: str) -> Decimal:
    """The number as it is written, however large."""
    if text[:2] in ("0x", "0o"):
        return Decimal(int(text, 0))
    return Decimal(text)


@given(NOTATIONS)
@example(str(2**64 - 1))
@example(str(2**64))
@example(f"-{2**64}")
@example("0x" + "f" * 16)
@example("0x1" + "0" * 16)
@example("1.7976931348623157e308")
@example("1.8e308")
@example("4.9e-324")
@example("1e-400")
@example("0e999")
def test_a_number_is_read_exactly_where_it_fits_and_refused_where_it_does_not(text: str) -> None:
    """Never infinite, never 0 for what is not 0, never of more than 64 bits, whatever its notation."""
    try:
        value = resolve_scalar(text)
    except OutOfRange as beyond:
        assert beyond.message and beyond.help
        size, exponent = abs(exact(text)), text.partition("e")[2] if text[:2] != "0x" else ""
        if exponent:
            assert size > Decimal("1.797e308") or 0 < size < Decimal("5e-324") or (size == 0 and int(exponent) > 308)
        else:
            assert len(text) > MAX_DIGITS or size >= 2**MAX_BITS
        return
    assert isinstance(value, (int, float)) and not isinstance(value, bool)
    refuse_beyond(value)
    assert isinstance(value, float) or value == exact(text)
    assert not isinstance(value, float) or value == float(exact(text))
    assert value != 0 or exact(text) == 0


@pytest.mark.parametrize("text", ["-0.0", "-.0", "-0e5"])
def test_a_zero_has_no_sign(text: str) -> None:
    assert str(resolve_scalar(text)) == "0.0"


@given(st.text("0123456789xoeE+-._", max_size=12))
def test_what_is_read_as_a_number_is_one(text: str) -> None:
    try:
        value = resolve_scalar(text)
    except OutOfRange:
        return  # as above
    if isinstance(value, str):
        with pytest.raises((InvalidOperation, ValueError)):
            exact(text.replace("_", "?"))
    elif value is not None:
        assert value == (exact(text) if isinstance(value, int) else float(exact(text)))
