"""Wrong input through the real program: a clear message, the right exit code, no traceback, nothing lost."""

import json
import os
import pty
import re
import resource
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from cnnspec import open_run
from cnnspec.backend.train import train
from cnnspec.cli.app import program
from cnnspec.cli.boundary import FAILED
from cnnspec.cli.screen import errors, output
from tests.support.interrupted_demo import interrupt_demos
from tests.support.program import CONTROL, FINE, USAGE, WRONG, refused, run, run_cold
from tests.support.small_runs import BRIEF, SMALLEST, TESTED, small_spec

TEN_LINES = "cnnspec: 1\nname: small\ninputs: {x: [4]}\nmodel:\n  - dense: 3\n"


TEXTS = {
    "an empty file": (b"", "empty-spec"),
    "a file of comments": (b"# nothing\n", "empty-spec"),
    "a binary file": (bytes(range(256)) * 40, "not-utf8"),
    "text with a NUL": (b"cnnspec: 1\nname: a\x00b\n", "unreadable-character"),
    "two mebibytes": (b"# " + b"x" * 2**21, "file-too-large"),
    "a mebibyte of [": (b"[" * (2**20 - 1), "too-deep"),
    "a mebibyte of {": (b"{" * (2**20 - 1), "key-not-text"),
    "a mebibyte of dashes": (b"- " * (2**19 - 1), "too-deep"),
    "an anchor": (TEN_LINES.encode() + b"vars: {a: &x 1, b: *x}\n", "yaml-anchor"),
    "a tag": (TEN_LINES.encode() + b'vars: {a: !!python/object/apply:os.system ["true"]}\n', "yaml-tag"),
    "a key twice": (TEN_LINES.encode() + b"name: other\n", "duplicate-key"),
    "a list": (b"- 1\n", "not-a-map"),
    "a tab": (b"cnnspec: 1\ninputs:\n\tx: [4]\nmodel: [dense: 3]\n", "tab-indent"),
    "a billion repeats": (TEN_LINES.replace("dense: 3", "dense: {units: 3, repeat: 1000000000}").encode(), "bad-value"),
    "a trillion units": (TEN_LINES.replace("dense: 3", "dense: 1000000000000").encode(), "bad-value"),
    "a power tower": (TEN_LINES.replace("dense: 3", 'dense: "${9**9**9}"').encode(), "bad-expression"),
    "a recursive block": (
        TEN_LINES.replace("dense: 3", "again").encode() + b"blocks: {again: {layers: [again]}}\n",
        "recursive-block",
    ),
    "a billion laughs": (
        (TEN_LINES + "vars:\n  a0: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n").encode()
        + "".join(f"  a{n + 1}: [{', '.join([f'$a{n}'] * 10)}]\n" for n in range(12)).encode(),
        "too-many-values",
    ),
    "a name that steers the terminal": (
        b'cnnspec: 1\nname: "\\e[2Jx"\ninputs: {x: [4]}\nmodel: {"\\e]0;y\\a": [dense: 3]}\n',
        "bad-name",
    ),
}


@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS.keys())
def test_a_wrong_text_is_refused(text: bytes, code: str, tmp_path: Path) -> None:
    """By summary from a file, and by validate from standard input."""
    (tmp_path / "spec.yaml").write_bytes(text)
    refused(run("summary", "spec.yaml", folder=tmp_path), WRONG, code, "spec.yaml")
    done = run("validate", "-", "--format", "json", folder=tmp_path, stdin=text)
    found = json.loads(refused(done, WRONG))["diagnostics"]
    assert code in {diagnostic["code"] for diagnostic in found}
    for diagnostic in found:
        assert {"file", "line", "column", "severity", "code", "message", "help"} <= diagnostic.keys()


def peak(path: Path) -> int:
    """The largest memory of a validation, in bytes."""
    program = (
        "import resource, sys\n"
        "from cnnspec.analysis import analyse\n"
        f"analyse({str(path)!r})\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)\n"
    )
    return int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)


def test_a_mebibyte_of_brackets_takes_little_memory(tmp_path: Path) -> None:
    """At most 50 MB more than a spec of ten lines."""
    (tmp_path / "small.yaml").write_text(TEN_LINES)
    (tmp_path / "deep.yaml").write_text("[" * (2**20 - 1))
    assert peak(tmp_path / "deep.yaml") - peak(tmp_path / "small.yaml") < 50e6


