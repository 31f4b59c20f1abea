"""The server of the page: this machine alone may ask it, and no page but its own.

A page of some other site that a browser here shows may send requests to any address, this one as well, and may have its
own name point here (DNS rebinding). So the name that was asked for must be this machine's, a request from another page
is refused, and nothing allows such a page to read an answer.
"""

import errno
import http.server
import socket
import socketserver
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cnnspec.reports.demo.as_json import refused_json, trial_json, tried_json
from cnnspec.reports.demo.page import demo_page
from cnnspec.results.failure import RunFailed
from cnnspec.results.tried import Trial, Tried
from cnnspec.source.answers import reason
from cnnspec.source.diagnostic import Rejected, rejected
from cnnspec.source.route import NOWHERE

HOST = "127.0.0.1"
LARGEST = 32 * 2**20
"""Bytes of a file that may be given."""
_LONGEST_TEXT = 100_000
_LONGEST_NAME = 200
_PATIENCE = 30
"""Seconds for a request to arrive."""
_HTML, _JSON = "text/html; charset=utf-8", "application/json"
_BYTES = "application/octet-stream"
"""What a request must say it carries: no form of another page can, and no script without being allowed to."""
_ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Ask = Callable[[str | None, str, bytes], Tried]
"""A text, or else a file's name and content."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What can be tried, and who answers; each may raise Rejected."""

    trial: Trial
    predict: Ask
    look: Ask


class DemoServer(http.server.ThreadingHTTPServer):
    """Answers at `url` until it is shut down; port 0 takes any that is free. Raises OSError where the port is taken."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, demo: Demo, port: int) -> None:
        self.demo = demo
        self.page, self.policy = demo_page()
        self.told = trial_json(demo.trial)
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Listen; the one of http.server asks for this machine's name first, which may take its time."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.port

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """What to open."""
        return f"http://{HOST}:{self.port}/"

    @property
    def names(self) -> frozenset[str]:
        """What a browser may have been asked for."""
        return frozenset(f"{name}:{self.port}" for name in (HOST, "localhost"))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody who hangs up in the midst of a request is nobody's mistake; anything else is told."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def check_port(port: int) -> None:
    """Raise Rejected where nothing can listen there, before anything is loaded that takes its time."""
    try:
        with socket.socket() as there:
            there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            there.bind((HOST, port))
            there.listen()
    except OSError as error:
        raise _taken(port, error) from None


def listening(demo: Demo, port: int) -> DemoServer:
    """The server, which listens, and answers once it serves; raises Rejected where the port is taken."""
    try:
        return DemoServer(demo, port)
    except OSError as error:
        raise _taken(port, error) from None


def _taken(port: int, error: OSError) -> Rejected:
    what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {reason(error)}"
    return rejected("usage", f"port {port} {what}", help="write --port 0, which takes any that is free", at=NOWHERE)


class _Refused(Exception):
    """A request that is answered with a status, and why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class _Handler(http.server.BaseHTTPRequestHandler):
    server: DemoServer
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE

    def do_GET(self) -> None:
        """The page, and what it is about."""
        self._answered(self._get)

    def do_POST(self) -> None:
        """Something to try."""
        self._answered(self._post)

    def _answered(self, answer: Callable[[], tuple[bytes, str]]) -> None:
        try:
            self._check()
            content, kind = answer()
            self._send(HTTPStatus.OK, content, kind)
        except _Refused as refused:
            self.close_connection = True  # what else the request holds is not read
            self._send(refused.status, refused_json(refused.why), _JSON)
        except (Rejected, RunFailed) as problem:
            self._send(HTTPStatus.OK, refused_json(problem.diagnostics[0].message), _JSON)

    def _check(self) -> None:
        """Raise _Refused for whoever asks under another name, or from another page."""
        if self.headers.get_all("Host") is None or set(self.headers.get_all("Host", [])) - self.server.names:
            raise _Refused(HTTPStatus.FORBIDDEN, "this page answers at its own address alone")
        origin, site = self.headers.get("Origin"), self.headers.get("Sec-Fetch-Site", "none")
        known = {f"http://{name}" for name in self.server.names}
        if (origin is not None and origin not in known) or site not in ("none", "same-origin"):
            raise _Refused(HTTPStatus.FORBIDDEN, "this page answers no other page")

    def _get(self) -> tuple[bytes, str]:
        if self.path == "/":
            return self.server.page, _HTML
        if self.path == "/trial":
            return self.server.told, _JSON
        raise _Refused(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _post(self) -> tuple[bytes, str]:
        asked = urlsplit(self.path)
        ask = {"/predict": self.server.demo.predict, "/look": self.server.demo.look}.get(asked.path)
        if ask is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "there is nothing here")
        if self.headers.get_content_type() != _BYTES:
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a request carries {_BYTES}")
        name = next(iter(parse_qs(asked.query).get("name", [])), None)
        content = self._content(LARGEST if name is not None else _LONGEST_TEXT)
        if name is not None:
            return tried_json(ask(None, _plain(name), content)), _JSON
        return tried_json(ask(content.decode(errors="replace"), "text", b"")), _JSON

    def _content(self, most: int) -> bytes:
        """What was sent; raises _Refused before any of it is read where it is too much."""
        said = self.headers.get("Content-Length", "")
        if not said.isascii() or not said.isdecimal() or "Transfer-Encoding" in self.headers:
            raise _Refused(HTTPStatus.LENGTH_REQUIRED, "a request says how long it is")
        if len(said) > 12 or int(said) > most:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {most:,} bytes are read")
        return self.rfile.read(int(said))

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        headers: Mapping[str, str] = {
            **_ALWAYS,
            "Content-Security-Policy": self.server.policy if kind == _HTML else "default-src 'none'",
            "Content-Type": kind,
            "Content-Length": str(len(content)),
        }
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        """No versions: they are nobody's business."""
        return "cnnspec"

    def log_message(self, format: str, *args: object) -> None:
        """Nobody is told of each request."""


def _plain(name: str) -> str:
    """A file's own name, without what might be folders."""
    return name.replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:] or "file"
