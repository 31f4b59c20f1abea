"""Pages to try a network on that somebody ends as soon as they answer, for tests of whole commands."""

import pytest

from cnnspec.reports.demo.server import DemoServer


def interrupt_demos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C come once a page listens."""

    def interrupted(server: DemoServer, poll_interval: float = 0.5) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(DemoServer, "serve_forever", interrupted)
