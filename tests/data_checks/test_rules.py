"""Rules over what was seen of the data: on drawn numbers, right uses are never doubted and wrong ones always."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.checks.subject import Subject
from cnnspec.data_checks import doubts
from cnnspec.data_checks.arrivals import arrivals
from cnnspec.language.location import Location
from cnnspec.results.seen import DeepPictures, FoldersSeen, NumbersSeen, Seen, Spread, TextsSeen
from cnnspec.source.diagnostic import Diagnostic
from tests.support.spec_texts import HEADER, read

PIXELS = "inputs: {x: [8, 8, 1]}\nmodel:\n%s  - conv: {filters: 2, kernel_size: 3}\n"
COLUMNS = "inputs: {x: [2]}\nmodel:\n%s  - dense: 1\n"
ROWS = "inputs: {x: %s}\nmodel: [conv: {filters: 2, kernel_size: 3}]\n"
DATA = "data: {source: image_folder, train: photos}\n"
RANGES = [(0, 1), (-1, 1), (0, 255), (0, 16), (0, 4095), (-0.5, 0.5), (0, 65535)]


def subject(text: str) -> Subject:
    """A spec given without its first two lines, and its graph."""
    return Subject(*read(Location(None, "<stdin>"), HEADER.format(name="small") + text))


def told(text: str, seen: Seen) -> tuple[Diagnostic, ...]:
    """What is said; every doubt is a warning with a place and a help."""
    found = doubts(subject(text), seen)
    assert all(each.severity == "warning" and each.span and each.help for each in found)
    return found


def codes(text: str, seen: Seen) -> list[str]:
    return [each.code for each in told(text, seen)]


def numbers(least: float, most: float, shape: tuple[int, ...] = (8, 8, 1), white: float | None = None) -> Seen:
    """Numbers that are all equally frequent."""
    spread = Spread("x", least, (least + most) / 2, (most - least) / 12**0.5, most)
    return Seen((NumbersSeen("x", shape, spread, (), white),))


def rescaling(scale: float, offset: float = 0.0) -> str:
    return f"  - rescaling: {{scale: {scale!r}, offset: {offset!r}}}\n"


@given(st.sampled_from(RANGES), st.floats(0.5, 1))
def test_what_is_brought_to_about_one_is_never_doubted(ends: tuple[float, float], used: float) -> None:
    """Divided by its largest number, or to -1 to 1, or by a mean and variance, even if only a part of it occurs."""
    least, most = ends[0] * used, ends[1] * used
    wide = ends[1] - ends[0]
    for layer in (
        rescaling(1 / wide),
        rescaling(2 / wide, -2 * ends[0] / wide - 1),
        f"  - normalization: {{mean: {sum(ends) / 2!r}, variance: {(wide / 4) ** 2!r}}}\n",
        "  - normalization\n",
        "  - batch_norm\n",
    ):
        assert codes(PIXELS % layer, numbers(least, most)) == []


@given(st.sampled_from([(0, 1), (-1, 1), (-0.5, 0.5)]), st.sampled_from([1 / 255, 1 / 127.5, 1 / 65535]))
def test_pixels_in_range_that_are_scaled_again_are_doubted_at_the_layer(
    ends: tuple[float, float], scale: float
) -> None:
    """And the help, to take the layer out, works."""
    (found,) = told(PIXELS % rescaling(scale, -1), numbers(*ends))
    assert found.code == "scaled-twice" and "take rescaling out" in found.help
    assert found.span is not None and found.span.line == 5
    assert codes(PIXELS % "", numbers(*ends)) == []


def test_a_scale_that_is_not_that_of_the_pixels_is_doubted_with_the_one_that_is() -> None:
    """Of numbers up to 16 or 4,095 the 255th or 65,535th part."""
    for white, scale in ((16, 1 / 255), (4095, 1 / 65535)):
        (found,) = told(PIXELS % rescaling(scale), numbers(0, white, white=white))
        assert found.code == "scaled-twice" and f"1 / {white}" in found.help
        assert codes(PIXELS % rescaling(1 / white), numbers(0, white, white=white)) == []


@given(st.sampled_from([(0, 255), (0, 16), (0, 4095), (-128, 127)]), st.sampled_from(["", "  - max_pool\n"]))
def test_raw_pixels_are_doubted_with_the_division_that_helps(ends: tuple[float, float], before: str) -> None:
    """The help names the input's own white; followed, nothing is left to say."""
    (found,) = told(PIXELS % before, numbers(*ends, white=ends[1]))
    assert found.code == "unscaled-image" and f"1 / {ends[1]}" in found.help
    assert codes(PIXELS % (rescaling(1 / ends[1]) + before), numbers(*ends)) == []


