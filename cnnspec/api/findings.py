"""Every mistake and doubt of specs, as a value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cnnspec import door
from cnnspec.analysis import Analysis
from cnnspec.api.named import Named, PathLike, Settings, named
from cnnspec.api.printed import PAGE
from cnnspec.reports.html_tables import escaped
from cnnspec.source.codes import CODES
from cnnspec.source.diagnostic import Diagnostic, ordered

FindingsFormat = Literal["text", "json", "github", "sarif"]


@dataclass(frozen=True, slots=True, repr=False)
class Findings:
    """What is wrong with specs, sorted by place; `str()` shows each with its line, as `cnnspec validate` does.

    It is a sequence of diagnostics: each has a `code`, a `message`, a `help`, a `severity` and the `span` of its place.
    """

    diagnostics: tuple[Diagnostic, ...]
    strict: bool = False
    _texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Those with which nothing can be built."""
        return tuple(each for each in self.diagnostics if each.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Those that are doubts."""
        return tuple(each for each in self.diagnostics if each.severity == "warning")

    @property
    def ok(self) -> bool:
        """Whether there is no error; if it is `strict`, no warning either."""
        return not (self.diagnostics if self.strict else self.errors)

    def to(self, format: FindingsFormat = "text") -> str:
        """As the command prints them: `text`, `json`, GitHub's annotations, or SARIF for code scanning."""
        if format == "text":
            return str(self)
        if format == "json":
            return door.diagnostics_json.as_json(self.diagnostics)
        if format == "github":
            return door.github.as_github(self.diagnostics)
        return door.sarif.as_sarif(self.diagnostics, CODES)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def __getitem__(self, number: int) -> Diagnostic:
        return self.diagnostics[number]

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __repr__(self) -> str:
        return f"<Findings: {door.diagnostics.tally(self.diagnostics) or 'fine'}>"

    def __str__(self) -> str:
        if not self.diagnostics:
            return "fine"
        text = door.diagnostics.as_text(self.diagnostics, dict(self._texts), PAGE).plain
        return f"{text}\n\n{door.diagnostics.tally(self.diagnostics)}"

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        return f"<pre>{'<br>'.join(map(escaped, str(self).splitlines()))}</pre>"


def validate(*specs: PathLike, set: Settings | None = None, strict: bool = False) -> Findings:
    """Check specs, every variant where none is named: all mistakes at once, none of them raised.

    `set` lays values over each spec; `strict` counts warnings as mistakes where it is asked whether all is `ok`.
    """
    return findings_of([named(spec, set, "validate()") for spec in specs], strict)


def findings_of(those: Sequence[Named], strict: bool = False) -> Findings:
    """What is wrong with what is named."""
    analyses: list[Analysis] = [each.read(every_variant=True) for each in those]
    texts = {file: text for analysis in analyses for file, text in analysis.texts.items()}
    return Findings(ordered(found for analysis in analyses for found in analysis.diagnostics), strict, texts)
