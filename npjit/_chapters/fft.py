"""Discrete Fourier transforms."""

import numpy as np

from npjit._chapters.bind import make_bind
from npjit._chapters.registry import composed, lowered
from npjit.errors import Reason

__all__: list[str] = []


def _several_unless(args, kwargs, default=None):
    s = kwargs.get("s")
    if s is None:
        return None
    # NumPy warns of a shape without axes, and of None in it.
    has_axes = kwargs.get("axes", default) is not None
    is_whole = isinstance(s, (tuple, list)) and None not in s
    return None if has_axes and is_whole else Reason.PARAMETER


def _two_unless(args, kwargs):
    return _several_unless(args, kwargs, default=(-2, -1))


def _ignores_out(func) -> bool:
    """Whether NumPy makes a new array all the same (ifft2 and irfft2 before 2.5)."""
    out = np.zeros((1, 2), float if func is np.fft.irfft2 else complex)
    return func(np.ones((1, 2)), out=out) is not out


def _bind_without_out(func):
    bind = make_bind(func, ("a",))

    def bind_without_out(*args, **kwargs):
        args, kwargs = bind(*args, **kwargs)
        kwargs.pop("out", None)
        return args, kwargs

    return bind_without_out


# The length of an axis of the result is none of the input's.
lowered(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, exact_dims=True)
lowered(
    np.fft.fftn,
    np.fft.ifftn,
    np.fft.irfftn,
    np.fft.rfftn,
    exact_dims=True,
    unless=_several_unless,
)
lowered(np.fft.fft2, np.fft.rfft2, exact_dims=True, unless=_two_unless)
for _func in (np.fft.ifft2, np.fft.irfft2):
    _bind = _bind_without_out(_func) if _ignores_out(_func) else None
    lowered(_func, exact_dims=True, unless=_two_unless, bind=_bind)
composed(np.fft.hfft, np.fft.ihfft)