def test_pixels_that_are_scaled_too_little_are_doubted_at_the_layer_whose_scale_is_wrong() -> None:
    """No second division is asked for; followed, the help leaves nothing to say."""
    (found,) = told(PIXELS % rescaling(1 / 255), numbers(0, 65535, white=65535))
    assert found.code == "unscaled-image" and found.help == 'write rescaling: "${1 / 65535}" instead'
    assert found.span is not None and found.span.line == 5
    assert codes(PIXELS % rescaling(1 / 65535), numbers(0, 65535, white=65535)) == []


def test_pixels_that_the_data_holds_divided_twice_are_doubted() -> None:
    (found,) = told(PIXELS % "", numbers(0, 1 / 255))
    assert found.code == "scaled-twice" and "rescaling: 255" in found.help
    assert codes(PIXELS % rescaling(255), numbers(0, 1 / 255)) == []
    assert codes(PIXELS % "  - normalization\n", numbers(0, 1 / 255)) == []


def columns(*spreads: tuple[str, float, float]) -> Seen:
    found = tuple(Spread(name, mean - 2 * d, mean, d, mean + 2 * d) for name, mean, d in spreads)
    return Seen((NumbersSeen("x", (len(found),), found[0], found),))


@given(st.floats(-5, 5), st.floats(0.1, 5))
def test_columns_about_one_are_not_doubted_and_others_are_named(mean: float, deviation: float) -> None:
    """Years and prices, or billionths; with a normalization nothing is said."""
    assert codes(COLUMNS % "", columns(("a", mean, deviation), ("b", 0, 1))) == []
    for far in (("year", 2000, 10), ("price", 3e5, 1e5), ("grams", 1e-9, 1e-9)):
        (found,) = told(COLUMNS % "", columns(("a", mean, deviation), far))
        assert found.code == "unscaled-numbers" and far[0] in found.message and " a " not in found.message
        assert codes(COLUMNS % "  - normalization\n", columns(("a", mean, deviation), far)) == []


TARGETS = """
inputs: {x: [2]}
model: [dense: %s]
training: {loss: %s}
"""


@given(st.floats(-400, 400), st.floats(0.1, 250), st.floats(1e4, 1e12))
def test_targets_far_from_standardised_are_doubted_where_nothing_brings_the_output_there(
    mean: float, deviation: float, factor: float
) -> None:
    """With the rescaling that the help writes nothing is said; nor of classes, and of counts under a Poisson loss."""

    def seen(scale: float) -> Seen:
        ends = (mean - 2 * deviation, mean, deviation, mean + 2 * deviation)
        return Seen(targets={"output": Spread("output", *(scale * each for each in ends))})

    assert codes(TARGETS % (1, "mse"), seen(1.0)) == []
    for scale in (factor, 1 / factor / 1000):
        (found,) = told(TARGETS % (1, "mse"), seen(scale))
        assert found.code == "unscaled-targets"
        written = found.help.partition("end the model with ")[2].partition(" and train")[0]
        text = (TARGETS % (1, "mse")).replace("dense: 1", f"dense: 1, {written}")
        assert codes(text, seen(scale)) == []
        assert codes(TARGETS % ("{units: 3, activation: softmax}", "auto"), seen(scale)) == []
        assert codes(TARGETS % ("{units: 1, activation: exponential}", "poisson"), seen(scale)) == []


@given(st.floats(1e3, 1e12), st.floats(1e-9, 1))
def test_numbers_that_float32_cannot_tell_apart_are_doubted(most: float, share: float) -> None:
    """As numpy tells: fewer than 64 neighbours within a standard deviation."""
    spread = Spread("at", most * (1 - share), most * (1 - share / 2), most * share / 4, most)
    seen = Seen((NumbersSeen("x", (1,), spread, (spread,)),))
    steps = spread.deviation / float(np.spacing(np.float32(most)))
    found = codes("inputs: {x: [1]}\nmodel: [normalization, dense: 1]\n", seen)
    if steps < 32:
        assert found == ["inexact-numbers"]
    if steps > 128:
        assert found == []


@given(st.integers(8, 200), st.integers(8, 200), st.sampled_from([None, 255.0, 1.0]))
def test_a_picture_that_is_read_as_a_sequence_is_doubted(height: int, width: int, white: float | None) -> None:
    """Where two sides of plain pixels are about equally long; measurements, and pictures with channels, are fine."""
    seen = numbers(0, 1, (height, width), white)
    looks = white is not None and max(height, width) <= 2 * min(height, width)
    found = codes(ROWS % f"[{height}, {width}]", seen)
    assert found == (["no-channels"] if looks else [])
    assert codes(ROWS % f"[{height}, {width}, 1]", numbers(0, 1, (height, width, 1), white)) == []


