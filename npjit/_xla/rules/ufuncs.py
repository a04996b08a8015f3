"""JAX rules of NumPy's universal functions (chapter: `npjit/_chapters/ufuncs.py`).

Rules receive the operands, already cast to the dtypes of NumPy's loop, and return the
loop's outputs. Arithmetic has NumPy's bits; a loop listed in `NOT_EXACT` should stay in
NumPy. NumPy has no float16 arithmetic of its own: it computes in float32 and rounds.
"""

from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._xla import (
    complex_arithmetic,
    elementary,
    floats,
    integers,
    trigonometry,
)
from npjit._xla.casts import cast
from npjit._xla.exactness import exact_product, is_derivable, is_exact
from npjit._xla.rules import Rule, rule, rules_all


def by_kind(**rules: Rule) -> Rule:
    """Return a rule that chooses by the kind of its first operand.

    Parameters
    ----------
    **rules : callable
        The rules of the kinds ``b`` (bool), ``i`` (signed or unsigned int), ``f``
        (float) and ``c`` (complex). A kind that is not named takes the rule of the next
        one that is, or the last.
    """
    order, named = "bifc", list(rules)

    def rule_for(kind: str) -> Rule:
        later = [rules[k] for k in order[order.index(kind) :] if k in rules]
        return later[0] if later else rules[named[-1]]

    table = {kind: rule_for(kind) for kind in order}
    table["u"] = table["i"]

    def choose(*operands: jax.Array) -> Any:
        return table[operands[0].dtype.kind](*operands)

    return choose


def in_float32(func: Rule) -> Rule:
    """Return `func`, computing float16 in float32 as NumPy does."""

    @wraps(func)
    def widened(*operands: jax.Array) -> Any:
        if operands[0].dtype != np.float16:
            return func(*operands)
        result = func(*(cast(x, np.float32) for x in operands))
        return jax.tree.map(lambda x: cast(x, np.float16), result)

    return widened


def exactly(own: Rule, xla: Rule) -> Rule:
    """Return a rule that is `own` where NumPy's bits are asked for, else `xla`."""

    def choose(*operands: jax.Array) -> Any:
        return (own if is_exact() else xla)(*operands)

    return choose


def unless_derivable(own: Rule, xla: Rule) -> Rule:
    """Return a rule that is `own`, but in programs that may be differentiated `xla`.

    Of a choice between two formulas, the one that is not chosen may divide by zero;
    and a remainder of zero is more than a constant.
    """

    def choose(*operands: jax.Array) -> Any:
        return (xla if is_derivable() else own)(*operands)

    return choose


def same(x: jax.Array) -> jax.Array:
    """Return the operand."""
    return x


def nonzero(x: jax.Array) -> jax.Array:
    """Return the truth value of each element."""
    return cast(x, np.bool_)


def never(x: jax.Array) -> jax.Array:
    """Return False for each element."""
    return jnp.zeros(x.shape, np.bool_)


def always(x: jax.Array) -> jax.Array:
    """Return True for each element."""
    return jnp.ones(x.shape, np.bool_)


