"""How long operations take in NumPy and in XLA, by classes of operations.

The numbers were measured with `python -m bench.ops`, on two cores with vectors of 512
bits. They need not fit a machine: with them npjit chooses what it tries first, and in
mode "auto" it measures what it tried. Both engines are modelled alike: a call costs a
fixed time, a time for each element, and one for each byte that goes through memory. In
NumPy these are all operands and results; in XLA what is fused touches no memory, so
that only the leaves and the results of the whole program count.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from npjit._chapters.registry import Kind, Operation
from npjit._chapters.ufuncs import REDUCIBLE
from npjit._graph.aval import Aval
from npjit._graph.log import Entry, Read

__all__ = ["COSTS", "Cost", "class_of", "cost_of", "gain", "is_slow", "numpy_ns"]


class Cost(NamedTuple):
    """What one element takes in nanoseconds, besides its way through memory.

    Parameters
    ----------
    numpy, xla : float
        Of numbers of 8 bytes; NumPy's vector loops take half of it for half of them.
    fuses : bool
        Whether XLA computes it together with what comes before.
    """

    numpy: float
    xla: float
    fuses: bool = True


#: By class, or by name or class with a kind of dtype; of products each multiplication.
COSTS: Final[dict[str, Cost]] = {
    "arithmetic": Cost(0.05, 0.03),
    "multiply c": Cost(0.5, 1.4),  # XLA has no fused multiply-add for NumPy's bits
    "square c": Cost(0.4, 1.2),
    "absolute c": Cost(0.5, 1.0),
    "divide c": Cost(5.0, 3.0),
    "copy": Cost(0.1, 0.1),
    "reduction": Cost(0.15, 0.1),
    "position": Cost(0.1, 0.4),
    "cumulative": Cost(3.2, 3.8, fuses=False),
    "fold": Cost(10.0, 15.0, fuses=False),
    "sort": Cost(12.0, 60.0, fuses=False),
    "search": Cost(70.0, 15.0),
    "isin": Cost(60.0, 8.0),
    "isin i": Cost(2.0, 4.0),
    "histogram": Cost(5.3, 8.0, fuses=False),
    "bincount": Cost(1.4, 0.8, fuses=False),
    "product": Cost(0.019, 0.019, fuses=False),
    "convolution": Cost(8.9, 3.8, fuses=False),
    "decomposition": Cost(40.0, 45.0, fuses=False),
    "fft": Cost(10.0, 9.0, fuses=False),
    "gather": Cost(2.0, 2.0),
    "scatter": Cost(2.0, 3.5, fuses=False),
    "add.at": Cost(4.0, 4.0, fuses=False),
    "selection": Cost(4.5, 0.5),
    "mask": Cost(4.0, 0.1),
    "divmod": Cost(18.0, 18.0),
    "divmod i": Cost(1.5, 5.0),
    "floor_divide": Cost(18.0, 18.0),
    "floor_divide i": Cost(1.5, 4.0),
    "fmod": Cost(15.0, 17.0),
    "fmod i": Cost(1.5, 3.5),
    "remainder": Cost(6.0, 8.0),
    "remainder i": Cost(1.5, 3.0),
    "gcd": Cost(17.0, 26.0),
    "lcm": Cost(18.0, 27.0),
    "modf": Cost(1.0, 0.3),
    "frexp": Cost(0.2, 1.0),
    "ldexp": Cost(0.2, 0.5),
    "nextafter": Cost(6.5, 0.5),
    "spacing": Cost(1.5, 0.5),
    "exp": Cost(0.6, 0.35),
    "exp2": Cost(0.5, 0.6),
    "expm1": Cost(0.8, 0.4),
    "log": Cost(0.7, 0.5),
    "log2": Cost(0.5, 0.6),
    "log10": Cost(0.5, 0.6),
    "log1p": Cost(0.8, 0.8),
    "logaddexp": Cost(14.0, 2.0),
    "logaddexp2": Cost(14.0, 2.0),
    "sin": Cost(8.0, 0.9),
    "cos": Cost(8.0, 0.9),
    "tan": Cost(0.9, 0.9),
    "arcsin": Cost(0.7, 1.0),
    "arccos": Cost(0.7, 1.0),
    "arctan": Cost(0.7, 0.7),
    "arctan2": Cost(1.2, 1.0),
    "sinh": Cost(0.7, 1.5),
    "cosh": Cost(0.6, 0.9),
    "tanh": Cost(0.7, 0.7),
    "arcsinh": Cost(1.2, 1.4),
    "arccosh": Cost(1.5, 1.5),
    "arctanh": Cost(0.8, 1.3),
    "cbrt": Cost(0.8, 0.8),
    "hypot": Cost(17.0, 1.5),
    "power": Cost(1.1, 4.5),
    "power number": Cost(1.1, 0.3),  # small powers are products
    "power i": Cost(3.0, 3.0),
    "float_power": Cost(9.0, 6.0),
}
#: What NumPy computes so fast only with vectors of 512 bits, and what it takes else.
_BY_WIDE_VECTORS: Final = frozenset(
    {
        *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "power"),
        *("tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh"),
        *("arcsinh", "arccosh", "arctanh"),
    }
)
_SCALAR_NS: Final = 6.0
#: What takes longer is no vector loop, which would gain from narrower numbers.
_VECTOR_NS: Final = 2.0
#: A call of NumPy, and of a compiled program.
_NUMPY_CALL_NS: Final = 600.0
_XLA_CALL_NS: Final = 40_000.0
#: What a byte takes on its way through memory, and through the cache.
_MEMORY_NS: Final = 0.028
_CACHE_NS: Final = 0.012
_CACHE_BYTES: Final = 2**20
#: To leave the program and come back takes so long; less is not worth it.
_CUT_NS: Final = 100_000.0
_TOO_SLOW: Final = 2.0

#: Names of functions, by class. What is named nowhere makes or moves: "copy".
_CLASSES: Final[dict[str, str]] = {
    name: group
    for group, names in {
        "reduction": "sum prod max min amax amin mean var std any all count_nonzero ptp"
        " trace vecdot vdot",
        "position": "argmax argmin",
        "cumulative": "cumsum cumprod cumulative_sum cumulative_prod",
        "sort": "sort argsort lexsort sort_into median nanmedian quantile percentile",
        "search": "searchsorted interp",
        "isin": "isin",
        "histogram": "histogram",
        "bincount": "bincount",
        "product": "matmul dot inner tensordot einsum matvec vecmat",
        "convolution": "convolve correlate",
        "decomposition": "det slogdet cholesky inv svdvals solve svd",
        "fft": "fft ifft rfft irfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn",
        "gather": "gather take take_along_axis choose",
        "scatter": "scatter put put_at place",
        "add.at": "ufunc_at",
        "selection": "select select_at put_selected nonzero compress",
        "mask": "where put_mask putmask copyto",
    }.items()
    for name in names.split()
}

#: Ufuncs that are one or a few instructions, at the speed of memory in both.
_ARITHMETIC: Final = frozenset(
    {
        *(np.add, np.subtract, np.multiply, np.square, np.positive, np.negative),
        *(np.absolute, np.fabs, np.conjugate, np.copysign, np.signbit, np.sign),
        *(np.deg2rad, np.radians, np.rad2deg, np.degrees, np.heaviside, np.reciprocal),
        *(np.floor, np.ceil, np.trunc, np.rint, np.isnan, np.isinf, np.isfinite),
        *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.bitwise_count),
        *(np.left_shift, np.right_shift, np.equal, np.not_equal, np.less, np.greater),
        *(np.less_equal, np.greater_equal, np.logical_and, np.logical_or),
        *(np.logical_xor, np.logical_not, np.maximum, np.minimum, np.fmax, np.fmin),
        *(np.divide, np.sqrt),
    }
)


def class_of(op: Operation) -> str:
    """The class of operations that one belongs to.

    Parameters
    ----------
    op : Operation
        A lowered one.

    Returns
    -------
    str
        The name of a ufunc that is more than a few instructions, "arithmetic" of the
        others, else what the operation does: "reduction", "gather", "sort".
    """
    rule = op.rule
    if isinstance(rule, np.ufunc) and rule.signature is None:
        return "arithmetic" if rule in _ARITHMETIC else rule.__name__
    owner = getattr(rule, "__self__", None)
    if isinstance(owner, np.ufunc):
        return _class_of_method(owner, op)
    return _CLASSES.get(rule.__name__, "copy")


def _class_of_method(ufunc: np.ufunc, op: Operation) -> str:
    if op.kind is Kind.REDUCTION:
        return "reduction" if ufunc in REDUCIBLE else "fold"
    if op.rule.__name__ == "accumulate":
        return "cumulative"
    return "arithmetic" if ufunc in _ARITHMETIC else ufunc.__name__


def cost_of(op: Operation, dtype: np.dtype, args: Sequence[Any] = ()) -> Cost:
    """The cost of an operation on elements of a dtype.

    Parameters
    ----------
    op : Operation
        A lowered one.
    dtype : np.dtype
        In which it computes.
    args : sequence
        Its operands, where they are known.
    """
    group = class_of(op)
    kind: str = "i" if dtype.kind == "u" else dtype.kind
    if kind == "f" and op.rule is np.power and _has_one_exponent(args):
        kind = "number"
    names = f"{op.rule.__name__} {kind}", f"{group} {kind}"
    found = (COSTS[name] for name in names if name in COSTS)
    cost = next(found, COSTS.get(group, COSTS["arithmetic"]))
    if group in _BY_WIDE_VECTORS and not _has_wide_vectors(group):
        return cost._replace(numpy=_SCALAR_NS)
    if cost.numpy > _VECTOR_NS:
        return cost
    return cost._replace(numpy=cost.numpy * min(dtype.itemsize / 8, 1.0))


def _has_one_exponent(args: Sequence[Any]) -> bool:
    return len(args) > 1 and not getattr(_aval_of(args[1]), "ndim", 0)


def _aval_of(arg: Any) -> Any:
    return arg.aval if type(arg) is Read else arg


@functools.cache
def _has_wide_vectors(name: str) -> bool:
    """Whether NumPy computes a ufunc with AVX-512 on this processor."""
    found = np.lib.introspect.opt_func_info(func_name=f"^{name}$")
    targets = {loop["current"] for loops in found.values() for loop in loops.values()}
    return any(target == "X86_V4" or "AVX512" in target for target in targets)


# -- predictions ---------------------------------------------------------------------


def is_slow(op: Operation, args: Sequence[Any], avals: Sequence[Aval]) -> bool:
    """Whether an operation had better run in NumPy, and what is around it in XLA.

    Parameters
    ----------
    op : Operation
        A lowered one.
    args : sequence
        Its operands, with an `Aval` in place of each array.
    avals : sequence of Aval
        Those among them that are arrays, lists of arrays opened.

    Returns
    -------
    bool
        True if XLA takes twice as long, even where fusing saves the way of operands
        and result through memory, and if that outweighs the cut.
    """
    if not avals:
        return False
    largest = max(avals, key=lambda aval: aval.size)
    cost = cost_of(op, np.result_type(*(aval.dtype for aval in avals)), args)
    saved = 2 * largest.dtype.itemsize * _MEMORY_NS if cost.fuses else 0.0
    work = _work(op, avals, largest.size)
    lost_ns = work * (cost.xla - cost.numpy)
    return lost_ns > _CUT_NS and cost.xla >= _TOO_SLOW * (cost.numpy + saved)


def _work(op: Operation, avals: Sequence[Aval], size: int) -> float:
    """How many elements, of a product how many multiplications, are computed."""
    if class_of(op) != "product" or len(avals) != 2 or not all(a.ndim for a in avals):
        return size
    first, second = avals
    length = first.shape[-1]
    return first.size * second.size / max(length * _shared(first, second), 1)


def _shared(first: Aval, second: Aval) -> int:
    """How many matrices of two stacks are multiplied with one another."""
    count = 1
    for n, m in zip(first.shape[:-2], second.shape[:-2], strict=False):
        count *= n if n == m else 1
    return count


def gain(entries: Iterable[Entry]) -> float:
    """How many times faster than in NumPy a cut of a log should be in XLA.

    Parameters
    ----------
    entries : iterable of Entry
        In the order of the log.

    Returns
    -------
    float
        NumPy's predicted time over XLA's; below 1 where NumPy should be faster.
    """
    total_ns, xla_ns, memory = 0.0, _XLA_CALL_NS, _Memory()
    for entry in entries:
        cost, work = _cost_of_entry(entry)
        moved_ns = _moved_ns(entry)
        total_ns += _NUMPY_CALL_NS + work * cost.numpy + moved_ns
        xla_ns += work * cost.xla
        if not cost.fuses:
            xla_ns += moved_ns
        memory.note(entry)
    return total_ns / (xla_ns + memory.n_bytes * _per_byte(memory.n_bytes))


def numpy_ns(entry: Entry) -> float:
    """How many nanoseconds an entry of a log should take in NumPy."""
    cost, work = _cost_of_entry(entry)
    return _NUMPY_CALL_NS + work * cost.numpy + _moved_ns(entry)


def _moved_ns(entry: Entry) -> float:
    """What operands and results take on their way through memory."""
    n_bytes = sum(aval.nbytes for aval in _operands(entry)) + _made(entry)
    return n_bytes * _per_byte(n_bytes)


def _per_byte(n_bytes: int) -> float:
    return _MEMORY_NS if n_bytes > _CACHE_BYTES else _CACHE_NS


def _cost_of_entry(entry: Entry) -> tuple[Cost, float]:
    inferred = entry.inferred
    avals = _operands(entry)
    target = () if entry.target is None else (entry.target.aval,)
    size = max((aval.size for aval in (*avals, *inferred.outs, *target)), default=0)
    dtypes = {aval.dtype for aval in avals or inferred.outs or target}
    dtype = np.result_type(*dtypes) if dtypes else np.dtype(float)
    return cost_of(inferred.op, dtype, entry.args), _work(inferred.op, avals, size)


def _operands(entry: Entry) -> list[Aval]:
    return [x.aval for x in entry.operands() if type(x) is Read]


def _made(entry: Entry) -> int:
    """How many bytes an entry writes."""
    if entry.target is not None:
        return entry.target.aval.nbytes
    return sum(aval.nbytes for aval in entry.inferred.outs)


class _Memory:
    """The bytes that a program reads from its leaves and writes to its results."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self.made: dict[int, int] = {}
        self.known: set[int] = set()

    def note(self, entry: Entry) -> None:
        for x in entry.operands():
            if type(x) is Read:
                self.read(x)
        if entry.target is not None:
            self.read(entry.target)
            self.n_bytes += entry.target.aval.nbytes
        for slot, aval in zip(entry.outs, entry.inferred.outs, strict=False):
            self.known.add(slot)
            self.made[slot] = aval.nbytes
            self.n_bytes += aval.nbytes

    def read(self, x: Read) -> None:
        """What was made here and is read again is taken for an intermediate result."""
        self.n_bytes -= self.made.pop(x.slot, 0)
        if x.slot not in self.known:
            self.known.add(x.slot)
            self.n_bytes += x.aval.nbytes
