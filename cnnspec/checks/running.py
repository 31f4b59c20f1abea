"""What the language has and training does not run yet."""

from collections.abc import Iterator

from cnnspec.checks.subject import Sections
from cnnspec.source.diagnostic import Diagnostic, warning


def not_running(sections: Sections) -> Iterator[Diagnostic]:
    """A source that nothing reads yet, a file in a format that is not read, an augmentation that mixes labels."""
    data = sections.spec.data
    if data is None:
        return
    if not data.runs:
        message = f"data.source.{data.kind} does not run yet: train will refuse it"
        help = "save the data for one of the sources that run: digits, image_folder, arrays, table, text_lines"
        yield warning("not-running", message, sections.place("data", "source"), help)
    for split in ("train", "validation", "test"):
        if str(getattr(data, split, "")).lower().endswith(".parquet"):
            message = f"{getattr(data, split)} is parquet, which does not run yet: train will refuse it"
            yield warning("not-running", message, sections.place("data", split), "save it as .csv or .jsonl")
    for index, each in enumerate(data.augmentations()):
        if not each.runs:
            message = f"data.augment.{each.kind} does not run yet: train will refuse it"
            yield warning("not-running", message, sections.place("data", "augment", index), "leave it out")
