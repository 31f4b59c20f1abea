"""As much of a text as has room in a table."""

_TOKEN = 24


def excerpt(text: str, most: int = _TOKEN) -> str:
    """The text, or its beginning with an ellipsis where it has more than so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
