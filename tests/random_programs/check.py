"""Runs a random program under NumPy and under npjit, and compares all it did."""

import functools
from typing import Any

import numpy as np

from npjit import accelerate as npjits
from npjit import realize
from npjit.testing.compare import Tolerance
from npjit.testing.parity import (
    ASPECTS,
    Accelerate,
    Call,
    ParityError,
    Settings,
    compare_calls,
    observe,
)
from tests.random_programs.library import MODULE_STATE
from tests.random_programs.program import ARGUMENTS, Program

# Seeds of the inputs: a cold call, a warm one, one with other values. Then the state of
# the module changes, if the program has some.
SEEDS = (1, 1, 2)
SEEDS_CHANGED = (2, 3)
#: Calls on a given device: within rounding, and without NumPy's warnings.
PLACED: dict[str, dict[str, Any]] = {
    "device": {"mode": "jit", "device": "cpu:0"},
    "lazy": {"mode": "jit", "results": "lazy"},
}
_ROUNDED = Settings(
    modes=tuple(PLACED),
    tolerance=Tolerance(rtol=1e-4, atol=1e-4),
    check=frozenset(ASPECTS) - {"warnings"},
)
_GLOBALS = ("G0", "G1", "KEPT", *MODULE_STATE)


def check_program(program: Program, mode: str, accelerate: Accelerate) -> list[str]:
    """Compare three calls, and two more after each change of the module's state.

    The module's globals live on from one call to the next. Returns the names of the
    exceptions raised, "" for none; a difference raises `ParityError`.
    """
    try:
        worlds = plain, fast = program.namespace(), program.namespace()
        options, settings = {"mode": mode}, Settings(modes=(mode,))
        if mode in PLACED:
            options, settings = PLACED[mode], _ROUNDED
        run = _accelerated(fast, functools.partial(accelerate, **options))
        if mode == "lazy":
            run = _touched(run)
        raised = []
        program.replays = 0
        for step, seed in _steps(plain):
            changed = [_changed(world, step) for world in worlds] if step else []
            if not all(changed):  # of both, also where the first fails
                break
            if not _has_inputs(plain, seed):
                break
            expected, actual = (
                _call(plain, plain["program"], seed),
                _call(fast, run, seed),
            )
            compare_calls(expected, actual, mode, settings)
            error = expected.outcome.error
            raised.append(type(error).__name__ if error else "")
            program.replays += any(e.name == "replay" for e in actual.outcome.events)
        return raised
    except ParityError as error:
        error.add_note(f"mode {mode!r}, inputs({seed}), change({step})")
        raise
    finally:
        program.forget()


def _steps(namespace: dict[str, Any]) -> list[tuple[int, int]]:
    """For each call: the number of a change before it or 0, and the inputs' seed."""
    steps = [(0, seed) for seed in SEEDS]
    if "change" in namespace:
        for step in (1, 2):
            steps += [(step, SEEDS_CHANGED[0]), (0, SEEDS_CHANGED[1])]
    return steps


def _changed(namespace: dict[str, Any], step: int) -> bool:
    """Change the state; False if a call has left what cannot be changed so."""
    try:
        namespace["change"](step)
    except (IndexError, TypeError, ValueError):
        return False
    return True


def _accelerated(namespace: dict[str, Any], accelerate: functools.partial[Any]) -> Any:
    """The function to call; it may have blocks in it, or nothing else."""
    # Others only make functions, and blocks are not placed.
    is_placed = accelerate.keywords in PLACED.values()
    if accelerate.func is npjits and not is_placed:
        namespace["block"] = accelerate
    program = namespace["program"]
    return program if "ONLY_BLOCKS" in namespace else accelerate(program)


def _touched(run: Any) -> Any:
    """The function, and then somebody who looks at what it returns."""

    @functools.wraps(run)
    def call(*args: Any) -> Any:
        return realize(run(*args))

    return call


def _has_inputs(namespace: dict[str, Any], seed: int) -> bool:
    """Whether inputs can be made: a call may leave a global of another shape."""
    try:
        namespace["inputs"](seed)
    except (IndexError, ValueError):
        return False
    return True


def _call(namespace: dict[str, Any], fn: Any, seed: int) -> Call:
    arguments = namespace["inputs"](seed)
    names = ARGUMENTS.split(", ")
    with np.errstate():  # a program may set another
        outcome = observe(fn, arguments, {})
    inputs = [(f"argument {n!r}", x) for n, x in zip(names, arguments, strict=True)]
    names = [name for name in _GLOBALS if name in namespace]
    inputs += [(f"global {name!r}", namespace[name]) for name in names]
    # the functions too: some keep arrays in their defaults
    inputs += [
        (f"function {name!r}", value)
        for name, value in namespace.items()
        if callable(value) and getattr(value, "__module__", "") == namespace["__name__"]
    ]
    return Call(outcome, inputs)
