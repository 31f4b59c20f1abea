"""A run's card: Markdown with the front matter of the Hub, for whoever finds the run packed or published.

Every text of the run's is text there, and the same run has the same card wherever it is made. No licence is chosen.
"""

import json
import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cnnspec.graph.heads import learnt_heads
from cnnspec.graph.nodes import Graph
from cnnspec.language.spec import Spec
from cnnspec.reports.examples import examples_word
from cnnspec.reports.markdown import as_markdown
from cnnspec.reports.numbers import duration, memory
from cnnspec.reports.runs.collect import Known
from cnnspec.reports.runs.showing import run_sheets, shown_run
from cnnspec.reports.safe import markdown, shown
from cnnspec.results.history import Run
from cnnspec.runs.written import Written

_SPLITS = (("test_", "test"), ("val_", "validation"), ("", "train"))
_PACKAGES = ("cnnspec", "python", "tensorflow", "keras", "numpy")
_FENCE = re.compile("`{3,}")


@dataclass(frozen=True, slots=True)
class Carded:
    """What a card is made of: a run, its network where its spec can be read, its spec as text, and its files' sizes.

    `given` is what it can predict, as arguments; `resolved` is spec.yaml, `written` what it was made of.
    """

    known: Known
    spec: Spec | None
    graph: Graph | None
    resolved: str
    written: Written | None
    files: Mapping[str, int]
    given: Sequence[str]


def card(run: Carded) -> str:
    """The card as a README.md."""
    parts = (_head(run), *_scores(run), *_use(run), *_data(run.known.run), *_made(run), *_spec(run), *_files(run.files))
    return "\n".join(_front_matter(run)) + "\n\n" + "\n\n".join(filter(None, parts)) + "\n"


def _front_matter(run: Carded) -> Iterator[str]:
    """What the Hub reads; JSON's strings are YAML's, too."""
    task, split = _task(run), _judged(run.known.run)
    yield from ("---", "library_name: keras", "# license: choose one, as in mit, and take this # away")
    yield from (f"pipeline_tag: {task}",) if task != "other" else ()
    yield from ("tags:", "- cnnspec", *([f"- {task}"] if task != "other" else []))
    figures = _figures(run.known.run, split)
    if figures:
        yield from ("metrics:", *(f"- {_word(name)}" for name in figures), "model-index:")
        yield from (f"- name: {_word(run.known.run.name)}", "  results:", "  - task:", f"      type: {task}")
        kind = run.spec.data.kind if run.spec is not None and run.spec.data is not None else "unknown"
        yield from ("    dataset:", f"      name: {_word(_dataset(run))}", f"      type: {_word(kind)}")
        yield from (f"      split: {dict(_SPLITS)[split]}", "    metrics:")
        for name, value in figures.items():
            yield from (f"    - type: {_word(name)}", f"      value: {value!r}")
    yield "---"


def _word(text: str) -> str:
    return json.dumps(shown(text))


def _task(run: Carded) -> str:
    """The Hub's word for what the network does; `other` where it has none."""
    heads = learnt_heads(run.graph) if run.graph is not None else ()
    if run.spec is None or run.graph is None or len(heads) != 1 or heads[0].form == "values":
        return "other"
    word = examples_word(run.spec.data, run.graph)
    if word == "images":
        return "image-segmentation" if len(heads[0].shape) > 1 else "image-classification"
    return "text-classification" if word == "sentences" and len(heads[0].shape) == 1 else "other"


def _judged(run: Run) -> str:
    """The prefix of the figures of the split that says most."""
    return next(prefix for prefix, _ in _SPLITS if not prefix or any(name.startswith(prefix) for name in run.scores))


def _figures(run: Run, prefix: str) -> dict[str, float]:
    """The finite figures of a split, under their own names."""
    others = tuple(other for other, _ in _SPLITS if other and other != prefix)
    found = {name.removeprefix(prefix): value for name, value in run.scores.items() if name.startswith(prefix)}
    found = found if prefix else {name: value for name, value in found.items() if not name.startswith(others)}
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


def _dataset(run: Carded) -> str:
    names = list(run.known.run.environment.data)
    kind = run.spec.data.kind if run.spec is not None and run.spec.data is not None else "data"
    return ", ".join(names[:3]) if names else kind


