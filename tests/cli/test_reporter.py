"""What the screen says of a training that something is amiss with."""

import io

import pytest

from cnnspec.analysis import analyse
from cnnspec.cli.reporter import Reporter
from cnnspec.reports.page import console_for
from cnnspec.results.events import Doubted
from cnnspec.source.diagnostic import Diagnostic

SPEC = """cnnspec: 1
name: small
inputs: {x: [4]}
model: [dense: 3, batch_norm]%s
"""


@pytest.mark.parametrize("comment", ["", "  # cnnspec: allow young-statistics"])
def test_a_warning_that_comes_up_in_training_is_shown_with_its_line_unless_that_allows_it(comment: str) -> None:
    analysis = analyse("-", (), lambda: (SPEC % comment).encode())
    assert analysis.spec is not None and analysis.graph is not None
    span = analysis.graph.nodes[-1].span
    warning = Diagnostic("young-statistics", "validation does not follow", span, "warning", help="write less")
    stream = io.StringIO()
    with Reporter(console_for(stream), analysis.spec, analysis.graph, texts=analysis.texts) as reporter:
        reporter.take(Doubted(warning))
    said = stream.getvalue()
    if comment:
        assert not said
    else:
        assert "warning[young-statistics]: validation does not follow" in said and "help: write less" in said
        assert "4 | model: [dense: 3, batch_norm]" in said
