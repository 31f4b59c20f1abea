"""Why a picture is not read."""


class BadPicture(Exception):
    """Raised for a file that holds no picture, a damaged one or one that is too large."""

    def __init__(self, received: str, expected: str) -> None:
        """`received` continues a sentence that begins with the file's name."""
        self.received, self.expected = received, expected
        super().__init__(f"{received}; expected {expected}")
