"""npjit's own errors, and the reasons why an operation runs in NumPy.

What NumPy raises, NumPy raises: a user meets the classes below only in strict mode or
when npjit itself is used wrongly. `Unsupported` never leaves npjit.
"""

from enum import Enum
from typing import Literal

__all__ = [
    "ConcretizationError",
    "FallbackError",
    "LoadError",
    "NpjitError",
    "NpjitWarning",
    "ParityWarning",
    "Reason",
    "Unsupported",
]


class Reason(Enum):
    """Why an operation ran in NumPy, or why its value was needed at once.

    The value of a member is its text for users.
    """

    NO_LOWERING = "npjit has no JAX rule for this operation"
    DTYPE = "XLA has no such dtype, or no loop for it"
    PARAMETER = "the JAX rule does not cover this parameter"
    DATA_DEPENDENT_SHAPE = "the shape of the result depends on values"
    CALLS_PYTHON = "the operation calls Python code for its elements"
    RANDOM = "random numbers are drawn from NumPy's own streams"
    INEXACT = "XLA's result would differ from NumPy's by more than the promised bound"
    ORDER_OPEN = "NumPy leaves the order of the result open, so it gives its own"
    SLOWER = "NumPy computes this much faster than XLA would"
    REPORTS = "NumPy reports a division by zero, an overflow or an invalid value here"
    WARNS = "NumPy warns of this call, whatever the values are"
    ERRSTATE = "np.errstate asks for a reaction that only NumPy can give"
    CAN_FAIL = "the operation may fail, depending on values, and the error belongs here"
    SUBCLASS = "an operand is a subclass of ndarray"
    FOREIGN = "the value is handed to code that npjit does not convert"
    NO_SOURCE = "the source of the function was not found"
    OBJECT = "an operand or an element is a Python object"
    LAYOUT = "the memory layout of the array matters here"
    PYTHON_INT = "a Python int does not fit the dtype NumPy would use"
    WRITES_BUFFER = "the operation writes a real buffer"
    OUT_OF_MEMORY = "the device has no memory left"
    VALUE_NEEDED = "Python needs the value to go on"
    TINY = "the arrays are too small to gain from XLA"
    MAX_VERSIONS = "the function met more signatures than max_versions"
    COMPILE_FAILED = "JAX or XLA could not compile the program"
    INTERNAL = "an error inside npjit; please report it"
    IO = "the operation reads or writes files or prints"
    METADATA = "the operation looks at metadata only, nothing is computed"
    DECLINED = "the operation is deliberately left to NumPy"
    THREAD = "another thread touched a value of this recording"
    LIMIT = "a recording grew too long, or too many of its programs were compiled"
    END_OF_CALL = "the accelerated call ended"
    EFFECT = "the call changes something besides its arrays, which a replay would not"
    UNGUARDED = "the call depends on something that npjit cannot watch"

    def __str__(self) -> str:
        return self.name


class NpjitError(Exception):
    """Base of all errors that are npjit's own."""


class LoadError(NpjitError, ValueError):
    """Bytes are no program that `npjit.export` wrote, or one that cannot be read."""


class NpjitWarning(UserWarning):
    """Base of all warnings that are npjit's own."""


class ParityWarning(NpjitWarning):
    """In mode ``"check"``: XLA did not compute what NumPy computed."""


class Unsupported(NpjitError):
    """An operation cannot be computed through XLA; it will run in NumPy.

    Parameters
    ----------
    reason : Reason
        The kind of obstacle.
    detail : str
        What in particular: a dtype, a parameter and its value.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        # args as given, so that pickling and copying call __init__ rightly
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return with_detail(self.reason, self.detail)


class ConcretizationError(NpjitError):
    """A function that JAX traces needs the elements of an array to go on.

    Parameters
    ----------
    operation : str
        What needs them, as ``numpy.unique``; empty for Python's own code.
    reason : Reason or None
        Why it cannot be part of the JAX program.
    filename, lineno : str, int
        The user's source line; an empty name if it is not known.
    """

    def __init__(
        self,
        operation: str,
        reason: Reason | None = None,
        filename: str = "",
        lineno: int = 0,
    ) -> None:
        super().__init__(operation, reason, filename, lineno)
        self.operation = operation
        self.reason = reason
        self.filename = filename
        self.lineno = lineno

    def __str__(self) -> str:
        where = f" at {self.filename}:{self.lineno}" if self.filename else ""
        what = self.operation or "Python's own code"
        why = with_detail(self.reason, "")
        return (
            f"{what}{where} needs the elements of an array that JAX traces ({why});"
            " either let it be a choice between arrays (np.where, masks), or compute"
            " it outside and pass it as a Python value, a captured array or, in"
            " to_jax(..., static=...), as a static argument"
        )


class FallbackError(NpjitError):
    """In strict mode: an operation would have run in NumPy, or a value was needed.

    Parameters
    ----------
    operation : str
        Name of the operation, as ``numpy.sort``.
    reason : Reason or None
        Why it cannot stay in the recording.
    filename, lineno : str, int
        The user's source line; an empty name if it is not known.
    detail : str
        What in particular.
    kind : {"fallback", "break"}
        Whether the operation would have run in NumPy, or pending work would have been
        computed because its value was needed.
    """

    def __init__(
        self,
        operation: str,
        reason: Reason | None = None,
        filename: str = "",
        lineno: int = 0,
        detail: str = "",
        kind: Literal["fallback", "break"] = "fallback",
    ) -> None:
        super().__init__(operation, reason, filename, lineno, detail, kind)
        self.operation = operation
        self.reason = reason
        self.filename = filename
        self.lineno = lineno
        self.detail = detail
        self.kind = kind

    def __str__(self) -> str:
        where = f" at {self.filename}:{self.lineno}" if self.filename else ""
        why = with_detail(self.reason, self.detail)
        if self.kind == "break":
            what = "needs a value of pending work"
            remedy = "pass strict=True in place of strict='breaks'"
        else:
            what = "runs in NumPy"
            remedy = "pass strict=False"
        return f"{self.operation}{where} {what}: {why}; to allow it, {remedy}"


def with_detail(reason: Reason | None, detail: str) -> str:
    """Text of a reason for users, with what it was in particular.

    Parameters
    ----------
    reason : Reason or None
        None reads as an unknown reason.
    detail : str
        May be empty.

    Returns
    -------
    str
        One line, unless `detail` has more.
    """
    text = reason.value if reason is not None else "no reason was given"
    return f"{text} ({detail})" if detail else text
