"""Input, output, text, and dtypes that XLA lacks."""

import numpy as np
from numpy.lib import recfunctions

from npjit._chapters.registry import host_only
from npjit.errors import Reason

__all__: list[str] = []

host_only(
    np.array2string,
    np.array_repr,
    np.array_str,
    np.fromfile,
    np.genfromtxt,
    np.loadtxt,
    np.save,
    np.savetxt,
    np.savez,
    np.savez_compressed,
    reason=Reason.IO,
)
host_only(
    np.busday_count,
    np.busday_offset,
    np.is_busday,
    np.datetime_as_string,
    reason=Reason.DTYPE,
)
host_only(
    *(
        func
        # Those that dispatch; asking numpy.testing would take 35 ms at import.
        for func in vars(recfunctions).values()
        if type(func) is type(np.sum) and func.__module__ == recfunctions.__name__
    ),
    reason=Reason.DTYPE,
)
