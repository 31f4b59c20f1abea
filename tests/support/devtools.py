"""A real Chromium that is asked what it does, by its own protocol over a pipe: which errors, which requests, how a page
looks at some width, in dark, in print."""

import base64
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.chromium import browser

_PATIENCE = 60
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe")


class Page:
    """A tab: `told` are all events so far, by method and parameters."""

    def __init__(self, sending: int, hearing: int) -> None:
        self._sending, self._hearing = sending, hearing
        self._held, self._number, self._session = b"", 0, ""
        self.told: list[tuple[str, dict[str, Any]]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """What the browser answers; raises RuntimeError where it refuses."""
        self._number += 1
        asked: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._sending, json.dumps(asked).encode() + b"\0")
        while True:
            heard = self._hear()
            if heard.get("id") != self._number:
                self.told.append((heard.get("method", ""), heard.get("params", {})))
            elif "error" in heard:
                raise RuntimeError(f"{method}: {heard['error']}")
            else:
                answer: dict[str, Any] = heard["result"]
                return answer

    def open(self, url: str) -> None:
        """Load a page, and wait until all of it is there."""
        start = len(self.told)
        self.ask("Page.navigate", url=url)
        while all(method != "Page.loadEventFired" for method, _ in self.told[start:]):
            heard = self._hear()
            self.told.append((heard.get("method", ""), heard.get("params", {})))

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript is, asked from outside the page, whose policy does not hold for it."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until something is so on the page."""
        end = time.monotonic() + _PATIENCE
        while not self.value(f"Boolean({expression})"):
            assert time.monotonic() < end, (expression, self.value("document.body.innerText"), self.errors)
            time.sleep(0.05)

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file in an input of the page."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def draw(self, selector: str, *points: tuple[float, float]) -> None:
        """Move the mouse over an element with its button down, from point to point, as shares of width and height."""
        area = json.loads(self.value(f"JSON.stringify(document.querySelector({selector!r}).getBoundingClientRect())"))
        places = [(area["left"] + x * area["width"], area["top"] + y * area["height"]) for x, y in points]
        kinds = ("mousePressed", *["mouseMoved"] * (len(places) - 1), "mouseReleased")
        for kind, (x, y) in zip(kinds, (*places, places[-1]), strict=True):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def looks(self, width: int, dark: bool = False, height: int = 900) -> None:
        """A screen of that width, of a reader who prefers dark."""
        mobile = width < 600
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path: Path) -> Path:
        """The whole page as a PNG."""
        taken = self.ask("Page.captureScreenshot", captureBeyondViewport=True, fromSurface=True)
        path.write_bytes(base64.b64decode(taken["data"]))
        return path

    def printed(self, path: Path) -> Path:
        """The page as a PDF."""
        taken = self.ask("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(taken["data"]))
        return path

    @property
    def requests(self) -> list[str]:
        """Where it went for something, what stands in the page aside."""
        sent = (told["request"]["url"] for method, told in self.told if method == "Network.requestWillBeSent")
        return [url for url in sent if not url.startswith(("data:", "blob:"))]

    @property
    def errors(self) -> list[str]:
        """What its console would show, and what was thrown."""
        logged = [told["entry"]["text"] for method, told in self.told if method == "Log.entryAdded"]
        said = [str(told["args"]) for method, told in self.told if method == "Runtime.consoleAPICalled"]
        thrown = [str(told["exceptionDetails"]) for method, told in self.told if method == "Runtime.exceptionThrown"]
        return [*logged, *said, *thrown]

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._held:
            more = os.read(self._hearing, 2**16)
            if not more:
                raise RuntimeError("the browser has ended")
            self._held += more
        message, _, self._held = self._held.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard


@contextmanager
def page() -> Iterator[Page]:
    """A tab of a browser of its own, which ends with it; skips where there is none."""
    program = browser()
    (to_hear, sending), (hearing, to_send) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory() as profile:
        command = [program, *_OPTIONS, f"--user-data-dir={profile}"]
        wired = ["bash", "-c", f'exec 3<&{to_hear} 4>&{to_send} && exec "$0" "$@"', *command]
        with subprocess.Popen(wired, pass_fds=(to_hear, to_send), stderr=subprocess.DEVNULL) as running:
            os.close(to_hear)
            os.close(to_send)
            try:
                yield Page(sending, hearing)
            finally:
                os.close(sending)
                running.terminate()
                running.wait(_PATIENCE)
                os.close(hearing)
