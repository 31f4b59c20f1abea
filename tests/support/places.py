"""Where things are in a checkout, and beside it."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS, PACKAGE, SPECS, DOCS = (ROOT / name for name in ("tests", "cnnspec", "specs", "docs"))
SHARED = ROOT.parent / "shared" / "data"
"""Real data, where there is some; what needs it is skipped where it is absent."""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
"""For programs that import the package, or these helpers, from another folder."""
