"""The one place about the clock: what mode "auto" measures, it measures with this."""

from __future__ import annotations

import time
from typing import Final

__all__ = ["SPENT", "Account", "now_ns"]

#: Tests put a clock of their own in its place; therefore it is asked for by module.
now_ns = time.perf_counter_ns


class Account:
    """Time spent so far, in nanoseconds.

    Added to without a lock: a lost addition of another thread does no harm.
    """

    __slots__ = ("ns",)

    def __init__(self) -> None:
        self.ns = 0

    def add(self, elapsed_ns: int) -> None:
        """Count some more."""
        self.ns += elapsed_ns


#: What the process has spent in accelerated functions of mode "auto".
SPENT: Final = Account()
