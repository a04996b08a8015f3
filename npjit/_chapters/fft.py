"""Discrete Fourier transforms."""

import numpy as np

from npjit._chapters.registry import host_only
from npjit.errors import Reason

__all__: list[str] = []

host_only(
    np.fft.fft,
    np.fft.fft2,
    np.fft.fftn,
    np.fft.hfft,
    np.fft.ifft,
    np.fft.ifft2,
    np.fft.ifftn,
    np.fft.ihfft,
    np.fft.irfft,
    np.fft.irfft2,
    np.fft.irfftn,
    np.fft.rfft,
    np.fft.rfft2,
    np.fft.rfftn,
    reason=Reason.NO_LOWERING,
)
