"""`assert_parity`: a function does the same under NumPy and under npjit.

Everything a caller can observe is compared: result or exception, arguments and captured
variables afterwards, identity, shared memory, printed text and warnings.
"""

import contextlib
import functools
import inspect
import io
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from npjit._diagnostics.events import Event, capture
from npjit._diagnostics.values import Tolerance
from npjit.errors import Reason
from npjit.testing.compare import ASPECTS, Comparison, ParityError, aspects_of
from npjit.testing.copies import Copier, arrays_in, owner_of
from npjit.testing.first_difference import Notes, first_difference

__all__ = [
    "Call",
    "Outcome",
    "Settings",
    "assert_parity",
    "check_parity",
    "compare_calls",
    "observe",
]

_NUMPY_FILES = str(Path(np.__file__).parent)
Accelerate = Callable[..., Callable[..., Any]]


@dataclass(slots=True)
class Outcome:
    """What one call did.

    Parameters
    ----------
    value : object
        What it returned.
    error : BaseException or None
        What it raised.
    lines : list of (str, int)
        File and line of the user's frames in the traceback, outermost first.
    stdout : str
        What it printed.
    warnings : list of (str, str, str, int)
        Category, message, file and line, sorted.
    events : list of Event
        What npjit reported.
    """

    value: Any = None
    error: BaseException | None = None
    lines: list[tuple[str, int]] = field(default_factory=list)
    stdout: str = ""
    warnings: list[tuple[str, str, str, int]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to compare; see `assert_parity` for the meaning of each.

    Parameters
    ----------
    accelerate : callable, optional
        In place of `npjit.accelerate`: how the checks themselves are tested.
    """

    tolerance: Tolerance = field(default_factory=Tolerance)
    calls: int = 3
    modes: Sequence[str] = ("host", "jit")
    vary: Callable[..., object] | None = None
    expect_xla: bool = False
    accelerate: Accelerate | None = None
    check: frozenset[str] = frozenset(ASPECTS)


def assert_parity(
    fn: Callable[..., Any],
    *args: Any,
    rtol: float | None = None,
    atol: float | None = None,
    max_ulp: int | None = None,
    check: Sequence[str] = ASPECTS,
    calls: int = 3,
    modes: Sequence[str] = ("host", "jit"),
    vary: Callable[..., object] | None = None,
    expect_xla: bool = False,
    **kwargs: Any,
) -> None:
    """Assert that `fn` does under npjit all that it does under NumPy.

    Parameters
    ----------
    fn : callable
        The plain function, not accelerated. Variables that it captures are copied and
        compared like arguments; module globals are not.
    *args, **kwargs
        Its arguments. Every call gets copies of its own, with the layout, aliasing and
        overlap of the arrays; they are not changed.
    rtol, atol : float, optional
        Relative and absolute tolerance of floats; by default all bits count, but for
        those of a NaN.
    max_ulp : int, optional
        Tolerance in units of the last place.
    check : sequence of str
        What to compare, by default all of it:

        ``"value"``, ``"type"``, ``"dtype"``, ``"shape"``
            of the result and of all that it holds;
        ``"strides"``, ``"writeable"``
            of arrays: their order in memory, whether they can be written;
        ``"aliasing"``
            which objects are one, which arrays are views and share memory;
        ``"arguments"``
            what the call left in its arguments and in captured variables; without it
            aliasing is compared among results only;
        ``"errors"``
            type, text and lines of an exception; without it, it is enough that both
            functions raise;
        ``"warnings"``, ``"stdout"``
            what it warned and printed.
    calls : int
        The first call, the same call again, then calls with other values.
    modes : sequence of str
        Of `npjit.accelerate`.
    vary : callable, optional
        ``vary(rng, *args, **kwargs)`` changes arguments in place for the third and
        later calls; by default each array's own values are permuted, and floats are
        halved here and there.
    expect_xla : bool
        Whether mode "jit" must have run a compiled program in each call.

    Raises
    ------
    ParityError
        At the first difference. The message has the path to it, the first element that
        differs with both values, the mode and the call, and the source line after
        which a variable first differs.
    ValueError
        If `check` names something else.

    Examples
    --------
    >>> import numpy as np
    >>> from npjit.testing import assert_parity
    >>> assert_parity(np.add, np.arange(3.0), 1)
    """
    __tracebackhide__ = True  # pytest shows the test, not this file
    tolerance = Tolerance(rtol or 0.0, atol or 0.0, max_ulp or 0)
    settings = Settings(
        tolerance, calls, modes, vary, expect_xla, check=aspects_of(check)
    )
    try:
        check_parity(fn, args, kwargs, settings)
    except ParityError as error:
        raise error.with_traceback(None) from error.__cause__


def check_parity(
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    settings: Settings,
) -> None:
    """Do the work of `assert_parity`.

    Parameters
    ----------
    fn, args, kwargs
        A plain function and its arguments.
    settings : Settings
        How to compare.

    Raises
    ------
    ParityError
        At the first difference; its details tell mode, call and line.
    """
    for mode in settings.modes:
        pair = _Pair(fn, args, kwargs, mode, settings)
        for call in range(settings.calls):
            try:
                compare_calls(*pair.calls(call), mode, settings)
            except ParityError as error:
                number = f"call {call + 1} of {settings.calls}"
                error.details.append(f"in mode {mode!r}, {number}")
                line = _line_of(_Pair(fn, args, kwargs, mode, settings), call)
                error.details.extend([line] if line else [])
                raise


class _Pair:
    """The two functions, and what each is called with."""

    def __init__(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        mode: str,
        settings: Settings,
    ) -> None:
        accelerate = settings.accelerate or _npjit_accelerate()
        self.plain = _Side(fn, None)
        self.fast = _Side(fn, functools.partial(accelerate, mode=mode))
        self.settings = settings
        self.inputs = args, kwargs

    def inputs_of(self, call: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if call < 2:
            return self.inputs
        return _varied(*self.inputs, self.settings.vary, seed=call)

    def calls(self, call: int) -> tuple["Call", "Call"]:
        inputs = self.inputs_of(call)
        return self.plain.call(*inputs), self.fast.call(*inputs)


def _line_of(pair: _Pair, failing: int) -> str:
    """Make the calls once more, the failing one line by line."""
    for call in range(failing):
        pair.calls(call)
    inputs = pair.inputs_of(failing)
    plain, fast = Notes(pair.plain.fn), Notes(pair.fast.fn)
    for side, notes in ((pair.plain, plain), (pair.fast, fast)):
        with notes.watching():
            side.call(*inputs)
    settings = pair.settings
    return first_difference(plain, fast, settings.tolerance, settings.check)


def _npjit_accelerate() -> Accelerate:
    from npjit import accelerate

    return accelerate


class _Side:
    """One of the two functions, with all that it captures; alive for all calls."""

    def __init__(
        self,
        fn: Callable[..., Any],
        decorate: Callable[[Callable[..., Any]], Callable[..., Any]] | None,
    ) -> None:
        self.copier = Copier()
        self.fn = self.copier.copy(fn)
        self.called = decorate(self.fn) if decorate else self.fn

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> "Call":
        args, kwargs = Copier(self.copier).copy((args, kwargs))
        outcome = observe(self.called, args, kwargs)
        names = [*_argument_names(self.fn, len(args)), *kwargs]
        inputs = [
            (f"argument {name!r}", value)
            for name, value in zip(names, (*args, *kwargs.values()), strict=True)
        ]
        return Call(outcome, [*inputs, ("function", self.fn)])


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its outcome, and by name all that it could change."""

    outcome: Outcome
    inputs: list[tuple[str, object]]


def observe(
    fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Outcome:
    """Call a function and note all that can be seen of it from outside.

    Parameters
    ----------
    fn : callable
        Called once.
    args, kwargs
        Its arguments, as they are.

    Returns
    -------
    Outcome
        Its value or exception, what it printed, its warnings, the events of npjit.
    """
    outcome = Outcome()
    stdout = io.StringIO()
    with (
        capture() as outcome.events,
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(stdout),
    ):
        warnings.simplefilter("always")
        try:
            outcome.value = fn(*args, **kwargs)
        # whatever it raises is what gets compared, Ctrl-C in the function too
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
            outcome.error = error
            outcome.lines = _user_lines(fn, error)
    outcome.stdout = stdout.getvalue()
    outcome.warnings = sorted(
        (w.category.__name__, str(w.message), *_place(w))
        for w in caught
        if not issubclass(w.category, ResourceWarning)  # depends on the collector
    )
    return outcome


def _place(warning: warnings.WarningMessage) -> tuple[str, int]:
    """File and line; inside NumPy they are no business of its users."""
    if warning.filename.startswith(_NUMPY_FILES):
        return "numpy", 0
    return warning.filename, warning.lineno


def _user_lines(fn: Callable[..., Any], error: BaseException) -> list[tuple[str, int]]:
    code = getattr(inspect.unwrap(fn), "__code__", None)
    if code is None:
        return []
    frames = traceback.extract_tb(error.__traceback__)
    return [
        (f.filename, f.lineno or 0) for f in frames if f.filename == code.co_filename
    ]


def _argument_names(fn: Callable[..., Any], count: int) -> list[str]:
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except ValueError:  # a builtin without signature
        parameters = []
    positional = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
    return (positional + [str(i) for i in range(len(positional), count)])[:count]


def compare_calls(plain: Call, fast: Call, mode: str, settings: Settings) -> None:
    """Compare two calls that were made with equal arguments.

    Parameters
    ----------
    plain, fast : Call
        Under NumPy, under npjit; their inputs in the same order.
    mode : str
        Of npjit.
    settings : Settings
        How to compare.

    Raises
    ------
    ParityError
        At the first difference.
    """
    raised = plain.outcome.error, fast.outcome.error
    _check_errors(plain.outcome, fast.outcome, settings)
    comparison = Comparison(settings.tolerance, settings.check)
    if "arguments" in settings.check:
        pairs = zip(plain.inputs, fast.inputs, strict=True)
        for (name, expected), (_, actual) in pairs:
            comparison.compare(name, expected, actual)
    comparison.compare("result", plain.outcome.value, fast.outcome.value)
    if "errors" in settings.check and None not in raised:
        expected, actual = (error.args for error in raised if error)
        comparison.compare("exception's args", expected, actual)
    comparison.check_shared_memory()
    _check_output(plain.outcome, fast.outcome, settings)
    _check_warnings(plain.outcome, fast.outcome, settings)
    _check_events(fast.outcome, mode, settings)


def _check_output(plain: Outcome, fast: Outcome, settings: Settings) -> None:
    if "stdout" in settings.check and plain.stdout != fast.stdout:
        raise ParityError(f"printed {fast.stdout!r}, under NumPy {plain.stdout!r}")


def _check_errors(plain: Outcome, fast: Outcome, settings: Settings) -> None:
    both_raised = plain.error is not None and fast.error is not None
    if both_raised and "errors" not in settings.check:
        return
    expected, actual = _describe(plain.error), _describe(fast.error)
    if expected != actual:
        for error in (plain.error, fast.error):
            if isinstance(error, KeyboardInterrupt):  # pressed, not part of the test
                raise error
        raise ParityError(f"raised {actual}, under NumPy {expected}") from fast.error
    if plain.lines != fast.lines:
        raise ParityError(
            f"traceback through lines {fast.lines}, under NumPy {plain.lines}"
        ) from fast.error


def _describe(error: BaseException | None) -> str:
    if error is None:
        return "nothing"
    cause = f" from {_describe(error.__cause__)}" if error.__cause__ else ""
    return f"{type(error).__qualname__}: {error}{cause}"


def _check_warnings(plain: Outcome, fast: Outcome, settings: Settings) -> None:
    if "warnings" not in settings.check:
        return
    if plain.warnings != fast.warnings:
        raise ParityError(f"warned {fast.warnings}, under NumPy {plain.warnings}")


def _check_events(outcome: Outcome, mode: str, settings: Settings) -> None:
    for event in outcome.events:
        if event.reason is Reason.INTERNAL:
            raise ParityError(f"an error inside npjit: {event}")
    ran = {event.name for event in outcome.events}
    if settings.expect_xla and mode == "jit" and not ran & {"compile", "hit"}:
        raise ParityError(f"XLA did not run; events: {sorted(ran)}")


def _varied(
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    vary: Callable[..., object] | None,
    seed: int,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return copies of the arguments with other values of the same kind."""
    args, kwargs = Copier().copy((args, kwargs))
    rng = np.random.default_rng(seed)
    if vary is not None:
        vary(rng, *args, **kwargs)
    else:
        _vary_arrays(rng, args, kwargs)
    return args, kwargs


def _vary_arrays(rng: np.random.Generator, *roots: object) -> None:
    owners = {id(o): o for o in map(owner_of, arrays_in(*roots))}
    for owner in owners.values():
        if isinstance(owner, np.ndarray) and owner.dtype.kind in "biufc":
            writeable = owner.flags.writeable
            owner.flags.writeable = True
            owner[...] = _other_values(rng, owner)
            owner.flags.writeable = writeable


def _other_values(rng: np.random.Generator, a: np.ndarray) -> np.ndarray:
    """Permute values; index arrays stay in bounds and sums of integers exact."""
    new = rng.permutation(a.ravel()).reshape(a.shape)
    if a.dtype.kind == "b" and a.size == 1:
        return ~new
    if a.dtype.kind in "fc":  # a power of two: what was exact stays exact
        with np.errstate(under="ignore", invalid="ignore"):  # inf as a part
            new *= rng.choice(np.array([0.5, 1.0], a.dtype), a.shape)
    return new
