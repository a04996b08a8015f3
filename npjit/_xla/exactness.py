"""Keep XLA from changing the bits of elementwise arithmetic.

As it comes, XLA rewrites algebra (`x / 3.0` becomes a product with a rounded
reciprocal, `(x + 1e16) - 1e16` becomes `x`) and LLVM contracts a product that feeds an
addition to a fused multiply-add. NumPy rounds after each operation. Two remedies, both
without measurable cost, give NumPy's bits: compile without the algebraic simplifier,
and multiply such a product with a one that is known only at run time: it may be
contracted with the addition, ``fma(x * y, 1, z)``, which rounds as NumPy does. Unlike
operations on the bits it does not keep XLA:CPU from fusing the product into a reduction
(1e7 elements: 6 ms and not 44). (LLVM still folds a literal float zero that is added:
constants of the user's must be operands of the program.)
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

#: Without the algebraic simplifier, the pass that moves reshapes and transposes makes
#: pairs of them that nobody removes: 300 operations on a transposed array grew to
#: 8,000, and the compiler ran out of stack.
_DISABLED = "algsimp,reshape-mover"
#: XLA:CPU drops barriers before it fuses, and computes what is behind one anew for each
#: use. It knows them to the end, and without the pass keeps what they keep: a step of
#: `horizontal_diffusion` took 1.7 ms in place of 3.3, one of `channel_flow` 14 and 24.
_NO_BARRIERS = "cse_barrier_expander"
#: XLA:CPU uses vectors of 256 bits where the processor has 512, as NumPy's loops do: a
#: polynomial of 20 terms takes 0.46 ns in place of 0.91, a division 0.20 for 0.29. But
#: XLA passes such vectors wrongly to its own `atan`, which exact programs do not use.
_WIDE_VECTORS: dict[str, str | bool] = {"xla_cpu_prefer_vector_width": "512"}
_INDIVIDUAL_DOT = "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT"
#: XLA:CPU fuses an operation into each of its users, and computes it anew there.
#: In the derivative of a loop that doubles at each step. For 8
#: steps of Burgers' equation, 200,000 points, 1170 ms in place of 160; for 25 no end
#: of compiling.
_NO_FUSION = "fusion"
_ZERO: ContextVar[jax.Array | None] = ContextVar("npjit_runtime_zero", default=None)
_DERIVABLE: ContextVar[bool] = ContextVar("npjit_derivable", default=False)


def compiler_options(exact: bool) -> dict[str, str | bool]:
    """Return the options for `jax.jit(..., compiler_options=...)`.

    Parameters
    ----------
    exact : bool
        True for NumPy's bits, False to leave rewriting and contraction to XLA.

    Returns
    -------
    dict
        Names and values of XLA's debug options.
    """
    if not exact:
        return {"xla_disable_hlo_passes": _NO_BARRIERS, **_library_fusion()}
    disabled = {"xla_disable_hlo_passes": f"{_DISABLED},{_NO_BARRIERS}"}
    return {**disabled, **_WIDE_VECTORS, **_library_fusion()}


def options_without_bits(*, fuses: bool = True) -> dict[str, str | bool] | None:
    """Return the options for programs that promise none of NumPy's bits.

    Parameters
    ----------
    fuses : bool, optional
        False to keep XLA:CPU from fusing operations.

    Returns
    -------
    dict or None
        None where JAX computes on accelerators, whose compilers are left alone.
    """
    if jax.default_backend() != "cpu":
        return None
    options = compiler_options(exact=False)
    if not fuses:
        options["xla_disable_hlo_passes"] = f"{_NO_BARRIERS},{_NO_FUSION}"
    return options


@functools.cache
def _library_fusion() -> dict[str, str | bool]:
    """Leave matrix products to the library YNNPACK, and nothing else.

    Its fusions of reductions lose NaN in a maximum and, without the algebraic
    simplifier, read a broadcast axis of length one wrongly or crash the process (JAX
    0.10 to 0.12, some 1e5 elements). An XLA that does not know the option goes without.
    """
    option: dict[str, str | bool] = {
        "xla_cpu_experimental_ynn_fusion_type": _INDIVIDUAL_DOT
    }
    try:
        jax.jit(lambda x: x, compiler_options=option).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:
        return {}
    return option


@contextmanager
def runtime_zero(zero: jax.Array | None) -> Iterator[None]:
    """Let `exact_product` use `zero` while a program is traced.

    Parameters
    ----------
    zero : jax.Array of int64, shape (), or None
        An argument of the program that is 0 in each call. A constant would be folded
        away. None, as with ``exact=False``, leaves products to XLA.
    """
    token = _ZERO.set(zero)
    try:
        yield
    finally:
        _ZERO.reset(token)


def is_exact() -> bool:
    """Whether a program is being traced that must have NumPy's bits.

    Returns
    -------
    bool
        True inside `runtime_zero`. Elsewhere rules are plain JAX, which can be
        differentiated: what works on the bits of numbers has no derivative.
    """
    return _ZERO.get() is not None


@contextmanager
def derivable(is_part_of_jax: bool) -> Iterator[None]:
    """Let rules know while a program is traced if it becomes part of a JAX program."""
    token = _DERIVABLE.set(is_part_of_jax)
    try:
        yield
    finally:
        _DERIVABLE.reset(token)


def is_derivable() -> bool:
    """Whether a program is being traced that becomes part of a JAX program.

    Returns
    -------
    bool
        True inside `derivable`. The program may be differentiated, also where the
        values are zero, equal, or not used; and NumPy will not be asked where a rule
        is in doubt.
    """
    return _DERIVABLE.get()


def runtime_zeros(shape: tuple[int, ...], dtype: np.dtype) -> jax.Array:
    """Return zeros to which a program may add.

    Parameters
    ----------
    shape : tuple of int
    dtype : np.dtype

    Returns
    -------
    jax.Array
        Of floats and complex numbers, inside `runtime_zero`, no constant: XLA takes
        ``-0.0 + 0.0`` of a constant for ``-0.0``.
    """
    zero = _ZERO.get()
    if zero is None or dtype.kind not in "fc":
        return jnp.zeros(shape, dtype)
    return jnp.broadcast_to(lax.convert_element_type(zero, dtype), shape)


def exact_product(product: jax.Array) -> jax.Array:
    """Return `product`, rounded before any addition that uses it.

    Parameters
    ----------
    product : jax.Array
        Any shape; real floating or complex.

    Returns
    -------
    jax.Array
        The same values, out of reach of contraction inside `runtime_zero`; `product`
        itself outside of it.
    """
    zero = _ZERO.get()
    if zero is None:
        return product
    if jnp.issubdtype(product.dtype, jnp.complexfloating):
        return lax.complex(
            exact_product(jnp.real(product)), exact_product(jnp.imag(product))
        )
    one = lax.convert_element_type(zero, product.dtype) + jnp.ones((), product.dtype)
    return product * jnp.broadcast_to(one, product.shape)


def fused_multiply_add(a: jax.Array, b: jax.Array, c: jax.Array) -> jax.Array:
    """Return ``a * b + c``, rounded once.

    NumPy's vector loops of complex numbers use the instruction. XLA has no operation
    for it, and whether LLVM contracts depends on the other uses of the product, so it
    is computed from exact parts [1]_. Outside of `runtime_zero` it is a plain sum.

    Parameters
    ----------
    a, b, c : jax.Array
        float32 or float64, of one shape.

    Returns
    -------
    jax.Array
        Correctly rounded unless ``a * b`` overflows or the result is subnormal.

    References
    ----------
    .. [1] Boldo, Melquiond, "Emulation of FMA and correctly rounded sums: proved
       algorithms using rounding to odd", IEEE Trans. Computers 57(4), 2008.
    """
    if _ZERO.get() is None:
        return a * b + c
    if a.dtype == np.float32:
        wide = [lax.convert_element_type(part, np.float64) for part in (a, b, c)]
        total = _round_to_odd(exact_product(wide[0] * wide[1]), wide[2])
        return lax.convert_element_type(total, np.float32)
    finite = jnp.isfinite(a) & jnp.isfinite(b)
    plain = jnp.where(jnp.isinf(c) & finite, c, exact_product(a * b) + c)
    (of_a, back_a), (of_b, back_b) = _out_of_underflow(a), _out_of_underflow(b)
    product, error = exact_multiply(a * of_a, b * of_b)
    high, low = exact_sum(exact_product(c * (of_a * of_b)), error)
    total, rest = exact_sum(product, high)
    fused = exact_product((total + _round_to_odd(low, rest)) * (back_a * back_b))
    # An exact zero gets its sign from the plain sum.
    usable = jnp.isfinite(fused) & (fused != jnp.zeros_like(fused))
    return jnp.where(usable, fused, plain)


def _out_of_underflow(a: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return a factor for what is so small that its halves would be flushed to zero.

    And the one that takes products back. Where the first makes `c` infinite, the
    product does not count.
    """
    tiny, one = jnp.abs(a) < jnp.asarray(2.0**-350, a.dtype), jnp.ones_like(a)
    return (
        jnp.where(tiny, jnp.asarray(2.0**300, a.dtype), one),
        jnp.where(tiny, jnp.asarray(2.0**-300, a.dtype), one),
    )


