"""The house: who may import whom, and what starts without TensorFlow."""

import ast
import functools
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.support.places import DOCS, PACKAGE, ROOT, TESTS

RANKS = {
    "source": 0,
    "layers": 1,
    "language": 2,
    "graph": 3,
    "checks": 4,
    "results": 4,
    "analysis": 5,
    "stopping": 5,
    "runs": 5,
    "data_checks": 5,
    "weights": 6,
    "comparison": 6,
    "sweeps": 6,
    "foreign": 7,
    "reports": 8,
    "trackers": 8,
    "backend": 8,
    "door": 9,
    "api": 10,
    "cli": 11,
}
"""A module imports from lower ranks and its own room; rooms of one rank do not know each other, `analysis` stands on
the checks. Commands may stand on what Python programs have, so that neither can do what the other cannot."""
ONLY = {
    "keras": {"backend"},
    "tensorflow": {"backend"},
    "numpy": {"backend", "weights"},
    "sklearn": {"backend"},
    "scipy": {"backend"},
    "PIL": {"backend"},
    "h5py": {"weights"},
    "onnx": {"backend"},
    "onnxruntime": {"backend"},
    "tf2onnx": {"backend"},
    "openvino": {"backend"},
    "ai_edge_litert": {"backend"},
    "optuna": {"sweeps"},
    "rich": {"reports", "cli"},
    "typer": {"cli"},
    "yaml": {"source", "runs"},
    "tensorboardX": {"trackers"},
    "mlflow": {"trackers"},
    "jinja2": {"reports"},
    "markupsafe": {"reports"},
}
"""Libraries that only some rooms know."""
HEAVY = ("tensorflow", "keras", "numpy", "sklearn", "scipy", "PIL", "h5py")


def imports(path: Path) -> set[str]:
    """The modules that a file names in its imports, wherever they stand."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add(str(node.module))
            if node.module == "cnnspec":
                names |= {f"cnnspec.{alias.name}" for alias in node.names}
    return names


def room(path: Path) -> str:
    """The room of a file: its folder in the package, or its own name at the top."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


def may_know(here: str, there: str) -> bool:
    """Whether a room may import from another; into the backend leads one door."""
    if there == "backend" and here not in ("backend", "door"):
        return False
    return there == here or RANKS[there] < RANKS[here]


