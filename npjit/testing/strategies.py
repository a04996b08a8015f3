"""Hypothesis strategies for arrays as NumPy programs meet them.

Every numeric dtype, empty and 0-d arrays, all layouts, overlapping views of one base,
and values at the edges: NaN, infinities, zeros of both signs, extremes. And arguments
like the example arguments of a function: `arguments_like`.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:  # an extra: npjit itself does without it
    raise ModuleNotFoundError(
        "npjit.testing.strategies needs Hypothesis: pip install 'npjit[test]'",
        name=error.name,
    ) from error

from npjit.testing.copies import Copier, arrays_in, owner_of

__all__ = [
    "COMPLEX",
    "FLOATS",
    "INTEGERS",
    "LAYOUTS",
    "NUMERIC",
    "REAL",
    "arguments_like",
    "arrays",
    "broadcastable_pairs",
    "dtypes",
    "lay_out",
    "like",
    "overlapping_pairs",
    "shapes",
]

INTEGERS = tuple(
    np.dtype(f"{kind}int{bits}") for kind in ("", "u") for bits in (8, 16, 32, 64)
)
FLOATS = tuple(np.dtype(f"float{bits}") for bits in (16, 32, 64))
COMPLEX = tuple(np.dtype(f"complex{bits}") for bits in (64, 128))
REAL = (np.dtype(bool), *INTEGERS, *FLOATS)
NUMERIC = (*REAL, *COMPLEX)
LAYOUTS = ("C", "F", "transposed", "reversed", "strided", "offset")

Array = np.ndarray[Any, np.dtype[Any]]
# Larger arrays repeat a few drawn values: Hypothesis is slow on long lists.
_MAX_DRAWN = 64


def dtypes(among: Sequence[Any] = NUMERIC) -> st.SearchStrategy[np.dtype[Any]]:
    """Draw one of some dtypes, by default of all 14 numeric ones.

    Parameters
    ----------
    among : sequence of dtype_like
        To choose from.

    Returns
    -------
    SearchStrategy
        Of `numpy.dtype`.
    """
    return st.sampled_from([np.dtype(d) for d in among])


def shapes(
    *, min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 5
) -> st.SearchStrategy[tuple[int, ...]]:
    """Draw a shape; by default it may be empty, 0-d or of one element.

    Parameters
    ----------
    min_dims, max_dims : int
        Bounds of the number of dimensions.
    min_side, max_side : int
        Bounds of each dimension.

    Returns
    -------
    SearchStrategy
        Of tuples of int.
    """
    sides = st.integers(min_side, max_side)
    return st.lists(sides, min_size=min_dims, max_size=max_dims).map(tuple)


def _special_values(
    dtype: np.dtype[Any], *, tiny: bool = True, subnormals: bool = False
) -> list[Any]:
    if dtype.kind == "b":
        return [False, True]
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return [0, 1, limits.max, limits.min, limits.max - 1, 2, 3]
    limits_f = np.finfo(dtype)
    return [
        *(0.0, -0.0, 1.0, -1.0, math.nan, math.inf, -math.inf, 0.5, 1.5, 2.5, 3.0),
        *(limits_f.max, limits_f.min, limits_f.eps),
        *([limits_f.tiny] if tiny else []),
        *([limits_f.smallest_subnormal] if subnormals else []),
    ]


def _values(
    dtype: np.dtype[Any], *, special: bool, **extremes: bool
) -> st.SearchStrategy[Any]:
    """Draw elements; special ones as often as all others together."""
    if dtype.kind == "b":
        return st.booleans()
    if dtype.kind == "c":
        part = _values(np.zeros(0, dtype).real.dtype, special=special, **extremes)
        return st.builds(complex, part, part)
    if dtype.kind in "iu":
        low = 0 if dtype.kind == "u" else -100
        ordinary: st.SearchStrategy[Any] = st.integers(low, 100)
    else:  # multiples of 1/8: few bits, so that results are easy to read
        ordinary = st.integers(-800, 800).map(lambda n: n / 8)
    if not special:
        return ordinary
    return ordinary | st.sampled_from(_special_values(dtype, **extremes))


def lay_out(a: Array, layout: str) -> Array:
    """Return an array with the values of `a` and another place in memory.

    Parameters
    ----------
    a : ndarray
        Any shape and dtype.
    layout : str
        Of `LAYOUTS`: "C" and "F" own contiguous memory, the others are views:
        "transposed" of a C-ordered array, "reversed" with negative strides, "strided"
        with gaps, "offset" with elements of the base before and behind.

    Returns
    -------
    ndarray
        On new memory.
    """
    if layout in ("C", "F"):
        return np.array(a, order="F" if layout == "F" else "C")
    if layout == "transposed":
        return np.array(a.T, order="C").T
    step = {"reversed": -1, "strided": 2, "offset": 1}[layout]
    base = np.zeros([abs(step) * n + 2 for n in a.shape], a.dtype)
    # from the element before the last or after the first, so that the base has margins
    keys = [
        slice(n, 0, -1) if step < 0 else slice(1, 1 + step * n, step) for n in a.shape
    ]
    view = base[(..., *keys)]
    view[...] = a
    return view


@st.composite
def arrays(
    draw: st.DrawFn,
    dtype: Any = None,
    shape: Any = None,
    *,
    layouts: Sequence[str] = LAYOUTS,
    special: bool = True,
    subnormals: bool = False,
) -> Array:
    """Draw an array.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    dtype : dtype_like or SearchStrategy, optional
        By default any numeric one.
    shape : tuple of int or SearchStrategy, optional
        By default any of up to three dimensions.
    layouts : sequence of str
        Of `LAYOUTS`.
    special : bool
        Whether NaN, infinities and extremes occur.
    subnormals : bool
        Whether numbers below the smallest normal one occur, too; XLA on a CPU takes
        them for zero.

    Returns
    -------
    ndarray
        Of the layout drawn.
    """
    dtype = _drawn(draw, dtypes() if dtype is None else dtype)
    shape = _drawn(draw, shapes() if shape is None else shape)
    dtype, size = np.dtype(dtype), math.prod(shape)
    elements = _values(dtype, special=special, subnormals=subnormals)
    values = draw(st.lists(elements, min_size=size, max_size=size))
    with np.errstate(over="ignore"):  # a limit of float64 has no float32
        a = np.array(values, dtype).reshape(shape)
    return lay_out(a, draw(st.sampled_from(list(layouts))))


def _drawn(draw: st.DrawFn, given: Any) -> Any:
    return draw(given) if isinstance(given, st.SearchStrategy) else given


@st.composite
def broadcastable_pairs(
    draw: st.DrawFn,
    dtype: Any = None,
    other_dtype: Any = None,
    *,
    special: bool = True,
) -> tuple[Array, Array]:
    """Draw two arrays whose shapes can be broadcast together.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    dtype, other_dtype : dtype_like or SearchStrategy, optional
        Of the first and the second array; by default any numeric ones.
    special : bool
        As in `arrays`.

    Returns
    -------
    tuple of two ndarrays
        Of up to three dimensions.
    """
    result = draw(shapes(max_side=4))
    pair = []
    for each in (dtype, other_dtype):
        stretched = draw(st.lists(st.booleans(), min_size=3, max_size=3))
        shape = [
            1 if one else n
            for n, one in zip(result, stretched[: len(result)], strict=True)
        ]
        dropped = draw(st.integers(0, len(shape)))
        pair.append(draw(arrays(each, tuple(shape[dropped:]), special=special)))
    return pair[0], pair[1]


@st.composite
def overlapping_pairs(
    draw: st.DrawFn, dtype: Any = None, *, special: bool = True
) -> tuple[Array, Array]:
    """Draw two views of one shape and one base that may share elements.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    dtype : dtype_like or SearchStrategy, optional
        By default any numeric one.
    special : bool
        As in `arrays`.

    Returns
    -------
    tuple of two ndarrays
        Of one or two dimensions; now and then one and the same object.
    """
    base_shape = draw(shapes(min_dims=1, max_dims=2, min_side=2, max_side=6))
    base = draw(arrays(dtype, base_shape, layouts=("C", "F"), special=special))
    sizes = [draw(st.integers(1, n)) for n in base.shape]
    first = draw(_windows(base, sizes))
    if draw(st.integers(0, 9)) == 9:
        return first, first
    return first, draw(_windows(base, sizes))


@st.composite
def _windows(draw: st.DrawFn, base: Array, sizes: Sequence[int]) -> Array:
    """Draw a view with the given size along each axis, forwards or backwards."""
    view = base
    for axis, (n, size) in enumerate(zip(base.shape, sizes, strict=True)):
        start = draw(st.integers(0, n - size))
        view = view.swapaxes(0, axis)[start : start + size].swapaxes(0, axis)
        if draw(st.booleans()):
            view = np.flip(view, axis)
    return view


def like(
    example: Any,
    *,
    vary_shapes: bool = False,
    vary_layouts: bool = False,
    special: bool = True,
) -> st.SearchStrategy[Any]:
    """Draw an argument like an example.

    Parameters
    ----------
    example : object
        An array, or anything that holds arrays.
    vary_shapes, vary_layouts, special : bool
        As in `arguments_like`.

    Returns
    -------
    SearchStrategy
        Of objects of the type of `example`.
    """
    options = {"vary_layouts": vary_layouts, "special": special}
    drawn = arguments_like(example, vary_shapes=vary_shapes, **options)
    return drawn.map(lambda arguments: arguments[0])


@st.composite
def arguments_like(
    draw: st.DrawFn,
    *examples: Any,
    vary_shapes: bool = False,
    vary_layouts: bool = False,
    special: bool = True,
) -> tuple[Any, ...]:
    """Draw arguments like the examples: other values in arrays of the same dtypes.

    Arrays may be anywhere in the arguments; what is one object or shares memory in the
    examples does so in what is drawn. Integers stay in the range of the example's
    elements, so that indices stay valid; floats do where it has two different values.
    What is no numeric array stays as it is.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    *examples : object
        Arguments of a function.
    vary_shapes : bool
        Whether arrays get other lengths along their axes: the same one wherever the
        examples have the same, 1 where they have 1.
    vary_layouts : bool
        Whether arrays that share no memory with others get any of `LAYOUTS`.
    special : bool
        Whether NaN, infinities and extremes of floats occur.

    Returns
    -------
    tuple
        As many arguments as there are examples.

    Raises
    ------
    ValueError
        If shapes should vary and the examples hold overlapping views.
    """
    copier, lengths, kept = Copier(), {1: 1}, []
    for owner, members in _by_owner(examples):
        if vary_shapes and len(members) > 1:
            raise ValueError(
                "arguments_like: the shapes of arrays that share memory cannot vary; "
                "draw one of them and make the others in the test"
            )
        example = members[0]
        varied = vary_shapes or vary_layouts
        if varied and len(members) == 1 and example.dtype in NUMERIC:
            shape = example.shape
            if vary_shapes:
                shape = tuple(_drawn_length(draw, n, lengths) for n in shape)
            values = _values_like(draw, example, shape, special=special)
            layout = draw(st.sampled_from(LAYOUTS)) if vary_layouts else "C"
            copier.replace(example, lay_out(values, layout))
        else:
            kept.append(owner)
    arguments: tuple[Any, ...] = copier.copy(examples)
    for owner in kept:
        if isinstance(owner, np.ndarray) and owner.dtype in NUMERIC:
            _refill(draw, copier.copy(owner), special=special)
    return arguments


def _by_owner(examples: tuple[Any, ...]) -> list[tuple[Any, list[Array]]]:
    """The arrays in the examples, those on one memory together."""
    found: dict[int, tuple[Any, list[Array]]] = {}
    for a in arrays_in(examples):
        owner = owner_of(a)
        found.setdefault(id(owner), (owner, []))[1].append(a)
    return list(found.values())


def _drawn_length(draw: st.DrawFn, n: int, lengths: dict[int, int]) -> int:
    if n not in lengths:
        lengths[n] = draw(st.integers(0, n + 2))
    return lengths[n]


def _refill(draw: st.DrawFn, a: Array, *, special: bool) -> None:
    writeable = a.flags.writeable
    a.flags.writeable = True
    a[...] = _values_like(draw, a, a.shape, special=special)
    a.flags.writeable = writeable


def _values_like(
    draw: st.DrawFn, example: Array, shape: tuple[int, ...], *, special: bool
) -> Array:
    """Draw an array of the example's dtype with values in its range."""
    elements, size = _elements_like(example, special=special), math.prod(shape)
    count = min(size, _MAX_DRAWN)
    values = draw(st.lists(elements, min_size=count, max_size=count))
    if size > count:
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        values = [values[i] for i in rng.integers(0, count, size)]
    with np.errstate(over="ignore"):
        return np.array(values, example.dtype).reshape(shape)


def _elements_like(example: Array, *, special: bool) -> st.SearchStrategy[Any]:
    dtype = example.dtype
    # Half of the smallest number is a subnormal, which XLA on a CPU takes for zero.
    usual = _values(dtype, special=special, tiny=False)
    if dtype.kind in "bc" or not example.size:
        return usual
    low, high = example.min().item(), example.max().item()
    if dtype.kind in "iu":
        return st.integers(low, high)
    if not (low < high and math.isfinite(high - low)):
        return usual
    ordinary = st.integers(0, 64).map(lambda n: low + (high - low) * (n / 64))
    specials = st.sampled_from(_special_values(dtype, tiny=False))
    return ordinary | specials if special else ordinary
