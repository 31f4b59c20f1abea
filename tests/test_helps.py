"""A help works when it is followed: what it says to write is written, and the mistake is gone, and none is new."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from cnnspec.analysis import analyse
from cnnspec.cli.specs import copy_spec, show_spec
from cnnspec.language.bundled import bundled_folder
from cnnspec.language.check import argument_names
from cnnspec.language.composites import Composite, EntryArguments
from cnnspec.language.data import SOURCES
from cnnspec.language.keys import TOP_LEVEL
from cnnspec.language.merge import SETTINGS
from cnnspec.language.schema import LAYER_FAMILIES, TRAINING_FAMILIES
from cnnspec.language.training import Checkpoint, EarlyStopping, Ema, GradientClip, ReduceOnPlateau, Training
from cnnspec.layers import LAYERS
from cnnspec.layers.kind import other_word
from cnnspec.reports.diagnostics.as_json import as_json
from cnnspec.reports.diagnostics.sarif import as_sarif
from cnnspec.runs.settings import flattened
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.values import plain, show
from tests.support.edits import edited
from tests.support.often import examples as often
from tests.support.places import TESTS

BAD = sorted((TESTS / "specs_bad").glob("*.yaml"))
SET = re.compile(r"^#\s*--set\s+(.*)$", re.MULTILINE)
NEXT = {
    ("expressions-of-the-wrong-type", "bad-expression"),  # the expression that was meant does not compute
    ("extends-takes-away-what-is-needed", "duplicate-key"),  # null took the key away that is meant, in another place
}
"""What may be said next, by spec and code: a second mistake in one value."""


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bad specs and their bases, to be changed."""
    return Path(shutil.copytree(TESTS / "specs_bad", tmp_path_factory.mktemp("helps") / "specs_bad"))


def found(path: Path, settings: Sequence[str]) -> list[Diagnostic]:
    return list(analyse(str(path), settings, every_variant=True).diagnostics)


def follow(path: Path, settings: list[str], mistake: Diagnostic) -> tuple[list[Diagnostic], str]:
    """What is wrong once a help was followed, and the line that it changed; the file is put back."""
    edit = mistake.edit
    assert edit is not None
    if edit.span.file == SETTINGS:
        changed = edited("\n".join(settings), edit).split("\n")
        return found(path, changed), changed[edit.span.line - 1]
    file = Path(edit.span.file)
    text = file.read_bytes()
    try:
        file.write_bytes(edited(text.decode(), edit).encode())
        return found(path, settings), file.read_text().split("\n")[edit.span.line - 1]
    finally:
        file.write_bytes(text)