def test_paths_that_are_no_spec(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "small.yaml").write_text(TEN_LINES)
    refused(run("summary", "missing.yaml", folder=tmp_path), WRONG, "file-not-found", "small.yaml")
    refused(run("summary", "folder.yaml", folder=tmp_path), WRONG, "unreadable-file")
    refused(run("summary", "pipe.yaml", folder=tmp_path), WRONG, "unreadable-file")
    refused(run("summary", "resnett", folder=tmp_path), WRONG, "unknown-spec", "resnet")
    refused(run("summary", "resnet@19", folder=tmp_path), WRONG, "unknown-variant")


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_a_spec_that_may_not_be_read(tmp_path: Path) -> None:
    path = Path("/tmp") / f"cnnspec-secret-{os.getpid()}.yaml"
    path.write_text(TEN_LINES)
    path.chmod(0o600)
    program = "import os, sys; os.setuid(65534); from cnnspec.analysis import analyse; " + (
        f"print([d.code for d in analyse({str(path)!r}).diagnostics])"
    )
    try:
        warm = "import cnnspec.analysis; "
        done = subprocess.run([sys.executable, "-c", warm + program], capture_output=True, text=True, cwd="/")
    finally:
        path.unlink()
    assert done.stdout.strip() == "['unreadable-file']", done.stderr


def test_extends_stays_inside_and_ends(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "outside.yaml").write_text(TEN_LINES)
    (inner / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    cases = {
        "../outside.yaml": "path-outside",
        str(tmp_path / "outside.yaml"): "path-outside",
        "link.yaml": "path-outside",
        "self.yaml": "extends-cycle",
        "none.yaml": "file-not-found",
    }
    for target, code in cases.items():
        (inner / "self.yaml").write_text(f"cnnspec: 1\nextends: {target}\n")
        refused(run("validate", "self.yaml", folder=inner), WRONG, code)


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    """As under `cnnspec summary resnet@152 --layers | head -1`."""
    command = (
        f"{sys.executable} -m cnnspec summary resnet@152 --layers --format csv | head -n 1; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == FINE
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_wrong_usage(tmp_path: Path) -> None:
    for arguments in (["nothing"], ["summary", "--colour"], ["validate"], ["build", "lenet"], ["train"], ["summary"]):
        refused(run(*arguments, folder=tmp_path), USAGE)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    for name in ("digits.yaml", "network.yaml", "model.keras"):
        (tmp_path / name).write_text("mine")
    refused(run("specs", "copy", "digits", folder=tmp_path), USAGE, "digits.yaml", "--force")
    refused(run("init", folder=tmp_path), USAGE, "network.yaml", "--force")
    refused(run("build", "lenet", "-o", "model.keras", folder=tmp_path), USAGE, "model.keras", "--force")
    assert {path.read_text() for path in tmp_path.iterdir()} == {"mine"}


def test_settings_that_mean_nothing(tmp_path: Path) -> None:
    for setting in (
        "",
        "=",
        "vars",
        "nowhere=1",
        "vars.nope=1",
        "model.conv1.9.conv.filters=1",
        "vars.classes={",
        "..=1",
    ):
        said = refused(run("summary", "resnet", "--set", setting, folder=tmp_path), WRONG, "--set")
        assert "error[" in said


def test_memory_is_bounded_while_everything_is_wrong(tmp_path: Path) -> None:
    """The whole program under a limit of 1 GiB of address space."""
    (tmp_path / "spec.yaml").write_bytes(TEXTS["a billion laughs"][0])

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))

    refused(run_cold("validate", "spec.yaml", folder=tmp_path, first=limit), WRONG, "too-many-values")


_PATHS = frozenset(
    {"SPEC", "A", "B", "SPEC.yaml", "RUN", "INPUT", "DIR", "FILE", "FILE.csv", "FILE.png", "FILE.html", "NAME"}
)
_PATHS |= {"FILE.zip", "RUN.zip", "USER/NAME"}
"""What an argument or option is called that takes a path, or a name that may be taken for one."""
_GOOD = {"SPEC": "small.yaml", "RUN": "runs/small-1", "INPUT": "picture.png", "FILE": "fresh.tflite", "NAME": "digits"}
_GOOD |= {"A": "small.yaml", "B": "small.yaml", "FILE.html": "fresh.html", "TAG": "good", "TEXT": "It is good."}
_GOOD |= {"RUN.zip": "small.zip"}
"""What is given for the other arguments that a command needs."""


