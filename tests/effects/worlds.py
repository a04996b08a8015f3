"""One program in two worlds: plain Python and npjit, call by call, state by state.

A case is the text of a module that accelerates functions, a call, and the statements
that change its state between calls. The text is executed twice, so that each world has
state of its own; whatever one can see of it is compared after every call.
"""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import linecache
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import CodeType, ModuleType
from typing import Any

import numpy as np
import wrapt

import npjit
from npjit._diagnostics.events import Event
from npjit.testing.compare import ParityError
from npjit.testing.parity import Call, Settings, compare_calls, observe

__all__ = ["Case", "World", "assert_same_story", "replays_in"]

#: Small whole numbers, so that sums do not depend on their order.
PRELUDE = """\
import numpy as np

x = np.arange(12.0).reshape(3, 4) - 4
y = np.arange(12.0, 0.0, -1.0).reshape(3, 4)
v = np.arange(5)
results = []

"""
_numbers = itertools.count()


@dataclass(frozen=True)
class Case:
    """A program, and how its state changes from call to call.

    Parameters
    ----------
    name : str
        What kind of state it is.
    text : str
        A module; `accelerate` stands for npjit's, `x`, `y` and `v` for arrays.
    changes : tuple of str
        Statements. The call is made three times, and twice after each of them.
    call : str
        An expression.
    replays : bool or None
        Whether the third call must be a replay, or no call may be one; None: either.
    anew : int or None
        The change from which on the first call after it must be a replay, too.
    """

    name: str
    text: str
    changes: tuple[str, ...] = ()
    call: str = "f(x)"
    replays: bool | None = True
    anew: int | None = None

    def __str__(self) -> str:
        return self.name


def plain(fn: Any = None, **options: Any) -> Any:
    """What stands for `npjit.accelerate` in the plain world."""
    return partial(plain, **options) if fn is None else fn


class World:
    """A module made of a case's text.

    Parameters
    ----------
    code : CodeType
        Of the text; both worlds have the same.
    accelerate : callable
        `plain`, or npjit's with a mode.
    """

    def __init__(self, code: CodeType, accelerate: Any) -> None:
        self.module = ModuleType(code.co_filename.strip("<>"))
        self.filename = code.co_filename
        self.module.__dict__["accelerate"] = accelerate
        self.context = contextvars.copy_context()  # np.errstate lies in it
        self.random = np.random.RandomState(0).get_state()
        self.do(code)

    def do(self, statement: str | CodeType) -> None:
        self._enter(exec, statement, self.module.__dict__)

    def call(self, expression: str) -> Call:
        """Call it in a function, and keep its result."""
        code = compile(f"lambda: {expression}", self.filename, "eval")
        function = eval(code, self.module.__dict__)
        outcome = self._enter(observe, function, (), {})
        self.module.__dict__["results"].append(outcome.value)
        return Call(outcome, list(self._state()))

    def _enter(self, run: Callable[..., Any], *args: Any) -> Any:
        """Run with the world's own context, module and legacy random state."""
        outside = np.random.get_state()
        np.random.set_state(self.random)
        sys.modules[self.module.__name__] = self.module
        try:
            return self.context.run(run, *args)
        finally:
            del sys.modules[self.module.__name__]
            self.random = np.random.get_state()
            np.random.set_state(outside)

    def _state(self) -> Iterator[tuple[str, Any]]:
        """All that the module holds; of an accelerated function what it wraps."""
        for name, value in self.module.__dict__.items():
            if name.startswith("__") or name == "accelerate":
                continue
            if isinstance(value, wrapt.FunctionWrapper):
                value = value.__wrapped__
            if not isinstance(value, ModuleType | Iterator):
                yield name, value


def replays_in(events: list[Event]) -> list[str]:
    """The functions that were replayed."""
    return [event.operation for event in events if event.name == "replay"]


def assert_same_story(
    case: Case, mode: str, accelerate: Callable[..., Any] = npjit.accelerate
) -> None:
    """Assert that npjit does what plain Python does, whatever changes between calls.

    Parameters
    ----------
    case : Case
    mode : str
        Of `npjit.accelerate`.
    accelerate : callable, optional
        In place of it: how the test itself is tested.

    Raises
    ------
    ParityError
        At the first difference, or where a replay is missing or must not be.
    """
    with _compiled(case) as code:
        expected = World(code, plain)
        actual = World(code, partial(accelerate, mode=mode))
        for n, change in enumerate(("", *case.changes)):
            for world in (expected, actual):
                world.do(change)
            for repeat in range(2 if change else 3):
                try:
                    events = _compare(case, expected, actual, mode)
                    must = repeat == 2 or (case.anew is not None and n >= case.anew)
                    _check_replay(case, events, must=must)
                except ParityError as error:
                    error.add_note(f"in mode {mode!r}, after {change!r}")
                    error.add_note(f"call {repeat + 1} in this state")
                    raise


@contextlib.contextmanager
def _compiled(case: Case) -> Iterator[CodeType]:
    """The code of a case; npjit finds its source."""
    text = PRELUDE + textwrap.dedent(case.text).lstrip("\n")
    filename = f"<npjit-case-{next(_numbers)}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    try:
        yield compile(text, filename, "exec", dont_inherit=True)
    finally:
        linecache.cache.pop(filename, None)


def _compare(case: Case, expected: World, actual: World, mode: str) -> list[Event]:
    calls = expected.call(case.call), actual.call(case.call)
    compare_calls(*calls, mode, Settings(modes=(mode,)))
    return calls[1].outcome.events


def _check_replay(case: Case, events: list[Event], *, must: bool) -> None:
    replayed = replays_in(events)
    if case.replays is False and replayed:
        raise ParityError(f"{replayed} replayed, which must be recorded")
    if case.replays and must and not replayed:
        raise ParityError(f"nothing was replayed: {list(map(str, events))}")
