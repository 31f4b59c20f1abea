"""A program for tests: train a spec over devices or workers, and print the loss after each of its first steps.

python -m tests.support.shared_steps SPEC RUNS devices|workers N
"""

import json
import sys
from contextlib import nullcontext
from pathlib import Path

from cnnspec.cli.workers import LocalWorkers
from cnnspec.language.location import locate
from cnnspec.results.events import Event, StepsDone
from tests.support.spec_texts import read


def main() -> None:
    """Train, and print {"losses": [...], "metrics": {...}}."""
    spec, runs, kind, number = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    command = ["train", spec, f"--runs={runs}", f"--workers={number}"]
    losses: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, StepsDone):
            losses.append(event.figures["loss"])

    with LocalWorkers(number, command) if kind == "workers" else nullcontext():
        from cnnspec.backend.parallel.layout import Wish
        from cnnspec.backend.train import train

        wish = Wish(**{kind: number}, settles=True)
        result = train(*read(locate(spec, print)), runs_dir=Path(runs), on_event=note, wish=wish)
    print(json.dumps({"losses": losses, "metrics": dict(result.metrics)}))


if __name__ == "__main__":
    main()
