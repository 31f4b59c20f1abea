"""An explanation as a value: what is told of a place in a network, in every form that it can be read in."""

from cnnspec.reports.explain.as_json import explanation_json
from cnnspec.reports.explain.markdown import as_markdown
from cnnspec.reports.explain.parts import Figure, Figures, Section
from cnnspec.reports.explain.text import as_text
from cnnspec.reports.page import Page
from cnnspec.source.frozen import frozen


@frozen
class Explanation:
    """What is explained of a network; `place` is empty where that is all of it."""

    network: str
    place: str
    title: str
    sections: tuple[Section, ...]

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Explanation {self.network}: {self.title}>"

    def text(self, page: Page | None = None) -> str:
        """As the command prints it, in 80 columns where no page is given."""
        return as_text(self.network, self.title, self.sections, page or Page())

    def markdown(self) -> str:
        """As GitHub's Markdown, formulas as LaTeX."""
        return as_markdown(self.network, self.title, self.sections)

    def json(self) -> str:
        """As JSON: every number as such, every formula as text and as LaTeX."""
        return explanation_json(self.network, self.place, self.title, self.sections)

    def figure(self, name: str) -> Figure:
        """The first figure of this name; raises KeyError where there is none."""
        for section in self.sections:
            for part in section.parts:
                for row in part.rows if isinstance(part, Figures) else ():
                    if row.name == name:
                        return row
        raise KeyError(name)
