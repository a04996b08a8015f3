"""Names of test rows."""

import re


def stable(value: object) -> str:
    """The text of an object without its address, which differs from run to run."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", str(value))[:60]