def _head(run: Carded) -> str:
    spec = run.spec
    description = f"{markdown(spec.description.strip())}\n\n" if spec is not None and spec.description.strip() else ""
    reference = f"Reference: {markdown(spec.reference.strip())}\n\n" if spec is not None and spec.reference else ""
    network = shown_run(run.known, run.graph).network
    size = f"The network has {markdown(network)}.\n\n" if network else ""
    name = markdown(run.known.run.name)
    made = "Trained by [cnnspec](https://pypi.org/project/cnnspec/) from one YAML file, which is below."
    return f"# {name}\n\n{description}{reference}{size}{made}"


def _scores(run: Carded) -> Iterator[str]:
    sheets = run_sheets(shown_run(run.known, run.graph))[1:]
    if sheets:
        yield "## Scores"
        yield as_markdown(sheets)


def _use(run: Carded) -> Iterator[str]:
    yield "## Use it"
    predict = shlex.join(["cnnspec", "predict", ".", *run.given])
    yield _fenced(
        f"pip install cnnspec\n{predict}\ncnnspec evaluate . --data-root DIR\ncnnspec reproduce . --data-root DIR",
        "sh",
    )
    yield "In place of `.`, this folder, a packed run (`run.zip`) is taken as it is. The same in Python:"
    yield _fenced('import cnnspec\n\nrun = cnnspec.open_run(".")\nmodel = run.model()  # a plain keras.Model', "python")


def _data(run: Run) -> Iterator[str]:
    marks = run.environment.data
    yield "## Data"
    if not marks:
        yield "It comes without its data, and learnt from no file of its own."
        return
    yield "It comes without its data, which was this; `--data-root` names the folder where it lies:"
    yield "\n".join(f"- {markdown(name)}: {markdown(mark)}" for name, mark in marks.items())


def _made(run: Carded) -> Iterator[str]:
    told = run.known.run
    environment = told.environment
    versions = [f"{name} {environment.versions[name]}" for name in _PACKAGES if name in environment.versions]
    ran_on = ", then ".join(each.words for each in environment.ran_on)
    command = " ".join(shlex.quote(word) for word in ("cnnspec", *environment.command[1:]))
    lines = {
        "ended": told.status + (f": {told.reason}" if told.reason else ""),
        "begun": datetime.fromtimestamp(told.started, UTC).strftime("%Y-%m-%d %H:%M UTC") if told.started else "",
        "took": "" if told.seconds is None else duration(told.seconds),
        "command": command if environment.command else "",
        "resumed": f"{len(environment.resumed)} times" if environment.resumed else "",
        "part of a cross-validation": environment.fold,
        "computed on": ran_on,
        "platform": environment.platform,
        "versions": ", ".join(versions),
    }
    yield "## How it was made"
    yield "\n".join(f"- {name}: {markdown(value)}" for name, value in lines.items() if value)


def _spec(run: Carded) -> Iterator[str]:
    yield "## Spec"
    if run.written is not None and run.written.files:
        for name, text in run.written.files.items():
            yield f"As it was written, `written/{name}`:"
            yield _fenced(text, "yaml")
        variant, settings = run.written.variant, run.written.settings
        yield f"Its variant {markdown(variant)} was trained." if variant else ""
        yield "\n".join(["With:", "", *(f"- --set {markdown(each)}" for each in settings)]) if settings else ""
    yield "With everything resolved, `spec.yaml`:"
    yield _fenced(run.resolved, "yaml")


def _files(files: Mapping[str, int]) -> Iterator[str]:
    yield "## Files"
    yield "\n".join(f"- {markdown(name)}: {memory(size)}" for name, size in sorted(files.items()))
    yield "Of each `pack.json` has the size and the SHA-256."


def _fenced(text: str, language: str) -> str:
    """A text as it is, between fences that are none of its own."""
    fence = max([3, *(len(each) + 1 for each in _FENCE.findall(text))]) * "`"
    lines = "\n".join(shown(line.replace("\t", "    ")) for line in text.rstrip().split("\n"))
    return f"{fence}{language}\n{lines}\n{fence}"