def _odd_paths(folder: Path, device: Path) -> dict[str, str]:
    """Paths to which an operating system has an odd answer, by what is odd."""
    (folder / "circle").symlink_to("circle")
    os.mkfifo(folder / "fifo")
    return {
        "too long": "n" * 300 + ".yaml",
        "a circle of links": "circle",
        "below a circle": "circle/below.yaml",
        "below a file": "small.yaml/below",
        "a device": str(device),
        "a pipe that nobody writes": "fifo",
        "no UTF-8": os.fsdecode(b"bad\xff.yaml"),
        "nothing": "",
    }


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _calls(odd: str, called: Collection[str]) -> Iterator[list[str]]:
    """Every command with `odd` for each of its arguments and options that are called so; the rest is what it needs."""
    for path, command in _commands(typer.main.get_command(program())):
        needed = [each for each in command.params if each.required]
        for place in (each for each in command.params if each.metavar in called):
            words = [*path, *(["--dry-run"] if path == ("train",) else [])]
            for each in dict.fromkeys([*needed, place]):
                value = odd if each is place else _GOOD[each.metavar]
                words += [each.opts[0], value] if each.param_type_name == "option" else [value]
            yield words


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spec, its data, a run and a picture."""
    folder = tmp_path_factory.mktemp("furnished")
    spec, graph = small_spec(folder, BRIEF, SMALLEST, TESTED)
    train(spec, graph, runs_dir=folder / "runs")
    Image.new("L", (6, 6)).save(folder / "picture.png")
    open_run(folder / "runs" / "small-1").pack(folder / "small.zip", report=False)
    return folder


def _said(words: list[str]) -> tuple[int, str]:
    """The exit code of a command line in this process, and all that it said; raises what no command may raise."""
    for console in (output, errors):
        console.cache_clear()
    done = CliRunner().invoke(program(words[:1]), words, prog_name="cnnspec")
    for console in (output, errors):  # they write to what the runner gave, which nobody reads any more
        console.cache_clear()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_whatever_an_operating_system_answers_ends_in_a_message(
    furnished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every command, and each of its arguments and options that take a path."""
    monkeypatch.chdir(furnished)
    interrupt_demos(monkeypatch)
    number, opened = 0, pty.openpty()
    device, pipe = Path(os.ttyname(opened[1])), furnished / "fifo"
    for what, odd in _odd_paths(furnished, device).items():
        for words in _calls(odd, _PATHS):
            code, said = _said(words)
            number += 1
            assert code in (FINE, WRONG, USAGE, FAILED), (what, words, said)
            assert not CONTROL.search(said), (what, words, said)
            assert code == FINE or re.search(r"error|Error", said), (what, words, said)
    assert number > 8 * 25
    assert device.is_char_device() and pipe.is_fifo() and (furnished / "circle").is_symlink()
    for end in opened:
        os.close(end)


def test_words_that_are_no_utf_8_end_in_a_message(furnished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(furnished)
    odd = os.fsdecode(b"a\xffb")
    for words in [
        *_calls(odd, {"TEXT", "FIGURE", "K/N", "TAG", "CONDITION", "URI"}),
        *_calls(f"training.epochs={odd}", {"PATH=VALUE"}),
    ]:
        code, said = _said(words)
        assert code in (WRONG, USAGE) and not CONTROL.search(said), (words, said)


@pytest.mark.parametrize(
    ("redirected", "code", "told"),
    [
        ("summary digits > /dev/full", FAILED, "No space left"),
        ("validate digits > /dev/full", FAILED, "No space left"),
        ("--version > /dev/full", FAILED, ""),
        ("diff resnet@18 resnet@34 > /dev/full", FAILED, "No space left"),
        ("summary digits >&-", FINE, ""),
        ("validate digits >&- 2>&-", FINE, ""),
        ("validate no-such-spec 2>&-", WRONG, ""),
        ("validate no-such-spec 2>/dev/full", WRONG, ""),
        ("validate - <&-", USAGE, "standard input is closed"),
        ("train - <&-", USAGE, "standard input is closed"),
    ],
)
def test_streams_that_are_closed_or_full_end_in_a_message(redirected: str, code: int, told: str) -> None:
    done = subprocess.run(f"{sys.executable} -m cnnspec {redirected}", shell=True, capture_output=True, text=True)
    assert done.returncode == code, done
    assert told in done.stderr and "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_a_page_of_no_columns_is_written_to_all_the_same(tmp_path: Path) -> None:
    for words, code in ((["summary", "digits"], FINE), (["validate", "no-such-spec"], WRONG)):
        done = run_cold(*words, folder=tmp_path, env={**os.environ, "COLUMNS": "0"})
        assert done.returncode == code and len(done.stdout + done.stderr) > 40
