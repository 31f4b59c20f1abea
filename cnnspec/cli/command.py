"""How a command's usage line is written."""

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command in whose usage line an argument that must be given stands bare: `cnnspec train [OPTIONS] SPEC`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line's parts; only what is optional stands in brackets."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]
