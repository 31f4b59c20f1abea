"""`cnnspec demo`: a page on which a run's network is tried."""

from typing import Annotated

from cnnspec import door
from cnnspec.api.demo import serving
from cnnspec.cli.boundary import announce_tensorflow, ends_here, misused, shown_with
from cnnspec.cli.finding import RunArgument, RunsOption, find_run, understood_run
from cnnspec.cli.parameters import Option
from cnnspec.cli.screen import say
from cnnspec.reports.safe import shown
from cnnspec.runs.places import RUNS

PORT = 8711
PortOption = Annotated[
    int, Option("--port", metavar="N", min=0, max=65535, help="Where the page is; 0 takes any port that is free.")
]


@ends_here
def demo(run: RunArgument, port: PortOption = PORT, runs: RunsOption = RUNS) -> None:
    """Open a page to try a run's network: drop or draw a picture, type a text, give a file. Ctrl-C ends it.

    The page is on this machine alone, and nothing that is given leaves it.
    """
    folder = find_run(run, runs)
    spec, graph, analysis = understood_run(folder)
    with misused():
        door.demo_server.check_port(port)
    with shown_with(analysis.texts):
        announce_tensorflow()
        tried = door.trying.Trying(folder, spec, graph)
    with misused():
        server = serving(tried, port)
    say(f"{shown(folder.name)}: {server.url}")
    say("Ctrl-C ends it")
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("ended")