@given(st.sampled_from([10, 12, 14, 16]), st.floats(0.6, 1))
def test_deep_pictures_are_doubted_until_their_white_is_said(bits: int, used: float) -> None:
    most = round(used * (2**bits - 1))

    def said(white: int) -> list[Diagnostic]:
        return list(told(DATA + PIXELS % rescaling(1 / 255), Seen(pictures=(DeepPictures("x", 3, most, white),))))

    assert [each.code for each in said(65535)] == (["dark-sixteen-bits"] if bits < 16 else [])
    for found in said(65535):
        assert f"{most:,}" in found.message
        assert said(int(found.help.rpartition("white: ")[2].rstrip("}"))) == []
    assert [each.code for each in said(most // 2)] == ["beyond-white"]


NAMES = st.sampled_from(["train", "Test", "val", "validation", "valid"])
OTHERS = st.sampled_from(["cat", "dog", "bus", "person"])


@given(st.lists(NAMES, min_size=2, max_size=3, unique=True), st.lists(OTHERS, min_size=2, max_size=3, unique=True))
def test_splits_are_not_taken_for_classes(splits: list[str], classes: list[str]) -> None:
    """A class called train among others is one; folders that hold the same folders are none, however called."""
    text = DATA + PIXELS % rescaling(1 / 255)
    held = frozenset(classes)

    def found(names: list[str], inside: frozenset[str]) -> list[str]:
        return codes(text, Seen(folders=FoldersSeen("photos", dict.fromkeys(names, inside))))

    assert found(splits, held) == found(splits, frozenset()) == ["splits-as-classes"]
    assert found(["part1", "part2"], held) == found(["images", "labels"], frozenset()) == ["splits-as-classes"]
    assert found([*classes, "train"], frozenset()) == found(classes, frozenset()) == []
    (told_,) = told(text, Seen(folders=FoldersSeen("photos", {"train": held, "val": held})))
    assert told_.help == "write train: photos/train, validation: photos/val"


def test_texts_of_one_token_and_classes_of_one_example_are_named() -> None:
    text = "inputs: {x: [4]}\nmodel: [embedding: {input_dim: 9, output_dim: 2}, flatten, dense: 2]\n"
    data = "data: {source: table, train: t.csv, text: {column: a}, label: {column: b}}\n"
    assert codes(text + data, Seen(texts=(TextsSeen("x", 1),))) == ["one-token"]
    assert codes(text + data, Seen(texts=(TextsSeen("x", 2),))) == []
    (found,) = told(text + data, Seen(counts={"dense1": {"cat": 3, "emu": 1, "dog": 2}}))
    assert found.code == "single-example" and "emu" in found.message and "cat" not in found.message


def test_a_comment_on_its_line_allows_a_doubt() -> None:
    seen = numbers(0, 255)
    assert codes(PIXELS.replace("inputs: {x: [8, 8, 1]}", "inputs:\n  x: [8, 8, 1]") % "", seen) == ["unscaled-image"]
    allowed = PIXELS.replace("inputs: {x: [8, 8, 1]}", "inputs:\n  x: [8, 8, 1]  # cnnspec: allow unscaled-image")
    assert codes(allowed % "", seen) == []


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=3),
    st.floats(-9, 0),
    st.floats(0, 9),
)
def test_what_arrives_is_what_the_layers_compute(steps: list[tuple[float, float]], least: float, most: float) -> None:
    """The ends after each rescaling, by arithmetic on the two ends."""
    layers = "".join(rescaling(scale, offset) for scale, offset in steps)
    (arrival,) = arrivals(subject(PIXELS % (layers + "  - flatten\n  - reshape: [8, 8, 1]\n")), "x", least, most)
    ends = [least, most]
    for scale, offset in steps:
        ends = [scale * end + offset for end in ends]
    assert (arrival.least, arrival.most) == (min(ends), max(ends))


def test_texts_without_spaces_that_are_cut_at_spaces_are_counted_with_such_a_token() -> None:
    network = "inputs: {x: {shape: [4], dtype: int32}}\nmodel: [embedding: {input_dim: 9, output_dim: 2}, flatten]\n"
    text, token = network + "data: {source: text_lines, train: a.txt}\n", "\u7535\u5f71\u5f88\u597d\u770b"
    few, many = (Seen(texts=(TextsSeen("x", 9, 40, (token,) * count),)) for count in (4, 5))
    assert codes(text, few) == []
    (found,) = told(text, many)
    assert found.code == "no-spaces" and found.help.startswith("write split: character")
    counted = "5 of 40 texts of x are written without spaces between words"
    assert found.message == f"{counted}, so that {token} is one token"
