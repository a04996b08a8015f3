"""Mode "auto" for whole functions: the plain function, or the accelerated one.

Each signature of a function has a `Course`. Its calls are plain ones until so much time
was spent in them that finding out what XLA can do is a small part of it. Then plain and
accelerated calls take turns, and the faster is kept. No call is made twice to be
measured: functions have effects.
"""

from __future__ import annotations

import copy
import threading
import warnings
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from npjit._config import Options
from npjit._diagnostics.events import Event, emit
from npjit._graph.trace import Restart, Trace
from npjit._runtime import clock
from npjit._runtime.auto import PROGRESS, is_warm
from npjit._runtime.background import WORKER
from npjit._runtime.clock import SPENT
from npjit._runtime.contest import FIRST, SECOND, Contest
from npjit._runtime.loops import may_loop
from npjit._runtime.policy_file import Kept, key_of, policy_file
from npjit._runtime.signature import (
    ATOMS,
    Imported,
    name_of_change,
    signature_of,
    text_of,
)
from npjit.errors import NpjitWarning

__all__ = [
    "ACCELERATED",
    "LARGE_SIZE",
    "PLAIN",
    "Choice",
    "Course",
    "Policy",
    "Small",
    "examples",
]

PLAIN: Final = FIRST
ACCELERATED: Final = SECOND

#: Trials may take this share of what was spent in plain calls of the signature.
_TRIAL_SHARE: Final = 0.25
#: What a trial is expected to take: conversion, recording, tracing beside the GIL.
_TRIAL_NS: Final = 50_000_000
#: No replay takes less: calls as short as this are never tried.
_SHORTEST_NS: Final = 10_000
_SHORT_CALLS: Final = 8
#: Accelerated calls that record, compile and warm up are not counted.
_COLD_CALLS: Final = 2
#: Calls of a warm-up: one compiles, the next may be replayed, one runs in NumPy.
_WARM_UP_CALLS: Final = 3
#: So many calls are waited for programs that are not settled.
_MAX_UNSETTLED: Final = 100
#: A first call with so many elements is recorded: it may be the only one, and long.
LARGE_SIZE: Final = 100_000
#: Signatures that were never tried are forgotten beyond so many.
_MAX_UNTRIED: Final = 1024
#: Of the calls that are small enough to be plain one in so many is measured.
_SMALL_CALLS: Final = 100

_PLAIN_KINDS: Final = ATOMS | {np.ndarray}
_ENGINES: Final = ("numpy", "accelerated")

#: How a function is called accelerated: its result, and the trace if it was recorded.
Call = Callable[..., tuple[Any, Trace | None]]


