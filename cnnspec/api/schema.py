"""What editors complete and check specs with."""

from typing import Any

from cnnspec import door


def schema() -> dict[str, Any]:
    """The JSON Schema (draft-07) of specs."""
    return dict(door.schema.spec_schema())
