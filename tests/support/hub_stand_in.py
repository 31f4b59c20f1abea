"""A stand-in for the Hub on this machine: it takes a commit as the Hub's own client sends it, and keeps its files."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class StandIn:
    """Where it listens, the files of the commits that it took by their names, and every request by method and path."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """The stand-in, for as long as this lasts."""
    hub = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hub.asked.append(f"POST {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.endswith("/preupload/main"):
                told = [
                    {"path": each["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                    for each in json.loads(body)["files"]
                ]
                self._answer({"files": told})
            elif self.path.endswith("/commit/main"):
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        hub.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                url = f"{hub.address}/ada/small/commit/{'0' * 40}"
                self._answer({"success": True, "commitOid": "0" * 40, "commitUrl": url, "hookOutput": ""})
            elif self.path == "/api/validate-yaml":
                hub.cards.append(json.loads(body)["content"])
                self._answer({"errors": [], "warnings": []})
            else:
                self._answer({"error": "unknown"}, 404)

        def do_GET(self) -> None:
            hub.asked.append(f"GET {self.path}")
            self._answer({"id": "ada/small", "sha": "0" * 40, "siblings": [], "private": False, "tags": []})

        do_HEAD = do_GET

        def _answer(self, value: object, status: int = 200) -> None:
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