class Course:
    """The calls of one signature.

    Attributes
    ----------
    contest : Contest
        Plain against accelerated calls.
    fixed : int or None
        How it is called whatever is measured.
    spent_ns, trial_ns : int
        Time spent in plain calls, and what accelerated calls took beyond it.
    size : int or None
        Elements of the largest argument, if all are positional ndarrays and numbers.
    """

    __slots__ = (
        "contest",
        "fixed",
        "is_trying",
        "n_accelerated",
        "n_plain",
        "n_unsettled",
        "size",
        "spent_ns",
        "trial_ns",
    )

    def __init__(self, size: int | None = None) -> None:
        self.contest = Contest()
        self.fixed: int | None = None
        self.is_trying = False
        self.n_plain = self.n_accelerated = self.n_unsettled = 0
        self.spent_ns = self.trial_ns = 0
        self.size = size

    @property
    def winner(self) -> int | None:
        """How it is called, if that is settled."""
        return self.contest.winner if self.fixed is None else self.fixed

    @property
    def engine(self) -> str:
        """How it is called, in a word; empty while that is not settled."""
        return "" if self.winner is None else _ENGINES[self.winner]

    def turn(self, options: Options) -> int:
        """How the next call is made."""
        if self.fixed is not None:
            return self.fixed
        if self.contest.winner == ACCELERATED and not (
            self.is_trying or is_warm(options)
        ):
            return PLAIN  # a choice that was kept does not import JAX any sooner
        if self.contest.winner is not None:
            return self.contest.turn()
        if not self.is_trying or not self.may_go_on(options):
            return PLAIN
        is_warmed_up = self.n_accelerated >= _COLD_CALLS
        return self.contest.turn() if is_warmed_up else ACCELERATED

    def is_worth_trying(self, options: Options) -> bool:
        """Whether so much was spent in plain calls that a trial is a small part."""
        if self.winner is not None or not is_warm(options):
            return False
        paid = self.spent_ns * _TRIAL_SHARE >= _TRIAL_NS
        return paid or not options.warm_up_seconds

    def may_go_on(self, options: Options) -> bool:
        """Whether the trial may go on now: it is paid for, and nothing compiles."""
        paid = self.trial_ns <= self.spent_ns * _TRIAL_SHARE
        return (paid and not WORKER.is_busy()) or not options.warm_up_seconds

    def prepare(self) -> None:
        """Begin the trial, which the user has paid for."""
        self.is_trying = True
        self.n_accelerated = _COLD_CALLS
        self.spent_ns += int(_TRIAL_NS / _TRIAL_SHARE)

    def remember(self, kept: Kept | None) -> None:
        """Begin with a choice of an earlier process."""
        if kept is None:
            return
        times = kept.plain_ns, kept.accelerated_ns
        self.contest.samples = [[] if t is None else [int(t)] for t in times]
        self.contest.settle(_ENGINES.index(kept.engine))

    def kept(self) -> Kept:
        """How it is called, for a later process."""
        times = map(self.contest.time_ns, (PLAIN, ACCELERATED))
        return Kept(self.engine, *times)

    def note_plain(self, elapsed_ns: int, options: Options) -> None:
        """Take note of a plain call."""
        self.n_plain += 1
        self.spent_ns += elapsed_ns
        if self.is_measured():
            self.contest.note(PLAIN, elapsed_ns)
        is_short = (self.contest.time_ns(PLAIN) or 0) < _SHORTEST_NS
        if self.n_plain == _SHORT_CALLS and is_short and options.warm_up_seconds:
            self.contest.settle(PLAIN)

    def note_accelerated(self, elapsed_ns: int, *, is_settled: bool) -> None:
        """Take note of an accelerated call, and whether its programs were settled."""
        self.trial_ns += max(0, elapsed_ns - int(self.contest.time_ns(PLAIN) or 0))
        if not is_settled and self.n_unsettled < _MAX_UNSETTLED:
            self.n_unsettled += 1
            return
        self.n_accelerated += 1
        if self.n_accelerated == _COLD_CALLS:
            self.contest.forget()  # plain calls of another time
        elif self.n_accelerated > _COLD_CALLS or self.contest.winner is not None:
            self.contest.note(ACCELERATED, elapsed_ns)

    def is_measured(self) -> bool:
        """Whether plain calls are undisturbed: compiling takes a core, and the GIL."""
        return not (self.is_trying and self.winner is None and WORKER.is_busy())


class Choice(NamedTuple):
    """How the calls of one signature are made in mode "auto".

    Parameters
    ----------
    signature : object
        As in `signatures`.
    engine : {"numpy", "accelerated", ""}
        What was found to be faster; empty as long as that is open.
    plain_us, accelerated_us : float or None
        What a call takes in microseconds: the median of the last ones.
    """

    signature: Any
    engine: str
    plain_us: float | None
    accelerated_us: float | None


class Small:
    """Up to which size the arguments of a function tell that it is called plainly.

    Attributes
    ----------
    size : int
        Calls whose arguments are all numbers and ndarrays of at most so many elements
        are plain; -1 if there are none.
    left : int
        So many of them are made before one is measured.
    """

    __slots__ = ("left", "size")

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.size = -1
        self.left = 0


