"""Large numbers to a few digits, with decimal units."""

UNITS = (("", 1), ("K", 10**3), ("M", 10**6), ("G", 10**9), ("T", 10**12), ("P", 10**15), ("E", 10**18))


def scaled(number: float, digits: int = 3) -> str:
    """A number with a decimal unit, to so many digits: `1.81G`, `912`."""
    if number < 1000:
        return f"{number:.0f}"
    rounded = float(f"{number:.{digits - 1}e}")
    unit, size = next(item for item in reversed(UNITS) if rounded >= item[1])
    whole = len(str(int(rounded / size)))
    return f"{rounded / size:.{max(0, digits - whole)}f}{unit}"
