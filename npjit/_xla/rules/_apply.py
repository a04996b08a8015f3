"""Ufuncs inside of other rules: `apply(np.multiply, x, y)`."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from npjit._xla.rules import rule_of
from npjit.errors import Reason, Unsupported


def apply(ufunc: np.ufunc, *operands: Any) -> jax.Array:
    """Result of a ufunc's rule, for a ufunc of one result.

    Parameters
    ----------
    ufunc : np.ufunc
        The ufunc.
    *operands : array_like
        Already in the dtypes of the loop; broadcast as the rule does.

    Returns
    -------
    jax.Array
        In the loop's dtype.

    Raises
    ------
    Unsupported
        If the ufunc has no rule.
    """
    found = rule_of(ufunc)
    if found is None:
        raise Unsupported(Reason.NO_LOWERING, ufunc.__name__)
    result: jax.Array = found(*operands)
    return result
