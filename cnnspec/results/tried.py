"""What a network says of something that somebody tries it with, and what it looked at."""

from dataclasses import dataclass

from cnnspec.results.attribution import Look
from cnnspec.results.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Tried:
    """Of what was given the first example: what is said of it, or what it `look`ed at; `more` others were left out.

    Where nothing can be looked at, `why` says so.
    """

    said: Prediction | None = None
    look: Look | None = None
    more: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A run as it can be tried: its name, its classes, and what it can be given, as `picture`, `text`, `file`."""

    run: str
    spec: str
    classes: tuple[str, ...]
    kinds: tuple[str, ...]
    takes: str
    """What files it reads, in words."""
    size: tuple[int, int] | None = None
    """Height and width of the pictures that it reads, where these are fixed."""
