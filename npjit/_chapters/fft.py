"""Discrete Fourier transforms."""

import numpy as np

from npjit._chapters.registry import composed, lowered
from npjit.errors import Reason

__all__: list[str] = []


def _several_unless(args, kwargs):
    s = kwargs.get("s")
    if s is None:
        return None
    # NumPy warns of a shape without axes, and of None in it.
    plain = "axes" not in kwargs or kwargs["axes"] is None or None in s
    return Reason.PARAMETER if plain else None


# The length of an axis of the result is none of the input's.
lowered(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, exact_dims=True)
lowered(
    np.fft.fft2,
    np.fft.fftn,
    np.fft.ifft2,
    np.fft.ifftn,
    np.fft.irfft2,
    np.fft.irfftn,
    np.fft.rfft2,
    np.fft.rfftn,
    exact_dims=True,
    unless=_several_unless,
)
composed(np.fft.hfft, np.fft.ihfft)
