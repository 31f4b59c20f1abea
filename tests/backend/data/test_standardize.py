"""Texts are standardised as Unicode says, and by the names that begin with ascii as Keras does."""

import string
import unicodedata
from typing import get_args

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backend.data.standardize import standardised
from cnnspec.backend.data.vocabulary import learn, tokens_of
from cnnspec.language.features import Standardize, TextOptions
from tests.support.often import examples
from tests.support.text_columns import column_of

DEFAULT = "lower_and_strip_punctuation"
KERAS = {"ascii": DEFAULT, "ascii_lower": "lower", "ascii_strip_punctuation": "strip_punctuation"}
SCRIPTS = (
    "aZ éÉ ßẞ ñÅ İIıi ΣσςΩ ЖжЁ שָׁלוֹם سلام می‌رود हिन्दी ไทย 漢字かなカナ 한글 ﬁ Ａ１ ½ ² ™ 👨‍👩‍👧 ❤️ "
    "´ ¨ “”„‚’‘«»…—–‐·¡¿。、「」 € $ ^ ` ~ + |"
)
ODD = "\xa0\u2003\u3000\u2028\u200b\ufeff\u200c\u200d\xad\u200e\u2060\u0301\u0307\x85\x1c\t\n"
TEXT = st.text(
    st.sampled_from(SCRIPTS + ODD + string.punctuation)
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=24,
)
ASCII = st.text(st.characters(min_codepoint=1, max_codepoint=127, exclude_characters="\x1c\x1d\x1e\x1f"), max_size=30)


def visible(text: str) -> str:
    """The letters and signs of a text one by one, straight from Unicode's tables.

    Without what is a space, what has no width, punctuation, and accents that stand alone; in lower case, every
    sigma alike, and without the dots of small i.
    """
    alone = [
        each
        for each in unicodedata.normalize("NFC", text)
        if unicodedata.normalize("NFKC", each)[0] != " " or unicodedata.category(each) == "Lo"
    ]
    kept = [
        each
        for each in unicodedata.normalize("NFKC", "".join(alone))
        if not each.isspace()
        and unicodedata.category(each) not in ("Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po")
        and each not in string.punctuation
    ]
    lower = unicodedata.normalize("NFD", "".join(kept).lower()).replace("ς", "σ").replace("i\u0307", "i")
    return unicodedata.normalize("NFKC", lower)


