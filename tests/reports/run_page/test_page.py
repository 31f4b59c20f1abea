"""The page of runs in a real browser: nothing is asked for, nothing runs, every section is there, texts are texts."""

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnspec import report
from cnnspec.api.reporting import Asked, reported_runs
from cnnspec.backend.train import train
from cnnspec.reports.run_page.page import runs_page
from cnnspec.runs.folder import RunFolder
from tests.support.devtools import Page, page
from tests.support.small_runs import written_spec

HOSTILE = "<img src=x onerror=alert(1)>"
SPEC = """
description: "</style><script>alert(2)</script>"
inputs: {tokens: {shape: [4], dtype: int32}}
model:
  "look": [embedding: {input_dim: 20, output_dim: 2}, flatten]
  "say": [dense: {units: 3, activation: softmax}]
data:
  {source: table, train: train.csv, validation: test.csv, test: test.csv, text: {column: text}, label: {column: kind}}
training: {epochs: 2, loss: auto, metrics: [accuracy], seed: 1, watch: [gradients, activations]}
"""
ALL = [
    *("overview", "spec", "network", "data", "curves", "gradients", "scores"),
    *("confusion", "calibration", "mistakes", "environment", "again"),
]
OF_EXAMPLES = ("confusion", "calibration", "mistakes")
"""Those that tell how single examples are answered."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs that differ by their seed, of texts and a class that would be markup."""
    folder = tmp_path_factory.mktemp("place")
    for name in ("train", "test"):
        rows = f'good <b>film</b>,a\nbad film,"{HOSTILE}"\nan odd film,\'"onload=x\n' * 3
        (folder / f"{name}.csv").write_text("text,kind\n" + rows)
    for seed in (1, 2):
        train(*written_spec(folder, SPEC.replace("seed: 1", f"seed: {seed}")), runs_dir=folder / "runs")
    return folder


@pytest.fixture(scope="module")
def one(place: Path) -> Path:
    """The page of the first run."""
    return report(place / "runs" / "small-1", place / "one.html")


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    with page() as opened:
        yield opened


def copied(place: Path, name: str, *gone: str) -> Path:
    """A copy of the first run without some of its files."""
    copy = place / "runs" / name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(place / "runs" / "small-1", copy)
    for each in gone:
        shutil.rmtree(copy / each) if (copy / each).is_dir() else (copy / each).unlink()
    return copy


def looked_at(tab: Page, path: Path) -> tuple[list[str], str]:
    """The sections and the whole text of a page, once it is sure that nothing happened but that it was read."""
    tab.told.clear()
    tab.looks(1280)
    tab.open(path.as_uri())
    assert tab.errors == [] and tab.requests == [path.as_uri()]
    assert tab.value("document.querySelectorAll('script, iframe, object, link, base, form').length") == 0
    assert tab.value("[...document.images].every(each => each.complete && each.naturalWidth > 0)")
    outside = "document.documentElement.scrollWidth > innerWidth"
    for width, dark in ((1280, True), (375, False)):
        tab.looks(width, dark)
        assert not tab.value(outside), f"wider than {width} pixels"
    sections: list[str] = tab.value("[...document.querySelectorAll('main > section')].map(each => each.id)")
    linked = tab.value("[...document.querySelectorAll('nav a')].map(each => each.getAttribute('href').slice(1))")
    assert linked == sections
    return sections, str(tab.value("document.body.textContent"))


def test_a_run_is_told_in_every_section_and_its_words_are_no_markup(one: Path, tab: Page) -> None:
    """The class stands in the data, among scores and in the square; styles and handlers of others are not there."""
    sections, text = looked_at(tab, one)
    assert sections == ALL
    assert text.count(HOSTILE) > 4 and "</style><script>" in text
    assert "train.csv, " in text and f"{one.parent}/train.csv" not in text
    assert tab.value("[...document.querySelectorAll('*')].every(e => ![...e.attributes].some(a => /^on/.test(a.name)))")
    assert tab.value("document.querySelectorAll('[style]').length") == 0
    assert tab.value("document.querySelectorAll('#curves svg polyline').length") >= 4
    assert tab.value("getComputedStyle(document.querySelector('#network svg .stage rect')).fill") != "rgb(0, 0, 0)"


def test_the_policy_lets_nothing_in_but_its_own_styles(one: Path, tab: Page) -> None:
    """A style, a picture and a script that are put into the page afterwards are refused, each with an error."""
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', one.read_text())
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    added = "<style>h1{color:red}</style><img src='http://127.0.0.1:9/x.png'><p style='color:red'>x</p>"
    broken = one.with_name("broken.html")
    broken.write_text(one.read_text().replace("</main>", f"{added}<script>document.title='run'</script></main>"))
    tab.told.clear()
    tab.open(broken.as_uri())
    assert len([said for said in tab.errors if "Content Security Policy" in said]) >= 4
    assert tab.value("document.title") == "small-1"


