"""What the page is told, as JSON: its own script puts every text there as text, whatever is in it."""

import base64
import math
from collections.abc import Iterable, Mapping

from cnnspec.reports.safe import json_text, shown
from cnnspec.results.attribution import Look, SeenPicture, SeenWords
from cnnspec.results.prediction import Guess, Told
from cnnspec.results.tried import Trial, Tried
from cnnspec.source.diagnostic import Diagnostic

_LONGEST = 2000
"""Characters of numbers that are no classes."""


def trial_json(trial: Trial) -> bytes:
    """What can be tried."""
    return _text(
        {
            "run": shown(trial.run),
            "spec": shown(trial.spec),
            "classes": [shown(name) for name in trial.classes],
            "kinds": list(trial.kinds),
            "takes": trial.takes,
            "size": trial.size,
        }
    )


def tried_json(tried: Tried) -> bytes:
    """What came of it: outputs with classes and probabilities, a picture of what was looked at, or what is wrong."""
    said, look = tried.said, tried.look
    problems = [*_problems(said.problems if said else ()), *_problems(look.problems if look else ())]
    remarks = [shown(each) for each in (*(said.remarks if said else ()), *(look.remarks if look else ()))]
    others = f"the first of {tried.more + 1:,} examples" if tried.more else ""
    return _text(
        {
            "outputs": [_output(each) for each in (said.outputs if said else ())],
            "looked": _looked(look) if look and look.inputs else None,
            "problems": problems,
            "remarks": [*([others] if others else []), *dict.fromkeys(remarks)],
            "why": shown(tried.why),
        }
    )


def refused_json(why: str) -> bytes:
    """A request that is not answered."""
    return _text({"outputs": [], "looked": None, "problems": [{"message": why, "help": ""}], "remarks": [], "why": ""})


def _output(told: Told) -> dict[str, object]:
    guesses = [_guess(each) for each in told.guesses]
    values = "" if told.values is None else json_text(told.values, indent=None)
    cut = values if len(values) <= _LONGEST else f"{values[:_LONGEST]} …"
    return {"name": shown(told.output), "labels": told.form == "labels", "guesses": guesses, "values": cut}


def _guess(guess: Guess) -> dict[str, object]:
    share = guess.probability if math.isfinite(guess.probability) else 0.0
    return {"name": shown(guess.name), "probability": share, "holds": guess.holds}


def _looked(look: Look) -> dict[str, object]:
    """Pictures side by side, words with what each counts; anything else as the one picture that was made of all."""
    drawn = [seen for seen in look.inputs if isinstance(seen, SeenPicture | SeenWords)]
    whole = [] if len(drawn) == len(look.inputs) else [{"title": "", "png": _encoded(look.png)}]
    panels = [panel for seen in drawn if isinstance(seen, SeenPicture) for panel in seen.panels]
    pictures = [{"title": shown(panel.title), "png": _encoded(panel.png)} for panel in panels]
    words = [_words(seen) for seen in drawn if isinstance(seen, SeenWords)]
    return {"pictures": whole or pictures, "words": [] if whole else words, "told": [shown(each) for each in look.told]}


def _words(seen: SeenWords) -> dict[str, object]:
    """Each word with what it counts, from -1 to 1."""
    largest = max((abs(word.attribution) for word in seen.words), default=0.0) or 1.0
    words = [
        {"text": shown(word.text), "counts": word.attribution / largest, "known": word.known} for word in seen.words
    ]
    return {"between": seen.between, "words": words}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _problems(problems: Iterable[Diagnostic]) -> list[Mapping[str, str]]:
    return [{"message": shown(each.message), "help": shown(each.help)} for each in problems]


def _text(value: object) -> bytes:
    return json_text(value, indent=None).encode()
