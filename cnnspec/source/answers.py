"""What an operating system answers where a path is used, and what to do about it."""

import errno

_SPACE = "free some space or choose another folder; what was written before is whole"
_ADVICE = {
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ELOOP: "a link leads back to itself: remove it, or name what it was to lead to",
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.ESTALE: "the server of this folder has lost it: mount it again",
}
_OF_THE_MACHINE = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE, errno.EBUSY})
"""What no other path could mend."""


def reason(error: OSError) -> str:
    """What the operating system said, or the error's own text."""
    return error.strerror or str(error)


def advice(error: OSError, otherwise: str = "name what is there and may be read") -> str:
    """What to do about it."""
    return _ADVICE.get(error.errno or 0, otherwise)


def is_of_the_machine(error: OSError) -> bool:
    """Whether the machine failed, and not who named the path."""
    return error.errno in _OF_THE_MACHINE