def float_multiply(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the product, kept from contraction."""
    return exact_product(x * y)


def scaled(ufunc: np.ufunc) -> Rule:
    """Return the rule of a ufunc that multiplies with a constant, taken from NumPy."""

    def scale(x: jax.Array) -> jax.Array:
        return exact_product(x * ufunc(np.ones((), x.dtype)))

    return in_float32(scale)


rules_all(
    {
        np.add: by_kind(
            b=jnp.logical_or, i=jnp.add, f=jnp.add, c=complex_arithmetic.add
        ),
        np.subtract: by_kind(
            i=jnp.subtract, f=jnp.subtract, c=complex_arithmetic.subtract
        ),
        np.multiply: by_kind(
            b=jnp.logical_and,
            i=jnp.multiply,
            f=float_multiply,
            c=complex_arithmetic.multiply,
        ),
        np.divide: by_kind(
            f=jnp.true_divide,
            c=unless_derivable(complex_arithmetic.divide, jnp.true_divide),
        ),
        np.square: by_kind(
            i=lambda x: x * x,
            f=lambda x: float_multiply(x, x),
            c=complex_arithmetic.square,
        ),
        np.reciprocal: by_kind(
            i=integers.reciprocal,
            f=lambda x: jnp.ones_like(x) / x,
            c=unless_derivable(complex_arithmetic.reciprocal, jnp.reciprocal),
        ),
        np.positive: same,
        np.negative: jnp.negative,
        np.absolute: by_kind(
            b=same, f=jnp.abs, c=exactly(complex_arithmetic.absolute, jnp.abs)
        ),
        np.fabs: jnp.abs,
        np.sign: by_kind(
            i=jnp.sign, f=floats.sign, c=exactly(complex_arithmetic.sign, jnp.sign)
        ),
        np.conjugate: by_kind(i=same, c=jnp.conj),
        np.sqrt: by_kind(f=jnp.sqrt, c=exactly(elementary.complex_sqrt, jnp.sqrt)),
        np.deg2rad: scaled(np.deg2rad),
        np.radians: scaled(np.radians),
        np.rad2deg: scaled(np.rad2deg),
        np.degrees: scaled(np.degrees),
        np.heaviside: floats.heaviside,
        np.gcd: integers.gcd,
        np.lcm: integers.lcm,
        np.bitwise_count: integers.bit_count,
    }
)

# Division with remainder
divmod_of_floats = unless_derivable(floats.divmod_, jnp.divmod)
rules_all(
    {
        np.divmod: by_kind(i=integers.divmod_, f=divmod_of_floats),
        np.floor_divide: by_kind(
            i=lambda a, b: integers.divmod_(a, b)[0],
            f=lambda a, b: divmod_of_floats(a, b)[0],
        ),
        np.remainder: by_kind(
            i=lambda a, b: integers.divmod_(a, b)[1],
            f=lambda a, b: divmod_of_floats(a, b)[1],
        ),
        np.fmod: by_kind(
            i=lambda a, b: integers.divmod_truncated(a, b)[1],
            f=floats.fmod,
        ),
    }
)

# Rounding, parts and neighbours of floats
rules_all(
    {
        np.floor: by_kind(i=same, f=jnp.floor),
        np.ceil: by_kind(i=same, f=jnp.ceil),
        np.trunc: by_kind(i=same, f=jnp.trunc),
        np.rint: jnp.rint,
        np.copysign: jnp.copysign,
        np.signbit: jnp.signbit,
        np.modf: floats.modf,
        np.frexp: floats.frexp,
        np.ldexp: floats.ldexp,
        np.nextafter: floats.nextafter,
        np.spacing: floats.spacing,
        np.isnan: by_kind(i=never, f=jnp.isnan),
        np.isinf: by_kind(i=never, f=jnp.isinf),
        np.isfinite: by_kind(i=always, f=jnp.isfinite),
    }
)

# Bits and truth values
rules_all(
    {
        np.bitwise_and: jnp.bitwise_and,
        np.bitwise_or: jnp.bitwise_or,
        np.bitwise_xor: jnp.bitwise_xor,
        np.invert: jnp.invert,
        np.left_shift: integers.left_shift,
        np.right_shift: integers.right_shift,
        np.logical_and: lambda x, y: nonzero(x) & nonzero(y),
        np.logical_or: lambda x, y: nonzero(x) | nonzero(y),
        np.logical_xor: lambda x, y: nonzero(x) ^ nonzero(y),
        np.logical_not: lambda x: ~nonzero(x),
    }
)


def comparison(real: Rule, of_complex: Rule) -> Rule:
    """Return the rule of a comparison; int64 with uint64 is a loop of its own."""

    def compare(x: jax.Array, y: jax.Array) -> Any:
        if x.dtype != y.dtype:
            return integers.compare_mixed(real, x, y)
        return of_complex(x, y) if x.dtype.kind == "c" else real(x, y)

    return compare


rules_all(
    {
        np.equal: comparison(jnp.equal, jnp.equal),
        np.not_equal: comparison(jnp.not_equal, jnp.not_equal),
        np.less: comparison(jnp.less, complex_arithmetic.less),
        np.less_equal: comparison(jnp.less_equal, complex_arithmetic.less_equal),
        np.greater: comparison(jnp.greater, lambda x, y: complex_arithmetic.less(y, x)),
        np.greater_equal: comparison(
            jnp.greater_equal, lambda x, y: complex_arithmetic.less_equal(y, x)
        ),
    }
)


def complex_extremum(chosen: Rule, of_nan: int) -> Rule:
    """Return the rule of the extremum of complex numbers in NumPy's order.

    Parameters
    ----------
    chosen : callable
        Whether the first of two operands is the extremum; an equal one is.
    of_nan : int
        The operand (0 or 1) whose NaN makes the first be chosen.
    """

    def extremum(x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.where(chosen(x, y) | jnp.isnan((x, y)[of_nan]), x, y)

    return extremum


def at_least(x: jax.Array, y: jax.Array) -> jax.Array:
    """Whether ``x >= y`` in NumPy's order of complex numbers."""
    return complex_arithmetic.less_equal(y, x)


at_most = complex_arithmetic.less_equal
rules_all(
    {
        np.maximum: by_kind(
            i=jnp.maximum, f=floats.maximum, c=complex_extremum(at_least, 0)
        ),
        np.minimum: by_kind(
            i=jnp.minimum, f=floats.minimum, c=complex_extremum(at_most, 0)
        ),
        np.fmax: by_kind(i=jnp.maximum, f=floats.fmax, c=complex_extremum(at_least, 1)),
        np.fmin: by_kind(i=jnp.minimum, f=floats.fmin, c=complex_extremum(at_most, 1)),
    }
)

# Elementary functions, within the ulps that the tests state
ELEMENTARY: dict[np.ufunc, Rule] = {
    np.exp: by_kind(
        f=exactly(elementary.exp, jnp.exp), c=exactly(elementary.complex_exp, jnp.exp)
    ),
    np.exp2: by_kind(f=exactly(elementary.exp2, jnp.exp2), c=jnp.exp2),
    np.expm1: by_kind(f=exactly(elementary.expm1, jnp.expm1), c=jnp.expm1),
    np.log: by_kind(
        f=exactly(elementary.log, jnp.log), c=exactly(elementary.complex_log, jnp.log)
    ),
    np.log2: by_kind(f=exactly(elementary.log2, jnp.log2), c=jnp.log2),
    np.log10: by_kind(f=exactly(elementary.log10, jnp.log10), c=jnp.log10),
    np.log1p: by_kind(f=exactly(elementary.log1p, jnp.log1p), c=jnp.log1p),
    np.sin: by_kind(f=exactly(trigonometry.sin, jnp.sin), c=jnp.sin),
    np.cos: by_kind(f=exactly(trigonometry.cos, jnp.cos), c=jnp.cos),
    np.tan: by_kind(f=exactly(trigonometry.tan, jnp.tan), c=jnp.tan),
    np.arcsin: by_kind(f=exactly(trigonometry.arcsin, jnp.arcsin), c=jnp.arcsin),
    np.arccos: by_kind(f=exactly(trigonometry.arccos, jnp.arccos), c=jnp.arccos),
    np.arctan: by_kind(f=exactly(trigonometry.arctan, jnp.arctan), c=jnp.arctan),
    np.sinh: by_kind(f=exactly(elementary.sinh, jnp.sinh), c=jnp.sinh),
    np.cosh: by_kind(f=exactly(elementary.cosh, jnp.cosh), c=jnp.cosh),
    np.tanh: by_kind(f=exactly(elementary.tanh, jnp.tanh), c=jnp.tanh),
    np.arcsinh: by_kind(f=exactly(elementary.arcsinh, jnp.arcsinh), c=jnp.arcsinh),
    np.arccosh: by_kind(f=exactly(elementary.arccosh, jnp.arccosh), c=jnp.arccosh),
    np.arctanh: by_kind(f=exactly(elementary.arctanh, jnp.arctanh), c=jnp.arctanh),
    np.cbrt: exactly(elementary.cbrt, jnp.cbrt),
    np.arctan2: exactly(trigonometry.arctan2, jnp.arctan2),
    np.hypot: exactly(floats.hypot, jnp.hypot),
    np.float_power: jnp.power,
}
rules_all({ufunc: in_float32(function) for ufunc, function in ELEMENTARY.items()})


def float_power(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return ``x**y``; of squares NumPy's bits, which has a loop for them."""
    two = jnp.asarray(2, y.dtype)
    return jnp.where(y == two, float_multiply(x, x), jnp.power(x, y))


def power_by_number(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return ``x**y`` of floats for one `y`, which the program does not know.

    Small powers are products: 1e6 elements take 1.6 ms in place of 9.5.
    """
    is_small = (y >= 0) & (y <= 4) & (y == jnp.trunc(y))
    if _TAKES_ROOTS:
        is_small |= y == jnp.asarray(0.5, y.dtype)
    return lax.cond(is_small, _small_power, _any_power, x, y)


#: Whether NumPy computes ``power(x, 0.5)`` as a root: it is NaN of -inf, else infinity.
with np.errstate(invalid="ignore"):
    _TAKES_ROOTS = bool(np.isnan(np.power(np.full(2, -np.inf), 0.5)).all())


def _small_power(x: jax.Array, y: jax.Array) -> jax.Array:
    square = x * x
    power = jnp.ones_like(x)
    for n, value in enumerate((x, square, square * x, square * square), 1):
        power = jnp.where(y == jnp.asarray(n, y.dtype), value, power)
    return jnp.where(y == jnp.asarray(0.5, y.dtype), jnp.sqrt(x), power)


def _any_power(x: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.power(x, jnp.broadcast_to(y, x.shape))


rule(np.power)(
    by_kind(
        i=integers.power,
        f=in_float32(exactly(float_power, jnp.power)),
        c=jnp.power,
    )
)


def logaddexp(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return ``log(exp(x) + exp(y))``."""
    # Equal operands may be infinite, where the difference would be NaN.
    distance = jnp.where(x == y, jnp.zeros((), x.dtype), jnp.abs(x - y))
    return jnp.maximum(x, y) + elementary.log1p(jnp.exp(-distance))


def logaddexp2(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return ``log2(2**x + 2**y)``."""
    distance = jnp.where(x == y, jnp.zeros((), x.dtype), jnp.abs(x - y))
    per_log = jnp.asarray(1 / np.log(2), x.dtype)
    correction = exact_product(elementary.log1p(elementary.exp2(-distance)) * per_log)
    return jnp.maximum(x, y) + correction


rule(np.logaddexp)(in_float32(exactly(logaddexp, jnp.logaddexp)))
rule(np.logaddexp2)(in_float32(exactly(logaddexp2, jnp.logaddexp2)))

# NumPy's complex functions are those of C, with its signs of zero and its values at
# infinity and near the zeros of the result. XLA's differ there.
NOT_EXACT: dict[tuple[np.ufunc, str], str] = {
    (ufunc, "c"): "XLA's complex function differs in signs of zero and special values"
    for ufunc in (
        *(np.exp2, np.expm1, np.log2, np.log10, np.log1p, np.power, np.float_power),
        *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan),
        *(np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh),
    )
}


def not_exact(ufunc: np.ufunc, dtype: Any) -> str | None:
    """Return why a loop should stay in NumPy, None where its rule keeps the promise.

    Parameters
    ----------
    ufunc : np.ufunc
        A ufunc with a rule.
    dtype : dtype_like
        The dtype of the first operand in the loop.

    Returns
    -------
    str or None
        The reason, for users.
    """
    return NOT_EXACT.get((ufunc, np.dtype(dtype).kind))
