"""One thread that compiles while the user's code goes on in NumPy.

The queue is bounded: what does not fit is offered again by a later run. At exit a job
that runs is waited for: a thread that is killed inside XLA takes the process with it.
A forked child begins with nothing: JAX does not survive a fork, so that it stays in
NumPy where its parent had loaded it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

__all__ = ["WORKER", "Worker"]

_MAX_JOBS: Final = 16
#: While a job runs, a thread that wants the GIL gets it after so many seconds, not
#: after 5 ms: user code asks for it after each of NumPy's longer loops. While JAX was
#: imported, 14 sines of 20,000 elements took twice as long as alone; with this, a fifth
#: longer.
_SWITCH_SECONDS: Final = 0.0002


class Worker:
    """A daemon thread, begun when it is first needed, and its queue.

    Attributes
    ----------
    is_forked : bool
        The process is a fork of one that had loaded JAX.
    """

    def __init__(self) -> None:
        self.is_forked = False
        self._begin()

    def _begin(self) -> None:
        self.condition = threading.Condition()
        self.jobs: deque[Callable[[], object]] = deque()
        self.thread: threading.Thread | None = None
        self.is_running = False
        self.is_closed = False

    def submit(self, job: Callable[[], object]) -> bool:
        """Have a job done.

        Parameters
        ----------
        job : callable
            Without arguments; what it raises is its own business.

        Returns
        -------
        bool
            False if the queue is full or the process ends.
        """
        with self.condition:
            if self.is_closed or self.is_full():
                return False
            self.jobs.append(job)
            if self.thread is None or not self.thread.is_alive():
                name = "npjit-compiler"
                self.thread = threading.Thread(
                    target=self._work, name=name, daemon=True
                )
                self.thread.start()
                atexit.register(self.close)
            self.condition.notify_all()
        return True

    def is_busy(self) -> bool:
        """Whether jobs wait or one is running."""
        return bool(self.jobs) or self.is_running

    def is_full(self) -> bool:
        """Whether the queue takes no more jobs."""
        return len(self.jobs) >= _MAX_JOBS

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all jobs are done; False if that took longer than `timeout`."""
        with self.condition:
            return self.condition.wait_for(lambda: not self.is_busy(), timeout)

    def close(self) -> None:
        """Begin no more jobs, and wait for the one that runs."""
        with self.condition:
            self.is_closed = True
            self.jobs.clear()
            self.condition.notify_all()
            self.condition.wait_for(lambda: not self.is_running)

    def renew(self) -> None:
        """In a forked child: its parent's thread and locks are not its own."""
        self.is_forked = self.is_forked or self.is_running or "jax" in sys.modules
        self._begin()

    def _work(self) -> None:
        while True:
            with self.condition:
                self.condition.wait_for(lambda: self.jobs or self.is_closed)
                if self.is_closed:
                    return
                self.is_running = True
                job = self.jobs.popleft()
            try:
                with _gil_shared():
                    job()
            finally:
                del job  # what it holds is not to wait for the next one
                with self.condition:
                    self.is_running = False
                    self.condition.notify_all()


@contextlib.contextmanager
def _gil_shared() -> Iterator[None]:
    """Let other threads have the GIL soon; a user's own setting since then stays."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _SWITCH_SECONDS))
    shared = sys.getswitchinterval()
    try:
        yield
    finally:
        if sys.getswitchinterval() == shared:
            sys.setswitchinterval(before)


WORKER: Final = Worker()
if hasattr(os, "register_at_fork"):  # Windows has none
    os.register_at_fork(after_in_child=WORKER.renew)