def told(diagnostics: Sequence[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((each.code, each.message) for each in diagnostics)


def broken(path: Path, settings: list[str]) -> Iterator[str]:
    """The helps that do not work."""
    before = found(path, settings)
    if any(each.more for each in before):  # those that are not kept come up once others are gone
        return
    for mistake in before:
        if mistake.edit is None:
            continue
        assert str(mistake.edit) in mistake.help or mistake.edit.text in mistake.help, mistake
        after, line = follow(path, settings, mistake)
        place = mistake.edit.span
        key = (mistake.code, mistake.message)
        if told(after)[key] >= told(before)[key]:
            yield f"{mistake.span} {mistake.message}: {mistake.help} -> still there in {line!r}"
        new = told(after) - told(before)
        back = [each for each in after if new[each.code, each.message] and each.span]
        for each in back:
            if (path.stem, each.code) in NEXT:
                continue
            yield f"{mistake.span} {mistake.message}: {mistake.help} -> {each.span} {each.message} in {line!r} {place}"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_help_of_a_bad_spec_works(path: Path, copies: Path) -> None:
    settings = SET.findall(path.read_bytes().decode("utf-8", "replace"))
    assert not list(broken(copies / path.name, settings))


FILES = [*sorted((TESTS / "specs_ok").glob("*.yaml")), *sorted(bundled_folder().glob("*.yaml"))]
GOOD = [path for path in FILES if path.stat().st_size < 2500]
WORD = re.compile(r"[A-Za-z_]{3,}")
BARE = re.compile(r"write [\w.$]+\Z|write [\[{][^.]*[\]}]\Z")


def mistyped(word: str, way: str, at: int) -> str:
    """A word with one typing mistake."""
    at %= len(word) - 1
    return {
        "swapped": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "left out": word[:at] + word[at + 1 :],
        "twice": word[: at + 1] + word[at:],
        "another": word[:at] + ("q" if word[at] != "q" else "x") + word[at + 1 :],
        "cut off": word[: max(3, len(word) - 2)],
        "in capitals": word.title().replace("_", ""),
    }[way]


SECTIONS = (Training, EarlyStopping, ReduceOnPlateau, Checkpoint, GradientClip, Ema, EntryArguments, *SOURCES.values())
FAMILIES = (*LAYER_FAMILIES.values(), *TRAINING_FAMILIES.values(), LAYERS, Composite.members)
KINDS = {kind: member for members in FAMILIES for kind, member in members.items()}
VOCABULARY = {*TOP_LEVEL, *KINDS, *(name for each in (*SECTIONS, *KINDS.values()) for name in argument_names(each))}
"""The language's own words."""
OF_NAMES = {"unknown-variable", "unknown-name", "unused-name", "unread-entry", "unknown-output"}
"""Where a name of the spec's own is mistyped, it is so in one of several places, and others come up."""


def _before(text: str, at: int) -> str:
    """What stands before a place on its line."""
    return text[text.rfind("\n", 0, at) + 1 : at]


WAYS = ("swapped", "left out", "twice", "another", "cut off", "in capitals")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good specs and their bases, to be changed."""
    return Path(shutil.copytree(TESTS / "specs_ok", tmp_path_factory.mktemp("drawn") / "specs_ok"))


@examples(deadline=None, max_examples=often(25, 100))
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(WAYS), st.integers(0, 30))
def test_a_help_for_a_mistyped_word_works(drawn: Path, spec: int, word: int, way: str, at: int) -> None:
    """Any of the language's words in any good spec: what is told to write works, and none is told without its edit."""
    good = GOOD[spec % len(GOOD)]
    text = good.read_text()
    words = (place for place in WORD.finditer(text) if "#" not in _before(text, place.start()))
    body = [place for place in words if place[0] in VOCABULARY]
    assume(body)
    place = body[word % len(body)]
    assume(f"${place[0]}" not in text)  # a name of the spec's own that is a word of the language, too
    path = drawn / "mistyped.yaml"
    path.write_text(text[: place.start()] + mistyped(place[0], way, at) + text[place.end() :])
    before = found(path, [])
    assume(not {each.code for each in before} & OF_NAMES)
    assert not list(broken(path, []))
    for each in before:
        assert each.edit is not None or not BARE.match(each.help), each


@examples(deadline=None, max_examples=often(25, 100))
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(WAYS), st.integers(0, 30))
def test_a_help_for_a_mistyped_setting_works(drawn: Path, spec: int, key: int, way: str, at: int) -> None:
    """What --set was given by a misspelt key takes the place of what the spec writes, and is never to be left out."""
    good = GOOD[spec % len(GOOD)]
    path = drawn / "mistyped.yaml"
    path.write_text(good.read_text())
    read = analyse(str(path)).spec
    assert read is not None
    written = [
        (path, value) for path, value in flattened(plain(read.root)) if path.split(".")[0] in ("data", "training")
    ]
    assume(written)
    where, value = written[key % len(written)]
    *section, word = where.split(".")
    assume(WORD.fullmatch(word) and word in VOCABULARY)
    assume(not found(path, [f"{where}={show(value, 10**4)}"]))  # a warning that is allowed in its line of the file
    settings = [f"{'.'.join((*section, mistyped(word, way, at)))}={show(value, 10**4)}"]
    assert not list(broken(path, settings))
    assert not [each.help for each in found(path, settings) if "leave it out" in each.help and each.span]


LONG = "n" * 300
EVERYWHERE = f"""cnnspec: 1
name: {LONG}
vars: {{{LONG}: 3}}
variants: {{{LONG}: {{{LONG}: 4}}}}
inputs: {{x: [4], {LONG}: [3]}}
blocks: {{{LONG}: {{params: {{{LONG}: 1}}, layers: [dense: 3]}}}}
model:
  {LONG}: [dense: {{units: 3, name: {LONG}, from: {LONG}, {LONG}: 3}}, {LONG}, {{{LONG}: {{{LONG}: 3}}}}, ${LONG}]
outputs: {{{LONG}: {LONG}}}
data: {{source: {LONG}, {LONG}: 1}}
training: {{optimizer: {LONG}, loss: {{{LONG}: {LONG}}}, metrics: [{LONG}], precision: {LONG}, freeze: [{LONG}]}}
expect: {{{LONG}: 3}}
{LONG}: 3
"""


def test_names_of_three_hundred_letters_are_told_like_others(tmp_path: Path) -> None:
    """Wherever a spec has names, and where a variant, a setting or a bundled spec is named by the command line."""
    spec = tmp_path / "long.yaml"
    spec.write_text(EVERYWHERE)
    paths = [f"{LONG}=3", f"training.{LONG}.{LONG}=3", f"model.{LONG}.0.dense.{LONG}=3", f"vars.{LONG}={LONG}"]
    for settings in ([], *([path] for path in paths)):
        told_of = found(spec, settings)
        assert told_of and all(each.span and len(each.help) < 1000 for each in told_of)
        assert as_json(told_of) and as_sarif(told_of)
    for name in (f"digits@{LONG}", f"{LONG}@{LONG}", LONG):
        assert {each.code for each in analyse(name).diagnostics} <= {"unknown-variant", "unknown-spec"}
    for command in (copy_spec, show_spec):
        with pytest.raises(SystemExit) as ended:
            command(LONG)
        assert ended.value.code == 1


CALLS = {
    "optimizer: adam(lr=0.1)": "{adam: {learning_rate: 0.1}}",
    "optimizer: Adam()": "adam",
    'optimizer: "SGD(0.1, momentum=0.9, nesterov=True)"': "{sgd: {learning_rate: 0.1, momentum: 0.9, nesterov: true}}",
    'optimizer: "adamw(lr=1e-3, wd=0.01)"': "{adamw: {learning_rate: 1e-3, weight_decay: 0.01}}",
    "loss: CosineSimilarity(axis=-1)": "{cosine_similarity: {axis: -1}}",
    "loss: Huber(delta=2.0)": "{huber: {delta: 2.0}}",
    "metrics: [\"F1Score(average='macro')\"]": "{f1_score: {average: macro}}",
    'optimizer: {adam: {learning_rate: "1e-3"}}': "1e-3",
    "optimizer: {adam: {learning_rate: cosine_decay}}": "cosine",
    "loss: crossentropy": "auto",
    "precision: float16": "mixed_float16",
    "precision: 16": "mixed_float16",
    "batch: 3": "batch_size",
    "epochs: 3.0": "3",
    'epochs: "3"': "3",
    "early_stopping: true": "{monitor: val_loss, patience: 5}",
    "early_stopping: 7": "{monitor: val_loss, patience: 7}",
    "reduce_on_plateau: 0.1": "{factor: 0.1, patience: 3}",
    "ema: 0.99": "{momentum: 0.99}",
    "gradient_clip: 5.0": "{global_norm: 5.0}",
    "checkpoint: best": "{best: val_loss}",
    "label_smoothing: 10%": "0.1",
    "metrics: accuracy": "[accuracy]",
    "class_weight: balance": "balanced",
}


@pytest.mark.parametrize("written", CALLS)
def test_what_is_meant_is_told_in_the_languages_own_spelling(written: str, tmp_path: Path) -> None:
    """A call of Python's, a number in quotes, another framework's word: the edit makes the spec right."""
    path = tmp_path / "spec.yaml"
    more = "" if written.startswith("loss") else "loss: auto, "
    path.write_text(
        "cnnspec: 1\ninputs: {x: [4]}\nmodel: [dense: {units: 3, activation: softmax}]\n"
        f"data: {{source: synthetic, validation: 8}}\ntraining: {{{more}{written}}}\n"
    )
    (mistake,) = found(path, [])
    assert mistake.edit is not None and mistake.edit.text == CALLS[written]
    assert mistake.help.startswith(f"write {CALLS[written]}")
    after, _ = follow(path, [], mistake)
    assert not after or "cosine_decay" in written  # which lacks its peak
    assert not {(each.code, each.message) for each in after} & {(mistake.code, mistake.message)}


def test_a_call_whose_arguments_nobody_knows_gets_no_spelling_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    for call in ("adam(betas=(0.9, 0.999))", "adam(lr=fast)", "adam(whatever=3)"):
        path.write_text(f'cnnspec: 1\ninputs: {{x: [4]}}\nmodel: [dense: 3]\ntraining: {{optimizer: "{call}"}}\n')
        (mistake,) = found(path, [])
        assert mistake.edit is None and "{adam: {argument: value}}" in mistake.help


MODELS = {
    **{f"source {kind}": source for kind, source in SOURCES.items()},
    **{f"{family} {kind}": each for family, kinds in TRAINING_FAMILIES.items() for kind, each in kinds.items()},
    **{each.__name__: each for each in (Training, Checkpoint, EarlyStopping, Ema, GradientClip, ReduceOnPlateau)},
}


@pytest.mark.parametrize("name", MODELS)
def test_other_words_for_arguments_lead_to_arguments_and_hide_none(name: str) -> None:
    """What a word is said to be is an argument of this very kind, and of some kind in any case."""
    model = MODELS[name]
    own, all_of_them = set(argument_names(model)), {key for each in MODELS.values() for key in argument_names(each)}
    assert not own & (model.renamed.keys() | model.moved.keys())
    assert set(model.renamed.values()) <= all_of_them
    assert {other_word(model, model.__name__, word) for word in model.renamed} <= own | {None}