def test_runs_stand_side_by_side_with_what_differs(place: Path, tab: Page) -> None:
    sections, text = looked_at(
        tab, report([place / "runs" / "small-1", place / "runs" / "small-2"], place / "two.html")
    )
    assert sections == ALL and "training.seed" in text
    assert tab.value("document.querySelectorAll('#scores .panel').length") == 2
    assert "the same as that of small-1" in text


def test_a_run_without_its_data_is_told_as_far_as_it_goes(place: Path, tab: Page) -> None:
    """Where its data is gone, the rest of the page is there, and says why there are no scores of examples."""
    copied(place, "gone-1")
    facts = json.loads((place / "runs" / "gone-1" / "environment.json").read_text())
    (place / "runs" / "gone-1" / "environment.json").write_text(json.dumps({**facts, "data_folder": "/nowhere"}))
    sections, text = looked_at(tab, report(place / "runs" / "gone-1", place / "gone.html"))
    assert sections == [name for name in ALL if name not in OF_EXAMPLES]
    assert text.count("train.csv") > 1 and "the figures of epoch" in text


SEVERAL = """
inputs: {wave: [12, 1]}
model:
  see: [conv: {filters: 4, kernel_size: 3, activation: relu}, flatten]
  kinds: [dense: {units: 3, activation: sigmoid, from: see}]
  sizes: [dense: {units: 2, from: see}]
outputs: {kinds: kinds, sizes: sizes}
data: {source: arrays, train: several.npz, test: several.npz}
training: {epochs: 1, loss: {kinds: binary_crossentropy, sizes: mse}, seed: 1}
"""


def test_of_several_labels_or_numbers_a_card_is_about_the_one_that_is_the_most_wrong(tmp_path: Path) -> None:
    """As the numbers of Keras' own model have it; the card says which it is."""
    random = np.random.default_rng(0)
    waves = random.normal(size=(20, 12, 1)).astype("float32")
    kinds, sizes = random.integers(0, 2, (20, 3)), random.normal(size=(20, 2)).astype("float32")
    np.savez(tmp_path / "several.npz", wave=waves, kinds=kinds, sizes=sizes)
    folder = RunFolder(Path(train(*written_spec(tmp_path, SEVERAL), runs_dir=tmp_path / "runs").run))
    (run,) = reported_runs([folder], Asked())
    assert run.evaluation is not None and not run.missing
    said = keras.models.load_model(folder.last if not folder.best.exists() else folder.best)(waves)
    cards = unescape(runs_page([run]))
    for name, true in (("kinds", kinds), ("sizes", sizes)):
        off = np.abs(said[name].numpy() - true)
        assert len(run.looks[name]) == 8
        for look in run.looks[name]:
            row = int(look.name.rpartition(" ")[2])
            assert look.target is not None and look.target.name == str(off[row].argmax())
            assert f"what speaks for {'number ' * (name == 'sizes')}{look.target.name}" in cards


@pytest.mark.parametrize("killed", [True, False])
def test_a_run_that_ended_in_its_first_epoch_is_told(killed: bool, place: Path, tab: Page) -> None:
    """One that was killed has no model, one that was interrupted has its last weights, which are scored."""
    lost = ["metrics.jsonl", "metrics.csv", "best.keras", "result.json", *(["last.keras"] if killed else [])]
    run = copied(place, "short-1", *lost)
    if not killed:
        held = {"status": "interrupted", "epochs": 0, "best": None, "seconds": 0.1, "metrics": {}}
        (run / "result.json").write_text(json.dumps(held))
    sections, text = looked_at(tab, report(run, place / "short.html", force=True))
    assert "no epoch ended" in text
    assert sections == [name for name in ALL if not killed or name not in OF_EXAMPLES]


LACKING: dict[str, tuple[str, ...]] = {
    "environment.json": ("data", "scores"),
    "vocabulary.txt": ("scores",),
    "every JSON damaged": ("data", "scores"),
}
"""What a page lacks where files are missing or damaged."""


@pytest.mark.parametrize("name", LACKING)
def test_whatever_file_is_missing_or_damaged_the_page_is_made(name: str, place: Path) -> None:
    """But for the spec, without which a folder is no run."""
    run = copied(place, "less-1", *([name] if "." in name else []))
    for each in () if "." in name else run.glob("*.json"):
        each.write_text("{")
    (told,) = reported_runs([RunFolder(run)], Asked())
    text = runs_page([told])
    assert text.count("<section") == text.count("</section>") >= 8
    assert set(told.missing) == set(LACKING[name]) and all(why in unescape(text) for why in told.missing.values())
