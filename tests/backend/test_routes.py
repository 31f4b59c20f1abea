"""Every mistake that data or Keras bring to light is shown at its place in the spec, or says that it has none."""

import ast
import os
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cnnspec.backend.evaluate import evaluate
from cnnspec.backend.inspect.look import look
from cnnspec.backend.train import plan, plan_resumption, train
from cnnspec.graph.nodes import Graph
from cnnspec.language.location import locate
from cnnspec.language.spec import Spec
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Diagnostic, Rejected
from tests.support.mistakes import CASES, CLASSES, FOLDER, GOOD, MODEL, NUMBERS, PICTURES, Files, changed, npz
from tests.support.spec_texts import read

PACKAGE = Path(__file__).parent.parent.parent / "cnnspec"

APART = {
    "changed-data", "resume-differs", "huge-loss", "other-preprocessing", "unreadable-file", "weights-differ",
    "young-statistics",
}  # fmt: skip
"""Codes of which tests below tell, or that of the loop: they need a run, or a folder that may not be read."""

NOT_ABOUT_A_SPEC = {
    "bad-checkpoint": "a checkpoint in a run's folder",
    "bad-data": "what a Python program gives as data",
    "bad-fold": "--fold",
    "bad-input": "what predict is given",
    "bad-pack": "a packed run",
    "bad-study": "a sweep's journal",
    "bad-vocabulary": "a vocabulary in a run's folder",
    "cannot-write": "the file of an export",
    "changed-weights": "the file that a run began with",
    "fetch-failed": "weights fetch",
    "format-lacks": "what a format of exports cannot hold",
    "loss-not-finite": "how a run ended",
    "no-attribution": "an output that look is asked about",
    "no-class": "--class",
    "no-model": "a run without weights",
    "no-series": "runs over seeds or folds that were asked for together",
    "no-split": "--split",
    "no-stage": "--at and --maps",
    "no-threshold": "the thresholds in a run's folder",
    "not-reproducible": "a run that cannot be trained once more",
    "nothing-to-show": "--row, --text and --contact-sheet",
    "unknown-place": "the place that explain is asked about",
    "unknown-spec": "the bundled spec that is to be shown or copied",
    "unknown-variant": "the variant of it",
    "usage": "how a command or a function is asked",
}
"""Codes that have no place in any spec, and what they speak of."""


@pytest.mark.parametrize(("code", "text", "files"), CASES, ids=[f"{code}-{at}" for at, (code, *_) in enumerate(CASES)])
def test_a_mistake_is_shown_at_its_place(tmp_path: Path, code: str, text: str, files: Files) -> None:
    """Line, column and width are those of what stands between the marks."""
    spec, graph = laid_out(tmp_path, text, files)
    found = the_first(lambda: plan(spec, graph))
    assert found.code == code and found.span is not None
    assert (found.span.line, found.span.column, found.span.width) == between_marks(text)


OF_TRAINING = {"label-range", "no-loss", "nothing-to-learn"}
OF_DATA = [
    (code, text, files)
    for code, text, files in CASES
    if "«" in text.partition("\ntraining:")[0] and "augment" not in text and code not in OF_TRAINING
]
"""What `cnnspec data` finds as well, which neither changes pictures nor trains."""


@pytest.mark.parametrize(("code", "text", "files"), OF_DATA, ids=[f"{c}-{at}" for at, (c, *_) in enumerate(OF_DATA)])
def test_looking_at_data_shows_its_mistakes_at_the_same_places(
    tmp_path: Path, code: str, text: str, files: Files
) -> None:
    spec, graph = laid_out(tmp_path, text, files)
    found = the_first(lambda: look(spec, graph))
    assert found.code == code and found.span is not None
    assert (found.span.line, found.span.column, found.span.width) == between_marks(text)


def laid_out(folder: Path, text: str, files: Files) -> tuple[Spec, Graph]:
    """A marked spec with its files beside it, and a link to a folder that is not below its own."""
    place, elsewhere = folder / "project", folder / "elsewhere"
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    place.mkdir(exist_ok=True)
    elsewhere.mkdir()
    for name in ("train.npz", "old.keras"):
        (elsewhere / name).write_bytes(b"")
    (place / "link").symlink_to(elsewhere)
    path = place / "small.yaml"
    path.write_text(text.replace("«", "").replace("»", ""))
    return read(locate(str(path), print))


def between_marks(text: str) -> tuple[int, int, int]:
    """The line, the column and the width of what a text has between « and »."""
    before, _, rest = text.partition("«")
    return before.count("\n") + 1, len(before) - before.rfind("\n"), len(rest.partition("»")[0])


def shown(found: Diagnostic, text: str) -> str:
    """What a diagnostic underlines in a text."""
    assert found.span is not None
    line = text.splitlines()[found.span.line - 1]
    return line[found.span.column - 1 :][: found.span.width]


