"""The language server of most editors, spoken to as an editor does: over its standard input and output.

`npm ci --prefix tests/support/editor` installs it.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

EDITOR = Path(__file__).parent / "editor"
MODULES = EDITOR / "node_modules"
MISSING = "" if shutil.which("node") and MODULES.is_dir() else "npm ci --prefix tests/support/editor was not run"
"""Why there is none here."""
CURSOR = "¦"
_HEAD = "# yaml-language-server: $schema=cnnspec.schema.json\n"
_SETTINGS = {"validate": True, "completion": True, "hover": True, "schemaStore": {"enable": False}}


class LanguageServer:
    """One that has a folder open, with the schema in it as cnnspec.schema.json."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._asked, self._opened = folder, 0, 0
        program = MODULES / "yaml-language-server" / "bin" / "yaml-language-server"
        command = ["node", str(program), "--stdio"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._found: dict[str, list[str]] = {}
        uri = folder.as_uri()
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {"hover": {"contentFormat": ["markdown"]}},
        }
        self._ask("initialize", {"processId": None, "rootUri": uri, "capabilities": capabilities})
        self._send({"method": "initialized", "params": {}})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.kill()
        self._process.communicate()

    def problems(self, *texts: str) -> list[list[str]]:
        """What it underlines in each of some specs; it waits a while before it looks at one, and looks at all then."""
        opened = [self._open(text) for text in texts]
        return [self._underlined(uri) for uri in opened]

    def completions(self, text: str) -> dict[str, str]:
        """What it offers where the cursor is -> what it would insert."""
        uri = self._open(text.replace(CURSOR, ""))
        self._underlined(uri)
        found = self._ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": _position(text)})
        return {item["label"]: item.get("insertText", item["label"]) for item in found["items"]}

    def hover(self, text: str) -> str:
        """What it tells of the word under the cursor."""
        uri = self._open(text.replace(CURSOR, ""))
        self._underlined(uri)
        found = self._ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": _position(text)})
        return str(found["contents"]["value"]) if found else ""

    def _open(self, text: str) -> str:
        self._opened += 1
        uri = (self._folder / f"{self._opened}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": _HEAD + text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def _underlined(self, uri: str) -> list[str]:
        while uri not in self._found:
            self._take()
        return self._found[uri]

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while (message := self._take()).get("id") != self._asked or "method" in message:
            pass
        return message["result"]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _take(self) -> dict[str, Any]:
        """Its next message; what it asks is answered, what it finds is kept."""
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            self._found[params["uri"]] = [each["message"] for each in params["diagnostics"]]
        elif "method" in message and "id" in message:
            items = message.get("params", {}).get("items", [])
            settings = [_SETTINGS if item.get("section") == "yaml" else {} for item in items]
            self._send({"id": message["id"], "result": settings or None})
        return message


def _position(text: str) -> dict[str, int]:
    """Where the cursor is, below the line that names the schema."""
    before = text[: text.index(CURSOR)]
    return {"line": before.count("\n") + 1, "character": len(before.rpartition("\n")[2])}