class Policy:
    """How the calls of one function are made in mode "auto".

    Parameters
    ----------
    options : Options
    accelerated : callable
        Takes the function, its arguments, and the jax.Arrays among them.
    courses : dict
        Course by signature, in order of appearance.
    small : Small
        Kept up to date.
    """

    def __init__(
        self,
        options: Options,
        accelerated: Call,
        courses: dict[Any, Course],
        small: Small,
    ) -> None:
        self.options = options
        self.accelerated = accelerated
        self.courses = courses
        self.small = small
        self.lock = threading.Lock()
        self.is_given_up = False
        path = options.policy_file
        self.file = policy_file(path) if path else None

    def call(self, fn: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        """Call the function one way or the other."""
        imported: Imported = {}
        signature = signature_of(args, kwargs, imported)
        course = self.courses.get(signature)
        if (
            course is not None
            and course.winner == PLAIN
            and not imported
            and course.turn(self.options) == PLAIN
        ):
            return self.call_plain(course, fn, args, kwargs, signature)
        is_new = course is None and not self.is_given_up
        if course is None:
            course = self.admit(fn, args, kwargs, signature)
        if imported:  # NumPy would not take them for arrays
            return self.accelerated(fn, args, kwargs, imported)[0]
        if self.is_given_up or self.begin_trial(fn, signature, course):
            return fn(*args, **kwargs)
        is_open = is_new and course.winner is None
        is_large = is_open and _is_large(args, kwargs) and may_loop(fn)
        if is_large or course.turn(self.options) == ACCELERATED:
            return self.call_accelerated(course, fn, args, kwargs, signature)
        return self.call_plain(course, fn, args, kwargs, signature)

    def call_plain(
        self,
        course: Course,
        fn: Callable[..., Any],
        args: tuple,
        kwargs: dict,
        signature: Any,
    ) -> Any:
        """Call the plain function, and see how long that takes."""
        began_ns = clock.now_ns()
        result = fn(*args, **kwargs)
        elapsed_ns = clock.now_ns() - began_ns
        SPENT.add(elapsed_ns)
        before = course.winner
        course.note_plain(elapsed_ns, self.options)
        self.settle(course, before, fn, signature)
        if course.size is not None and course.size <= self.small.size:
            self.small.left = _SMALL_CALLS
            course.contest.spent_ns += _SMALL_CALLS * elapsed_ns
        return result

    def call_accelerated(
        self,
        course: Course,
        fn: Callable[..., Any],
        args: tuple,
        kwargs: dict,
        signature: Any,
    ) -> Any:
        """Record or replay a call, and see how long that takes."""
        n_unsettled = PROGRESS.n_unsettled
        before, began_ns = course.winner, clock.now_ns()
        try:
            result, trace = self.accelerated(fn, args, kwargs, {})
        except Restart:
            course.fixed = PLAIN
        except BaseException:
            course.trial_ns += clock.now_ns() - began_ns
            raise
        else:
            if trace is not None and trace.stopped:
                course.fixed = PLAIN
            is_settled = PROGRESS.n_unsettled == n_unsettled
            elapsed_ns = clock.now_ns() - began_ns
            course.note_accelerated(elapsed_ns, is_settled=is_settled)
            self.settle(course, before, fn, signature)
            return result
        self.settle(course, before, fn, signature)
        return fn(*args, **kwargs)

    def settle(
        self, course: Course, before: int | None, fn: Callable[..., Any], signature: Any
    ) -> None:
        """Tell, and draw conclusions, if it was found how a signature is called."""
        if course.winner == before:
            return
        if course.winner is not None:
            name = getattr(fn, "__qualname__", type(fn).__qualname__)
            kept = course.kept()
            emit(Event("choice", name, detail=f"{kept.engine}: {course.contest}"))
            if self.file is not None:
                self.file.note(key_of(fn, signature), kept)
        self.small.size = _small_size(list(self.courses.values()))

    def choices(self) -> list[Choice]:
        """How each signature is called."""
        return [
            Choice(text_of(signature), kept.engine, *map(_us, kept[1:]))
            for signature, course in self.courses.items()
            for kept in (course.kept(),)
        ]

    def warm_up(self, fn: Callable[..., Any], args: tuple) -> None:
        """Compile what calls with such arguments need, and begin to measure."""
        signature = signature_of(args, {}, {})
        course = self.courses.get(signature) or self.admit(fn, args, {}, signature)
        PROGRESS.is_warm_up = True
        try:
            for given in (copy.deepcopy(args) for _ in range(_WARM_UP_CALLS)):
                imported: Imported = {}
                signature_of(given, {}, imported)
                self.accelerated(fn, given, {}, imported)
        except Restart:
            course.fixed = PLAIN
        finally:
            PROGRESS.is_warm_up = False
        course.prepare()

    def admit(
        self, fn: Callable[..., Any], args: tuple, kwargs: dict, signature: Any
    ) -> Course:
        """Note a new signature; forget the oldest of those that were never tried."""
        course = Course(_size(args, kwargs))
        if self.file is not None:
            course.remember(self.file.find(key_of(fn, signature)))
        if self.options.deterministic:
            course.fixed = PLAIN if course.winner == PLAIN else ACCELERATED
        with self.lock:
            if self.is_given_up:
                return course
            course = self.courses.setdefault(signature, course)
            if len(self.courses) > _MAX_UNTRIED + self.options.max_versions:
                untried = (s for s, c in self.courses.items() if not c.is_trying)
                self.courses.pop(next(untried), None)
        return course

    def begin_trial(
        self, fn: Callable[..., Any], signature: Any, course: Course
    ) -> bool:
        """Begin a trial if it is time; whether the function is given up instead."""
        if course.is_trying or not course.is_worth_trying(self.options):
            return False
        with self.lock:
            tried = [s for s, c in self.courses.items() if c.is_trying]
            if len(tried) < self.options.max_versions:
                course.is_trying = True
                return False
            self.is_given_up = True
            self.courses.pop(signature, None)
        name = getattr(fn, "__qualname__", repr(fn))
        warnings.warn(
            f"{name} met more than {self.options.max_versions} signatures and stays in "
            f"NumPy from now on: {name_of_change(fn, tried[-1], signature)}; pass "
            "arrays of fixed shapes or raise max_versions",
            NpjitWarning,
            stacklevel=_LEVELS,
        )
        return True


#: Frames from a warning's to the caller of an accelerated function (wrapt's are C).
_LEVELS: Final = 6


def examples(x: Any) -> Any:
    """Arguments for a warm-up, with arrays of ones for what has but shape and dtype."""
    if type(x) in (tuple, list):
        return type(x)(map(examples, x))
    if type(x) is dict:
        return {key: examples(item) for key, item in x.items()}
    if hasattr(x, "shape") and hasattr(x, "dtype") and not hasattr(x, "__array__"):
        return np.ones(x.shape, x.dtype)
    return x


def _size(args: tuple, kwargs: dict) -> int | None:
    """Elements of the largest argument, if all are positional ndarrays and numbers."""
    kinds = set(map(type, args))
    if kwargs or not args or not kinds <= _PLAIN_KINDS:
        return None
    return max((a.size for a in args if type(a) is np.ndarray), default=0)


def _small_size(courses: list[Course]) -> int:
    """The largest size up to which all signatures met are settled as plain."""
    sizes = [(c.size, c.winner == PLAIN) for c in courses if c.size is not None]
    others = [size for size, is_plain in sizes if not is_plain]
    limit = min(others, default=1 << 62)
    return max((n for n, is_plain in sizes if is_plain and n < limit), default=-1)


def _us(elapsed_ns: float | None) -> float | None:
    return None if elapsed_ns is None else elapsed_ns / 1e3


def _is_large(args: tuple, kwargs: dict) -> bool:
    arrays = [a for a in (*args, *kwargs.values()) if isinstance(a, np.ndarray)]
    return sum(a.size for a in arrays) >= LARGE_SIZE
