"""Places in a spec of mistakes that only its data brought to light."""

import cnnspec
from cnnspec.graph.locate import with_place
from cnnspec.source.diagnostic import Diagnostic
from cnnspec.source.route import LossAt


def test_a_value_that_was_set_is_the_place_and_not_the_line_it_replaced() -> None:
    """A loss with arguments has no part of an output's name; what the file says instead of it is not in force."""
    mistake = Diagnostic("label-shape", "the labels do not fit", at=LossAt("head"))
    as_written = cnnspec.load("signal")
    loss = {"categorical_crossentropy": {"label_smoothing": 0.1}}
    changed = cnnspec.load("signal", {"training.loss": loss})
    in_file, set_now = (with_place(mistake, each.spec, each.graph).span for each in (as_written, changed))
    assert in_file is not None and set_now is not None
    assert in_file.file == "<bundled>/signal.yaml"
    assert set_now.file == "--set"
