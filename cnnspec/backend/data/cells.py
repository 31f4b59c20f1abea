"""What stands in one column of one split, as text, and as numbers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnspec.backend.data.numerals import COMMA, EITHER, WORD, Trouble, is_number, number_in, trouble_with
from cnnspec.backend.data.origins import Origins
from cnnspec.backend.data.splits import Array
from cnnspec.source.diagnostic import Diagnostic, Rejected, rejected
from cnnspec.source.values import show

_SHOWN = 8
LARGEST = float(np.finfo(np.float32).max)
"""The largest number of float32, in which a network computes."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What stands in one column of one split; `name` is how messages call it, `column` what a table does.

    `decimal` is the mark before the decimals of its numbers.
    """

    name: str
    values: Sequence[str]
    origins: Origins
    column: str = ""
    decimal: str = "."

    def __len__(self) -> int:
        return len(self.values)

    def where(self, wrong: Callable[[str], bool]) -> list[int]:
        """The examples whose cell is wrong."""
        bad = {value for value in set(self.values) if wrong(value)}
        return [number for number, value in enumerate(self.values) if value in bad] if bad else []

    @property
    def there(self) -> "Cells":
        """Those that are not empty."""
        rows = np.array([row for row, value in enumerate(self.values) if value.strip()], np.int64)
        return replace(self, values=[self.values[row] for row in rows], origins=self.origins[rows])

    def number(self, value: str) -> float | None:
        """The number that one of its cells holds."""
        return number_in(value, self.decimal)


def read_numbers(cells: Cells, read_by_input: bool = False) -> Array:
    """Every cell as a float64; raises Rejected naming the cells that are no finite number, and why.

    What an input reads may be a category, about which the help then says something.
    """
    wrong = cells.where(lambda value: not is_number(value, cells.decimal))
    if wrong:
        raise Rejected(_troubles(cells, wrong, read_by_input))
    numbers = {value: number_in(value, cells.decimal) for value in set(cells.values)}
    if far := cells.where(lambda value: abs(numbers[value] or 0) > LARGEST):
        message = f"{cells.origins.among(far)}: {cells.name} is {shown(cells.values[far[0]])}; expected a number up to"
        help = "divide it in the data, or take its logarithm"
        at = cells.origins.route(far[0])
        raise Rejected([Diagnostic("not-finite", f"{message} {LARGEST:.3g}, which float32 holds", help=help, at=at)])
    return np.array([numbers[value] for value in cells.values], np.float64)


def single_numbers(cells: Cells, read_by_input: bool = False) -> Array:
    """Every cell as a float32, in which a network computes; raises Rejected also where it takes all for one number."""
    numbers = read_numbers(cells, read_by_input)
    single = numbers.astype(np.float32)
    if len(numbers) and (single == single[0]).all() and (numbers != numbers[0]).any():
        least, most = (f"{each:.16g}" for each in (numbers.min(), numbers.max()))
        received = f"{cells.origins.named}: {cells.name} goes from {least} to {most}, all one number in float32"
        help = "multiply them in the data" if abs(single[0]) < 1 else f"subtract {least} from them in the data"
        at = cells.origins.route(0)
        raise rejected("not-finite", received, "numbers that float32 tells apart", help, at=at)
    return single


def _troubles(cells: Cells, wrong: Sequence[int], read_by_input: bool) -> Iterator[Diagnostic]:
    """Why these cells are no numbers: a diagnostic for each reason, with the rows that it holds for."""
    reasons = _reasons(cells, {cells.values[row] for row in wrong})
    by_words: dict[str, list[int]] = {}
    for row in wrong:
        by_words.setdefault(reasons[cells.values[row]].words, []).append(row)
    for rows in by_words.values():
        value = cells.values[rows[0]]
        reason = reasons[value]
        message = f"{cells.origins.among(rows)}: {cells.name} is {shown(value)}, {reason.words}; expected a number"
        help = _help(reason, cells) + (_for_category(cells) if read_by_input and reason.kind == "word" else "")
        yield Diagnostic("not-numbers", message, help=help, at=cells.origins.route(rows[0]))


def _reasons(cells: Cells, values: set[str]) -> Mapping[str, Trouble]:
    """What is wrong with each value; the others in the column tell what a comma is, and whether `y` is a letter."""
    reasons = {value: trouble_with(value, cells.decimal) for value in values}
    if any(reason.kind == "word" for reason in reasons.values()):
        reasons |= {value: WORD for value, reason in reasons.items() if reason.kind == "truth"}
    words = [reason.words for reason in reasons.values()]
    unclear = [value for value, reason in reasons.items() if EITHER in reason.help]
    if any("a decimal comma" in each for each in words):
        return {**reasons, **{value: _decimal(value) for value in unclear}}
    if any("commas between" in each for each in words) or any("." in value for value in set(cells.values) - values):
        return {**reasons, **{value: _thousands(value) for value in unclear}}
    return reasons


def _decimal(value: str) -> Trouble:
    return Trouble("mark", "with a decimal comma", COMMA, value.replace(",", "."))


def _thousands(value: str) -> Trouble:
    plain = value.replace(",", "")
    return Trouble("mark", "with commas between thousands", f"take that out of the file, as in {plain}", plain)


def _help(reason: Trouble, cells: Cells) -> str:
    """What to write; `decimal` is there for tables alone."""
    told = COMMA in reason.help and not cells.column
    return "write a dot before decimals, and no mark between thousands" if told else reason.help


def _for_category(cells: Cells) -> str:
    """What to do about words that are no accident: they come again, and there are few of them."""
    words = [value for value in dict.fromkeys(cells.values) if not is_number(value, cells.decimal)]
    if len(words) == len(cells) or len(words) > _SHOWN:
        return ""
    return f"; for a category give a column of 0 and 1 for each of its values: {listed(words)}"


def listed(names: Sequence[str]) -> str:
    """Names in one text, the first of many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(shown, names[:_SHOWN])) + more


def shown(value: str) -> str:
    """What a cell holds, quoted where it could not be told otherwise."""
    return value if value.isprintable() and value == value.strip() and 0 < len(value) <= 40 else show(value, 40)
