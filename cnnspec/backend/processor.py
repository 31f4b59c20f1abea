"""What the processor can do by itself."""

from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_LISTS = ("flags", "Features")
"""What Linux calls the list, on x86 and on ARM."""
_BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16", "bf16", "svebf16"})


def has_bfloat16(told: Path = _CPUINFO) -> bool | None:
    """Whether the processor multiplies bfloat16 by instructions of its own; None where the system does not tell."""
    try:
        lines = told.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    listed = next((line.partition(":")[2] for line in lines if line.startswith(_LISTS)), "")
    return bool(_BFLOAT16.intersection(listed.split())) if listed else None
