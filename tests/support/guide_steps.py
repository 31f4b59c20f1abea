"""The guides as steps to take: files to write, commands to type, and what they print.

`python -m tests.support.guide_steps docs/guide.md` takes all of them in a new folder and writes into the guide what was
printed. A command that fails, as it should, has its exit code in a comment: `# exits with 1`.
"""

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_digits

from tests.support.places import DOCS
from tests.support.program import run

GUIDE = DOCS / "guide.md"
TRANSFER = GUIDE.parent / "transfer.md"
_FENCE = re.compile(r"(?:`(\S+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"exits with (\d+)")
_FILE = re.compile(r"# (\S+\.yaml)\n")


@dataclass(frozen=True, slots=True)
class Step:
    """Files that are written first, the commands, and what the guide says that the last of them prints."""

    files: tuple[tuple[str, str], ...]
    commands: tuple[str, ...]
    codes: tuple[int, ...]
    printed: str | None


def steps(guide: str) -> Iterator[Step]:
    """The guide's steps in order."""
    files: list[tuple[str, str]] = []
    fences = [(match[1], match[2], match[3]) for match in _FENCE.finditer(guide)]
    for (named, language, text), (_, after, printed) in zip(fences, [*fences[1:], ("", "", "")], strict=True):
        if language == "csv":
            files.append((named, text))
        elif name := _FILE.match(text):
            files.append((name[1], text))
        if language == "sh":
            lines = [line.partition(" #") for line in text.splitlines()]
            commands = tuple(command.strip() for command, _, _ in lines)
            codes = tuple(int(match[1]) if (match := _CODE.search(said)) else 0 for _, _, said in lines)
            yield Step(tuple(files), commands, codes, printed if after == "text" else None)
            files = []


def take(step: Step, folder: Path) -> str:
    """What the last command prints, or says where it fails as it should; raises AssertionError if it does otherwise."""
    for name, text in step.files:
        (folder / name).write_text(text)
    printed = ""
    for command, code in zip(step.commands, step.codes, strict=True):
        words = shlex.split(command)
        assert words[0] == "cnnspec"
        environment = {**os.environ, "COLUMNS": "80"}
        done = run(*words[1:], folder=folder, env=environment)
        assert done.returncode == code, f"{command}: {(done.stdout + done.stderr).decode()}"
        printed = (done.stderr if code else done.stdout).decode()
    return "\n".join(line.rstrip() for line in printed.strip("\n").split("\n")) + "\n"


def put_pictures(folder: Path) -> None:
    """What a reader puts there: two classes of pictures in `photos`, some more in `new`."""
    digits = load_digits()
    for number in range(60):
        name = ("zero", "one")[digits.target[number]] if digits.target[number] < 2 else None
        if name:
            place = folder / "photos" / name if number < 40 else folder / "new"
            place.mkdir(parents=True, exist_ok=True)
            pixels = (digits.images[number] * 15.9).astype("uint8")
            Image.fromarray(pixels).resize((160, 144)).convert("RGB").save(place / f"{number}.png")


def main(page: Path) -> None:
    """Write into a guide what its commands print."""
    guide = page.read_text()
    with tempfile.TemporaryDirectory() as name:
        put_pictures(Path(name))
        outputs = []
        for step in steps(guide):
            print(*step.commands, sep="\n", flush=True)
            printed = take(step, Path(name))
            if step.printed is not None:
                outputs.append(printed)
    fresh = iter(outputs)
    page.write_text(re.sub(r"^```text\n.*?^```$", lambda _: f"```text\n{next(fresh)}```", guide, flags=re.M | re.S))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else GUIDE)
