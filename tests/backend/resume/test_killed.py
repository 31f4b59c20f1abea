"""A run that was killed ends as one that never was: the short version of `resumption_matrix.py`."""

from tests.support.often import ALL, one_in
from tests.support.places import ROOT
from tests.support.warm_start import warm_start


def said(*words: str) -> str:
    """What the program printed, once all went well."""
    done = warm_start().run(words, ROOT, timeout=600, module="tests.support.resumption_matrix")
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


def test_whatever_a_run_dies_of_it_ends_as_if_nobody_had_interrupted_it() -> None:
    """SIGKILL in an epoch, in the validation and after the test; a full disk, cut and flipped checkpoints."""
    cases = one_in(3, ["residual", "dropout", "text"])
    assert said("--parts", "short", "--cases", ",".join(cases)).count(" equal ") == len(cases)


def test_a_run_that_was_killed_in_any_phase_or_between_two_ends_as_if_nobody_had() -> None:
    """SIGKILL exactly between two, in the first, and in the second."""
    moments = one_in(3, ["between", "in the first", "in the second"])
    equal = f" equal  {', '.join(f'{moment} 1' for moment in moments)} "
    assert equal in said("--parts", "phases", "--cases", "phases", "--slice", "1/1" if ALL else "1/3")
