"""Float arguments that a call computes with arrays alone, as `t` in `u * (1 - t)`.

Such a number is recorded as a scalar that comes from outside, so that a replay takes
another one each time. Wherever Python looks at it, its value becomes a guard. Which
arguments are such is said by `npjit/_convert/operands.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from npjit._array.array import SCALARS, Array, Scalar, made_scalar
from npjit._array.storage import Storage
from npjit._graph.aval import DTYPES, make_aval
from npjit._graph.trace import Trace, current

__all__ = ["Number", "compute", "is_moderate", "operands", "pinned", "ways_to"]

#: Whatever is between them fits float32 as it fits float64, without a report.
_SMALLEST: Final = 1e-30
_LARGEST: Final = 1e30
_DOUBLE: Final = np.dtype(np.float64)
#: The dtype that a Python float takes on beside arrays of another one (NEP 50).
_BESIDE: Final[dict[np.dtype, np.dtype]] = {
    **{dtype: _DOUBLE for dtype in DTYPES.values() if dtype.kind in "biu"},
    **dict.fromkeys([_DOUBLE, np.dtype(np.complex128)], _DOUBLE),
    **dict.fromkeys(map(np.dtype, ["f4", "c8"]), np.dtype(np.float32)),
}


class Number(float):
    """A float argument, or what Python makes of it and of constants.

    It is a float for code that looks into the frame of the call.

    Parameters
    ----------
    value : float
    way : str
        Where the guards find the argument.
    plain : callable, optional
        The function of `operator` that computes it.
    operands : tuple
        What of: numbers.
    """

    __slots__ = ("operands", "plain", "scalars", "value", "way")

    value: float
    way: str
    plain: Callable[..., Any] | None
    operands: tuple
    scalars: dict[np.dtype, Scalar]

    def __new__(
        cls,
        value: float,
        way: str = "",
        plain: Callable[..., Any] | None = None,
        operands: tuple = (),
    ) -> Number:
        self = super().__new__(cls, value)
        self.value = value
        self.way = way
        self.plain = plain
        self.operands = operands
        self.scalars = {}
        return self

    def arguments(self) -> Iterator[Number]:
        """The arguments that it is made of."""
        if self.plain is None:
            yield self
        for x in self.operands:
            if type(x) is Number:
                yield from x.arguments()


def is_moderate(value: Any) -> bool:
    """Whether a number is a float that can be cast without a report."""
    return type(value) is float and (
        _SMALLEST < value < _LARGEST or -_LARGEST < value < -_SMALLEST or not value
    )


def compute(plain: Callable[..., Any], *operands: Any) -> Any:
    """What Python computes of a number and of constants: a `Number` again."""
    values = [x.value if type(x) is Number else x for x in operands]
    try:
        value = plain(*values)
    except ArithmeticError:
        value = None
    if type(value) is float:
        return Number(value, "", plain, operands)
    return plain(*map(pinned, operands))


def operands(a: Any, b: Any) -> tuple[Any, Any]:
    """The operands of an operator, one of them a `Number`, as it is recorded."""
    return _beside(a, b), _beside(b, a)


def _beside(x: Any, other: Any) -> Any:
    """A number as the operand of an array or scalar; as it is where that is none."""
    if type(x) is not Number:
        return x
    trace = current.trace
    if trace is None or trace.direct or trace.tape is None:
        return x.value
    dtype = None
    if (type(other) is Array or type(other) in SCALARS) and other._trace is trace:
        dtype = _BESIDE.get(other._aval.dtype)
    if dtype is None or not is_moderate(x.value):
        return pinned(x)
    if dtype not in x.scalars:
        x.scalars[dtype] = _scalar(trace, x, dtype)
    return x.scalars[dtype]


def _scalar(trace: Trace, x: Number, dtype: np.dtype) -> Scalar:
    storage = Storage(make_aval((), (), dtype, scalar=True))
    storage.set_buffer(np.array(x.value, dtype))
    assert trace.tape is not None
    trace.tape.takes(x, storage)
    return made_scalar(trace, storage)


def pinned(x: Any) -> Any:
    """A number in Python's hands: each replay compares it."""
    if type(x) is not Number:
        return x
    trace = current.trace
    if trace is not None and trace.tape is not None:
        trace.tape.pins(x)
    return x.value


def ways_to(args: tuple, kwargs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """How guards find the arguments of a call."""
    yield from ((f"args[{i}]", x) for i, x in enumerate(args))
    yield from ((f"kwargs[{name!r}]", x) for name, x in kwargs.items())
