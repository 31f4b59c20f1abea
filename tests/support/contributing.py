"""The pieces of code in CONTRIBUTING.md, which tests run."""

import re

from tests.support.places import ROOT

LAYER, SOURCE, READER, CHECK, REPORT = re.findall(
    r"\n```python\n(.*?)\n```\n", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL
)