def exact_sum(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the rounded sum and its error (Knuth).

    Parameters
    ----------
    a, b : jax.Array
        float64, of one shape.

    Returns
    -------
    tuple of jax.Array
        The sum and what rounding took from it.
    """
    total = a + b
    of_b = total - a
    return total, (a - (total - of_b)) + (b - of_b)


def exact_multiply(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the rounded product and its error (Dekker).

    Parameters
    ----------
    a, b : jax.Array of float64
        Of one shape.

    Returns
    -------
    tuple of jax.Array
        The product and what rounding took from it, exact where neither overflows nor
        gets smaller than 2**-968.
    """
    # The products of halves are exact: it does not matter whether they are contracted.
    product = exact_product(a * b)
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _halves(a: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Split float64 in two parts of 26 bits."""
    bits = lax.bitcast_convert_type(a, np.int64)
    rounded = bits + jnp.asarray(1 << 26, np.int64)
    upper = rounded & jnp.asarray(-1 << 27, np.int64)
    high = lax.bitcast_convert_type(upper, np.float64)
    return high, a - high


def _round_to_odd(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return ``a + b``; where that is inexact, the neighbour with an odd last bit."""
    total, error = exact_sum(a, b)
    bits, of_error = (lax.bitcast_convert_type(x, np.int64) for x in (total, error))
    one, zero = jnp.ones_like(bits), jnp.zeros_like(bits)
    # 1 away from zero, where the error has the sign of the sum, or -1.
    differ = lax.shift_right_arithmetic(bits ^ of_error, jnp.full_like(bits, 63))
    odd = bits + (differ + differ + one)
    even = (bits & one) == zero
    adjust = even & (error != jnp.zeros_like(error)) & jnp.isfinite(error)
    return lax.bitcast_convert_type(jnp.where(adjust, odd, bits), total.dtype)
