"""A convolutional network and its training in one YAML file."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["Network", "Rejected", "load"]


def __getattr__(name: str) -> Any:
    """What the package offers is imported when first asked for, so that commands start fast."""
    if name == "Rejected":
        from cnnspec.source.diagnostic import Rejected

        return Rejected
    if name in ("load", "Network"):
        from cnnspec import api

        return getattr(api, name)
    raise AttributeError(f"module 'cnnspec' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What the package offers, imported already or not."""
    return sorted({*globals(), *__all__})