def trained(folder: Path) -> RunFolder:
    """A run of the small network, its data beside it."""
    spec, graph = laid_out(folder, changed(MODEL, ("seed: 1", "seed: 1, epochs: 1")), GOOD)
    return RunFolder(Path(train(spec, graph, runs_dir=folder / "project" / "runs").run))


def the_first(call: Callable[[], object]) -> Diagnostic:
    """What is refused first."""
    with pytest.raises(Rejected) as refusal:
        call()
    return refusal.value.diagnostics[0]


def test_a_changed_file_is_shown_where_the_spec_of_the_run_names_it(tmp_path: Path) -> None:
    run = trained(tmp_path)
    (tmp_path / "project/train.npz").write_bytes(npz(x=NUMBERS + 1, y=CLASSES))
    found = the_first(lambda: evaluate(run, *read(locate(str(run.spec), print)), split="train"))
    assert found.code == "changed-data" and shown(found, run.spec.read_text()) == "train.npz"


def test_a_changed_setting_is_shown_where_it_is_set(tmp_path: Path) -> None:
    run, setting = trained(tmp_path), "training.batch_size=4"
    found = the_first(lambda: plan_resumption(run, *read(locate(str(run.spec), print), settings=(setting,))))
    assert found.code == "resume-differs" and found.span is not None and found.span.file == "--set"
    assert shown(found, setting) == "batch_size=4"


def test_weights_that_do_not_fit_are_shown_where_the_spec_starts_from_them(tmp_path: Path) -> None:
    run = trained(tmp_path)
    text = changed(MODEL, ("seed: 1", f"«start_from: runs/{run.name}»"), ("units: 3", "units: 4"))
    path = tmp_path / "project/other.yaml"
    path.write_text(text.replace("«", "").replace("»", ""))
    found = the_first(lambda: plan(*read(locate(str(path), print))))
    assert found.code == "weights-differ" and found.span is not None
    assert (found.span.line, found.span.column, found.span.width) == between_marks(text)


def test_a_folder_that_may_not_be_read_is_shown_where_the_spec_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = changed(PICTURES, ("train: pictures", "train: «pictures»"))
    spec, graph = laid_out(tmp_path, text, FOLDER)
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if str(path).endswith("cat"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = the_first(lambda: look(spec, graph))
    assert found.code == "unreadable-file" and found.span is not None
    assert (found.span.line, found.span.column, found.span.width) == between_marks(text)


Site = tuple[str, str, str | None]
"""Where a diagnostic is made, its route as it is written there, and its code; None for one that is handed in."""

_MAKING = frozenset({"rejected", "Diagnostic", "refused", "refuse", "bad"})
_HANDED_ON = {"read_exactly": "FILE", "refuse": "FILE", "refused": "at", "bad": "NOWHERE"}
"""Functions that are given a code, and the route that they write."""


def sites() -> Iterator[Site]:
    """Every place at which something is rejected, or a diagnostic is made by who has no spec before it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        making = _MAKING if path.relative_to(PACKAGE).parts[0] in ("backend", "runs", "weights") else {"rejected"}
        if not any(f"{name}(" in path.read_text() for name in making):
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                yield from _in(function, path, making)


def _in(function: ast.FunctionDef, path: Path, making: Collection[str]) -> Iterator[Site]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in making:
            route = next((word.value for word in node.keywords if word.arg == "at"), None)
            route = node.args[4] if name == "refused" else route
            code = node.args[1 if name == "bad" else 0]
            at = _HANDED_ON[name] if route is None and name in _HANDED_ON else ast.unparse(route or ast.Constant(None))
            literal = code.value if isinstance(code, ast.Constant) and isinstance(code.value, str) else None
            if literal is None:
                assert function.name in _HANDED_ON, f"{path}:{node.lineno} makes a code up"
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}", at, literal


@cache
def every_site() -> list[Site]:
    """All of them, in order."""
    return sorted(set(sites()), key=str)


def test_no_diagnostic_is_made_without_a_route() -> None:
    """mypy asks it of `rejected`; a Diagnostic made by itself, to be shown with others, must not forget it either."""
    assert len(every_site()) > 150
    assert [place for place, at, _ in every_site() if at == "None"] == []


def test_every_code_with_a_route_is_shown_at_a_place_by_a_test() -> None:
    routed = {code for _, at, code in every_site() if at != "NOWHERE" and code}
    assert routed == {code for code, _, _ in CASES} | APART


def test_every_code_without_a_place_says_what_it_is_about() -> None:
    """And is nowhere at all the places where it is raised."""
    routed = {code for _, at, code in every_site() if at != "NOWHERE"}
    assert {code for _, _, code in every_site() if code} - routed == set(NOT_ABOUT_A_SPEC)
