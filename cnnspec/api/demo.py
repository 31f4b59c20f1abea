"""A page to try a run's network, from Python: served by a thread until it is stopped."""

import threading

from cnnspec import door


class Demo:
    """The page at `url`, on this machine alone; `stop()`, or leaving it as a context, ends it."""

    def __init__(self, server: "door.demo_server.DemoServer") -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, name="demo", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What to open in a browser."""
        return self._server.url

    def stop(self) -> None:
        """End it; what is being answered is answered."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "Demo":
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Demo at {self.url}>"


def serving(trying: "door.trying.Trying", port: int) -> "door.demo_server.DemoServer":
    """The server of the page, which listens, and answers once it serves; raises Rejected where the port is taken."""
    return door.demo_server.listening(door.demo_server.Demo(trying.trial, trying.predict, trying.look), port)