FILES = sorted(path for path in PACKAGE.rglob("*.py") if room(path) in RANKS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_from_lower_rooms_only(path: Path) -> None:
    here = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "cnnspec" and len(parts) > 1 and parts[1] in RANKS:
            assert may_know(here, parts[1]), f"{here} imports {name}"
        if parts[0] in ONLY:
            assert here in ONLY[parts[0]], f"{here} imports {name}"


@pytest.mark.parametrize(
    ("here", "there"), [("backend", "reports"), ("reports", "backend"), ("runs", "analysis"), ("cli", "backend")]
)
def test_who_works_and_who_prints_do_not_know_each_other(here: str, there: str) -> None:
    """Nor do other rooms of one rank; and commands know the backend by the door alone."""
    assert not may_know(here, there)


def test_the_documents_have_the_rooms_in_their_ranks() -> None:
    """The line of docs/architecture.md, and the table of CONTRIBUTING.md; what is one file they name beside it."""
    rooms = {name: rank for name, rank in RANKS.items() if (PACKAGE / name).is_dir()}
    (line,) = re.findall(r"```\n(source -> layers .*?)```", (DOCS / "architecture.md").read_text(), re.DOTALL)
    told = [set(rank.split(" | ")) for rank in " ".join(line.split()).split(" -> ")]
    assert told == [{each for each in rooms if rooms[each] == rank} for rank in sorted({*rooms.values()})]
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("| room | what it knows |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(rooms) and rows == sorted(rows, key=lambda name: rooms[name])


def test_tests_lie_as_the_package_does_and_import_none_of_each_other() -> None:
    """What several share lies in `support`."""
    for path in TESTS.rglob("*.py"):
        shared = [name for name in imports(path) if name.startswith("tests")]
        assert all(name.startswith("tests.support") for name in shared), path
        folder = path.parent.relative_to(TESTS)
        if path.stem.startswith("test_"):
            assert (PACKAGE / folder).is_dir(), f"{path} lies where the package has no room"


def test_every_room_is_in_the_table() -> None:
    found = {room(path) for path in PACKAGE.rglob("*.py")} - {"__init__", "__main__"}
    assert found == set(RANKS)


@pytest.mark.parametrize(
    "command",
    [
        ["validate", "digits"],
        ["summary", "resnet@152"],
        ["summary", "resnet@18", "resnet@34", "--format", "json"],
        ["diff", "resnet@50", "resnet@50"],
        ["diagram", "resnet@50"],
        ["code", "resnet@50"],
        ["schema"],
        ["specs", "list"],
        ["runs", "list"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_a_command_without_data_imports_no_array_library(command: list[str]) -> None:
    """Neither TensorFlow nor Keras, NumPy or scikit-learn is among the loaded modules when it ends."""
    assert loaded_after(command, HEAVY) == "[]"


def loaded_after(command: list[str], names: tuple[str, ...], asked: Mapping[str, str] = MappingProxyType({})) -> str:
    """Which of these modules are loaded when the command ends, as a list in words."""
    loaded = _modules_of(tuple(command), tuple(asked.items()))
    return str([name for name in names if name in loaded])


@functools.cache
def _modules_of(command: tuple[str, ...], asked: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The modules that are loaded when the command ends."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from cnnspec.__main__ import main\n"
        f"sys.argv = ['cnnspec', *{list(command)!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, **dict(asked)}
    )
    return frozenset(done.stderr.strip().splitlines()[-1].split())


@pytest.mark.parametrize("command", [["summary", "resnet@152"], ["--help"], ["runs", "list"]], ids=" ".join)
def test_a_command_that_trains_nothing_does_not_read_the_language_of_training(command: list[str]) -> None:
    """Its models take longer to make than the whole summary of a small network."""
    assert loaded_after(command, ("cnnspec.language.training", "cnnspec.language.data")) == "[]"


@pytest.mark.parametrize("command", [["validate", "digits"], ["summary", "resnet@152"]], ids=" ".join)
def test_specs_without_options_need_neither_typer_nor_the_classes_of_pydantic(command: list[str]) -> None:
    """Both take longer to import than the spec to be read and checked."""
    assert loaded_after(command, ("typer", "pydantic", "cnnspec.cli.app")) == "[]"


@pytest.mark.parametrize("command", [["validate", "digits"], ["summary", "digits"]], ids=" ".join)
def test_no_family_is_imported_that_the_spec_does_not_name(command: list[str]) -> None:
    """Digits convolves, normalises, pools, drops out, rescales; its loss is auto, and its pictures stay as they are."""
    layers = [f"cnnspec.layers.{name}" for name in ("transposed", "slope", "resample", "merge")]
    language = [f"cnnspec.language.{name}" for name in ("losses", "augmentation")]
    graph = [f"cnnspec.graph.{name}" for name in ("residual", "parallel", "reuse", "block")]
    assert loaded_after(command, (*layers, *language, *graph)) == "[]"


def test_the_version_is_told_by_almost_nothing() -> None:
    assert loaded_after(["--version"], ("typer", "pydantic_core", "rich", "yaml", "dataclasses")) == "[]"


@pytest.mark.parametrize("command", [["validate", "digits"], ["summary", "resnet@152"]], ids=" ".join)
def test_a_fast_command_compiles_no_frozen_dataclass(command: list[str]) -> None:
    """Each takes half a millisecond, and there are a hundred: `cnnspec.source.frozen` makes them instead."""
    program = (
        "import dataclasses, sys\n"
        "made, make = [], dataclasses._process_class\n"
        "def seen(cls, init, repr, eq, order, unsafe_hash, frozen, *more):\n"
        "    made.extend([f'{cls.__module__}.{cls.__name__}'] if frozen else [])\n"
        "    return make(cls, init, repr, eq, order, unsafe_hash, frozen, *more)\n"
        "dataclasses._process_class = seen\n"
        "from cnnspec.__main__ import main\n"
        f"sys.argv = ['cnnspec', *{command!r}]\n"
        "try:\n    main()\n"
        "finally:\n    print([name for name in made if name.startswith('cnnspec')], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", ["val", "validate di", "train --", "runs show "])
def test_a_word_is_completed_by_almost_nothing(words: str) -> None:
    at = str(len(words.split(" ")))
    asked = {"_CNNSPEC_COMPLETE": "complete_bash", "COMP_WORDS": f"cnnspec {words}", "COMP_CWORD": at}
    assert loaded_after([], ("typer", "pydantic_core", "rich", "yaml", "cnnspec.analysis"), asked) == "[]"


def test_validation_grows_linearly(tmp_path: Path) -> None:
    """Four times the entries take about four times the calls: counted, since times are noisy."""

    def calls(entries: int) -> int:
        path = tmp_path / f"long{entries}.yaml"
        lines = [f"  - dense: {{units: {16 + number % 7}, activation: relu}}" for number in range(entries)]
        path.write_text("\n".join(["cnnspec: 1", "name: long", "inputs: {x: [16]}", "model:", *lines]))
        program = (
            "import sys\n"
            "from cnnspec.analysis import analyse\n"
            "count = 0\n"
            "def seen(frame, event, argument):\n"
            "    global count\n"
            "    count += 1\n"
            "sys.setprofile(seen)\n"
            f"found = analyse({str(path)!r}, every_variant=True)\n"
            "sys.setprofile(None)\n"
            "assert found.diagnostics == ()\n"
            "print(count)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return int(done.stdout)

    few, many = calls(500), calls(2_000)
    assert 3 * few < many < 5 * few
