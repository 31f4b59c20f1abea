"""docs/architecture.md: the files that it names are there, and its walks are the ways that calls really take."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.places import DOCS, PACKAGE, ROOT
from tests.support.script import run_script

PAGE = (DOCS / "architecture.md").read_text()
FENCES = re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
STEP = re.compile(r"^(\S+\.py) +([\w.]+) ", re.MULTILINE)
SPEC_WALK, BATCH_WALK = ([*STEP.findall(text)] for text in FENCES if STEP.search(text))

TRACED = """
import sys, threading
calls = []
def seen(frame, event, argument):
    file = frame.f_code.co_filename
    if event == "call" and file.startswith(PACKAGE):
        step = (file[len(PACKAGE) + 1:], frame.f_code.co_qualname)
        if step in WALK and calls[-1:] != [step]:
            calls.append(step)
threading.setprofile(seen)
sys.setprofile(seen)
from cnnspec.__main__ import main
sys.argv = ["cnnspec", *ARGUMENTS]
try:
    main()
finally:
    sys.setprofile(None)
    for file, function in calls:
        print(">", file, function)
"""


def called(walk: list[tuple[str, str]], arguments: list[str], folder: Path) -> list[tuple[str, str]]:
    """Those of the functions that the command calls, in order, each as often as it is its turn."""
    program = f"PACKAGE, WALK, ARGUMENTS = {str(PACKAGE)!r}, {walk!r}, {arguments!r}\n{TRACED}"
    done = run_script(program, folder)
    return [(line.split()[1], line.split()[2]) for line in done.stdout.decode().splitlines() if line.startswith("> ")]


EVERY = ("--set", "training.checkpoint.every=0.4")


@pytest.mark.parametrize(
    ("walk", "command"),
    [
        (SPEC_WALK, ["summary", "lenet"]),
        (BATCH_WALK, ["train", "digits", "--set", "training.epochs=1", "--set", "training.batch_size=300", *EVERY]),
    ],
    ids=["spec to row", "batch to checkpoint"],
)
def test_a_walk_is_the_way_that_the_calls_take(walk: list[tuple[str, str]], command: list[str], tmp_path: Path) -> None:
    """Each function is called, and after it, or by it, the one below."""
    calls = iter(called(walk, command, tmp_path))
    assert len(walk) > 5
    assert [step for step in walk if step not in calls] == [], "not called, or not in this order"


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|md))`", PAGE)) | {file for file, _ in SPEC_WALK + BATCH_WALK}
    folders = set(re.findall(r"`((?:cnnspec/)?(?:[a-z_]+/)*[a-z_]+)`", PAGE)) & {
        word for word in re.findall(r"`([a-z_/]+)`", PAGE) if "/" in word
    }
    assert len(named) > 20 and len(folders) > 8
    assert [name for name in sorted(named | folders) if not ((PACKAGE / name).exists() or (ROOT / name).exists())] == []


def test_every_chamber_of_the_backend_is_in_the_table() -> None:
    there = {f"backend/{path.parent.name}" for path in (PACKAGE / "backend").glob("*/__init__.py")}
    assert there == set(re.findall(r"`(backend/[a-z_]+)`", PAGE.partition("## The chambers")[2]))


PURE = ("source", "layers", "graph", "checks", "results")
OUTSIDE = {"os", "io", "subprocess", "socket", "shutil", "tempfile", "random", "time", "threading", "signal", "secrets"}
TOUCHES = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "exists",
    "is_file",
    "is_dir",
    "iterdir",
    "glob",
    "stat",
}
READERS = {
    "language/bundled.py",
    "language/document.py",
    "language/location.py",
    "language/revision.py",
    "layers/registry.py",
}


@pytest.mark.parametrize("room", [*PURE, "language"])
def test_what_is_said_to_be_pure_touches_nothing_outside(room: str) -> None:
    """No file, clock, environment or random number, but in what finds and reads specs, and the kinds in the source."""
    for path in (PACKAGE / room).rglob("*.py"):
        if str(path.relative_to(PACKAGE)) in READERS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not OUTSIDE & {name.partition(".")[0] for name in names}, path
            assert not (isinstance(node, ast.Attribute) and node.attr in TOUCHES), (path, node.lineno)
