"""Mode "auto" for blocks: recorded, or left to run as they are.

A block cannot be skipped, but it can be entered without stand-ins: its code then runs
in plain NumPy. Each block has a course for each signature, the dtypes and shapes of the
arrays that its names are bound to when it begins.
"""

from __future__ import annotations

import threading
from types import CodeType, FrameType
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from npjit._config import Options
from npjit._convert.enclosed import names_in_block
from npjit._convert.frame_names import FrameNames
from npjit._diagnostics.events import Event, emit
from npjit._runtime import clock
from npjit._runtime.auto import PROGRESS
from npjit._runtime.clock import SPENT
from npjit._runtime.policy import ACCELERATED, LARGE_SIZE, PLAIN, Course

__all__ = ["Entry"]

_Courses = dict[tuple[int, Any], Course]
_courses: Final[WeakKeyDictionary[CodeType, _Courses]] = WeakKeyDictionary()
_lock: Final = threading.Lock()
#: Signatures of the blocks of one function are forgotten beyond so many.
_MAX_COURSES: Final = 256


class Entry:
    """One time that a block is entered.

    Parameters
    ----------
    frame : FrameType
        The block's, at its beginning.
    options : Options

    Attributes
    ----------
    side : int
        Plain or accelerated.
    """

    def __init__(self, frame: FrameType, options: Options) -> None:
        arrays = _arrays(frame)
        signature = tuple([(name, a.dtype, a.shape) for name, a in arrays])
        self.name = f"block in {frame.f_code.co_qualname}"
        self.options = options
        self.course = _course((frame.f_lasti, signature), frame.f_code, options)
        is_large = sum(a.size for _, a in arrays) >= LARGE_SIZE
        self.side = ACCELERATED if self._is_first(is_large) else self._turn()
        self.n_unsettled = self.began_ns = 0

    def _is_first(self, is_large: bool) -> bool:
        """Whether it may be the only time, and a long one."""
        course = self.course
        is_new = not (course.n_plain or course.n_accelerated or course.trial_ns)
        return is_new and is_large and course.winner is None

    def _turn(self) -> int:
        if not self.course.is_trying and self.course.is_worth_trying(self.options):
            self.course.is_trying = True
        return self.course.turn(self.options)

    def begin(self) -> None:
        """Start the clock."""
        self.n_unsettled = PROGRESS.n_unsettled
        self.began_ns = clock.now_ns()

    def end(self, *, has_failed: bool, has_stopped: bool) -> None:
        """Take note of what it took, unless it raised or the recording has stopped."""
        elapsed_ns = clock.now_ns() - self.began_ns
        course, before = self.course, self.course.winner
        if has_failed:
            course.trial_ns += elapsed_ns if self.side == ACCELERATED else 0
        elif self.side == PLAIN:
            SPENT.add(elapsed_ns)
            course.note_plain(elapsed_ns, self.options)
        elif has_stopped:
            course.fixed = PLAIN
        else:
            is_settled = PROGRESS.n_unsettled == self.n_unsettled
            course.note_accelerated(elapsed_ns, is_settled=is_settled)
        if course.winner not in (None, before):
            detail = f"{course.engine}: {course.contest}"
            emit(Event("choice", self.name, detail=detail))


def _course(key: tuple[int, Any], code: CodeType, options: Options) -> Course:
    courses = _courses.setdefault(code, {})
    course = courses.get(key)
    if course is not None:
        return course
    with _lock:
        n_tried = sum(c.is_trying for c in courses.values())
        course = courses.setdefault(key, Course())
        if n_tried >= options.max_versions:
            course.fixed = PLAIN
        if len(courses) > _MAX_COURSES:
            del courses[next(iter(courses))]
    return course


def _arrays(frame: FrameType) -> list[tuple[str, np.ndarray]]:
    """The arrays that names of the block are bound to."""
    visible = FrameNames(frame)
    names = names_in_block(frame)
    spaces = visible.own(), frame.f_globals
    found = []
    for name in sorted(visible.names.union(spaces[0]) if names is None else names):
        x = next((space[name] for space in spaces if name in space), None)
        if isinstance(x, np.ndarray):
            found.append((name, x))
    return found
