"""How long a training will still take, by what its steps and the times between its epochs have come to."""

_HALF = 20.0
"""Seconds after which what was measured counts half: a machine gets busy, and free again."""


class TimeLeft:
    """Seconds a step, and from one epoch's steps to the next one's, in epochs of so many `steps`.

    The first call of a process is left out, since TensorFlow compiles it.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._called = False
        self._seconds = self._done = 0.0
        self._between = 0.0

    def stepped(self, steps: int, seconds: float) -> bool:
        """One call did so many steps; whether it counts."""
        if not self._called:
            self._called = True
            return False
        fading = 0.5 ** (seconds / _HALF)
        self._seconds, self._done = self._seconds * fading + seconds, self._done * fading + steps
        return True

    def rested(self, seconds: float) -> None:
        """So long it took from the last step of an epoch to the first of the next."""
        self._between = seconds

    def left(self, epochs: int, done: int = 0) -> float | None:
        """Seconds for so many epochs, of the first of which `done` steps are over; None while nothing is known."""
        if not self._done:
            return None
        return self._seconds / self._done * (epochs * self._steps - done) + epochs * self._between