def plain(text: str) -> str:
    """A standardised text for the comparison with `visible`."""
    joined = "".join(each for each in text if not each.isspace() and unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFD", joined).replace("ς", "σ").replace("i\u0307", "i"))


@settings(deadline=None, max_examples=400)
@given(TEXT)
def test_the_letters_of_a_text_are_those_of_unicodes_tables(text: str) -> None:
    assert plain(standardised(text, DEFAULT)) == visible(text)


@settings(deadline=None, max_examples=200)
@given(st.lists(TEXT, max_size=4), st.sampled_from("\xa0 \u2003\u3000\u2028\u200b\ufeff\x85\u1680\n"))
def test_every_white_space_of_unicode_divides_words_and_nothing_else_does(words: list[str], space: str) -> None:
    """As Python's `split` divides them, the zero-width spaces being spaces; each word is looked at by itself.

    Two ligatures of Arabic are left out, which Unicode takes for a phrase.
    """
    text = space.join(words).replace("\ufdfa", "").replace("\ufdfb", "")
    expected = [visible(word) for word in text.replace("\u200b", " ").replace("\ufeff", " ").split()]
    found = [plain(word) for word in standardised(text, DEFAULT).split()]
    assert [word for word in found if word] == [word for word in expected if word]


@settings(deadline=None, max_examples=200)
@given(TEXT, st.sampled_from([name for name in get_args(Standardize) if not name.startswith("ascii")]))
def test_one_text_has_one_form(text: str, how: str) -> None:
    """Composed or not, standardised once or twice, it is the same."""
    found = standardised(text, how)
    assert standardised(found, how) == found
    if how != "web":
        assert standardised(unicodedata.normalize("NFD", text), how) == found


@settings(deadline=None, max_examples=100)
@given(TEXT)
def test_capitals_and_small_letters_are_one(text: str) -> None:
    """But for sharp s, dotless i, Greek's iota below and old forms of letters, whose capitals are others' too."""
    alike = "".join(each for each in text if _has_one_capital(each))
    for how in (DEFAULT, "lower"):
        assert standardised(alike.upper(), how) == standardised(alike.lower(), how)


def _has_one_capital(each: str) -> bool:
    one, other = each.lower(), each.upper()
    return one.upper() == other and other.lower() == one and len(one) == len(other) == 1 and each not in "ıſ"


@settings(deadline=None, max_examples=examples(12, 50))
@given(st.lists(ASCII, min_size=1, max_size=5))
def test_ascii_text_has_the_words_and_ids_of_keras(texts: list[str]) -> None:
    for how in (DEFAULT, "lower", "strip_punctuation"):
        layer = keras.layers.TextVectorization(standardize=how)
        batch = np.array([*texts, "word"], object)[:, None]
        layer.adapt(batch)
        vocabulary = learn(column_of(*texts, "word"), TextOptions(standardize=how))
        assert list(vocabulary.tokens) == layer.get_vocabulary()
        assert np.array_equal(vocabulary.encode([*texts, "word"]), np.asarray(layer(batch)))


@settings(deadline=None, max_examples=examples(20, 50))
@given(TEXT, st.sampled_from(sorted(KERAS)))
def test_by_the_name_of_ascii_a_text_is_what_keras_makes_of_it(text: str, how: str) -> None:
    layer = keras.layers.TextVectorization(standardize=KERAS[how], split=None)
    layer.adapt(np.array([f"x{text}"], object)[:, None])
    assert [standardised(f"x{text}", how)] == layer.get_vocabulary()[2:]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Отлично отлично ОТЛИЧНО", ("отлично",) * 3),
        ("café cafe\u0301 CAFÉ", ("café",) * 3),
        ("“bad” film… «bad» „film“", ("bad", "film", "bad", "film")),
        ("good\xa0film\u200bnow\u3000then\u2028end", ("good", "film", "now", "then", "end")),
        ("don't don’t don´t don`t", ("dont",) * 4),
        ("ΟΔΟΣ οδος Οδός ΟΔΟΣ.", ("οδος", "οδος", "οδός", "οδος")),
        ("İstanbul istanbul I", ("istanbul", "istanbul", "i")),
        ("Maße Masse STRASSE Straße", ("maße", "masse", "strasse", "straße")),
        ("می\u200cخواهم \u200cab\u200dc\u200d", ("می\u200cخواهم", "abc")),
        ("👨\u200d👩\u200d👧! 👨", ("👨\u200d👩\u200d👧", "👨")),
        ("क्\u200dष", ("क्\u200dष",)),
        ("co\u00adoperate \u200ecooperate", ("cooperate", "cooperate")),
        ("$5 €5 <3 a_b #tag 5%", ("5", "€5", "3", "ab", "tag", "5")),
        ("ﬁlm Ｆｉｌｍ １２", ("film", "film", "12")),
        ("नमस्ते। 你好，世界", ("नमस्ते", "你好世界")),
    ],
)
def test_words_are_those_that_people_see(text: str, tokens: tuple[str, ...]) -> None:
    assert tokens_of(text, TextOptions()) == tokens


def test_without_lower_or_strip_only_the_other_is_done() -> None:
    assert standardised("“Été”\xa0don´t", "lower") == "“été” don´t"
    assert standardised("“E\u0301té”\xa0don´t", "strip_punctuation") == "Été dont"
    assert standardised("“Été”\xa0", None) == "“Été”\xa0"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("<p>Good<br/>film</p>", ("good", "film")),
        ("a <a href=\"x > y\" title='>'>link</a> b", ("a", "link", "b")),
        ("caf&eacute;&nbsp;AT&amp;T don&#39;t &#x41;", ("café", "att", "dont", "a")),
        ("one<!-- two <b> --> three <!-- four", ("one", "three", "four")),
        ("x<script>var a = 1 < 2;</script><STYLE>p {}</STYLE>y", ("x", "y")),
        ("I <3 you, 1 < 2 > 0 and a<b", ("i", "3", "you", "1", "2", "0", "and", "ab")),
        ("&lt;b&gt; \r\n next\tline", ("b", "next", "line")),
    ],
)
def test_of_the_web_tags_and_line_breaks_are_spaces_and_entities_characters(text: str, tokens: tuple[str, ...]) -> None:
    assert tokens_of(text, TextOptions(standardize="web")) == tokens


def test_with_line_breaks_as_spaces_characters_are_those_of_one_line() -> None:
    assert standardised("a\r\nb", "web") == "a  b" and standardised("a\nb", DEFAULT) == "a\nb"


@pytest.mark.parametrize("piece", ["<!--", "<a ", '<a "', "<a '\"", "<script>", "&lt", "\u200d", "´", "<"])
def test_the_work_for_odd_pages_grows_with_their_length(piece: str) -> None:
    """A mebibyte of beginnings without an end is read as it is; were each looked for to the end, this would not end."""
    text = piece * (2**20 // len(piece))
    assert len(standardised(text, "web")) <= 2 * len(text)
