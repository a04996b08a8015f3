"""What stand-ins leave to their real arrays: their values are needed now."""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._array.array import STAND_INS, lift_array, real_of
from npjit._array.host_node import (
    real_copy,
)
from npjit._array.needed import need_value

__all__ = ["as_real", "attribute_of_real", "method_of_real"]


def as_real(x: Any) -> Any:
    return real_of(x) if type(x) in STAND_INS else x


def method_of_real(self, name, *args, **kwargs):
    need_value(self, name)
    real = {k: real_copy(v) for k, v in kwargs.items()}
    result = getattr(real_of(self), name)(*map(real_copy, args), **real)
    trace = self._trace
    if type(result) is np.ndarray and not trace.direct:
        return lift_array(trace, result)
    return result


def attribute_of_real(self, name: str) -> Any:
    result = getattr(real_of(self), name)
    trace = self._trace
    if type(result) is np.ndarray and not trace.direct:
        return lift_array(trace, result)
    return result
