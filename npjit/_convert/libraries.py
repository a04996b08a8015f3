"""Installed libraries: which of them are converted, and when.

A library's Python code is converted where it is reached with arrays or with functions
of the user's, and where converted code of a library calls it. Otherwise it is called as
it is: there is nothing to gain from it.
"""

from __future__ import annotations

import functools
import os
import sys
import types
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from npjit._array.array import STAND_INS
from npjit._graph.aval import DTYPES
from npjit._graph.trace import user_line

__all__ = [
    "FOREIGN",
    "called_from_library",
    "computes",
    "in_library",
    "is_in",
    "reaches",
]

_SITE: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_DISPATCHER: Final = type(np.sum)
_OWN: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
_MAX_DEPTH: Final = 4

#: Libraries, modules and functions of libraries that stay foreign.
FOREIGN: Final = (
    # They have array types, compilers or recordings of their own.
    *("jax", "jaxlib", "flax", "equinox", "torch", "tensorflow", "keras", "cupy"),
    *("numba", "llvmlite", "autograd", "pytensor", "pymc", "casadi", "taichi"),
    *("dask", "distributed", "xarray", "sparse", "pint", "uncertainties", "astropy"),
    *("numexpr", "sympy", "mpmath", "cudf", "cuml", "polars", "pyarrow", "awkward"),
    # Large Python layers, which check and copy their data and leave the work to
    # compiled code.
    *("pandas", "sklearn", "statsmodels", "xgboost", "lightgbm", "catboost"),
    *("h5py", "zarr", "netCDF4", "tables", "networkx", "shapely", "geopandas"),
    *("PIL", "cv2", "imageio", "matplotlib", "mpl_toolkits", "seaborn", "plotly"),
    *("bokeh", "pyvista", "vtk", "vtkmodules", "scipy.cluster", "scipy.fft"),
    *("scipy.interpolate", "scipy.io", "scipy.linalg", "scipy.ndimage"),
    *("scipy.sparse", "scipy.spatial"),
    # Masks and subsets all the way; each would be a break.
    *("scipy.stats._distn_infrastructure", "scipy.stats._continuous_distns"),
    *("scipy.stats._discrete_distns", "scipy.stats._multivariate"),
    *("scipy.stats._resampling", "scipy.stats._fit", "scipy.stats._qmc"),
    # Their arithmetic is on a few coefficients.
    *("scipy.signal._filter_design", "scipy.signal._fir_filter_design"),
    *("scipy.signal._ltisys", "scipy.signal._lti_conversion"),
    # Drivers: what pays is the function they are given, and that is recorded
    # (`npjit/_convert/callbacks.py`).
    *("scipy.integrate._ivp", "scipy.integrate._bvp", "scipy.integrate._ode"),
    *("scipy.integrate._odepack_py", "scipy.integrate._quadpack_py"),
    *("scipy.integrate._quad_vec", "scipy.integrate._cubature", "scipy.differentiate"),
    *("scipy.integrate._tanhsinh", "scipy.optimize._elementwise"),
    *("scipy.optimize._bracket", "scipy.optimize._chandrupatla"),
    *("scipy.optimize._basinhopping", "scipy.optimize._differentialevolution"),
    *("scipy.optimize._direct_py", "scipy.optimize._dual_annealing"),
    *("scipy.optimize._linprog", "scipy.optimize._lsq", "scipy.optimize._milp"),
    *("scipy.optimize._minimize", "scipy.optimize._minpack_py"),
    *("scipy.optimize._nonlin", "scipy.optimize._root", "scipy.optimize._root_scalar"),
    *("scipy.optimize._shgo", "scipy.optimize._slsqp_py", "scipy.optimize._lbfgsb_py"),
    *("scipy.optimize._tnc", "scipy.optimize._cobyla_py", "scipy.optimize._cobyqa_py"),
    *(
        f"scipy.optimize._optimize.{name}"
        for name in (
            *("fmin", "fmin_bfgs", "fmin_cg", "fmin_ncg", "fmin_powell", "fminbound"),
            *("bracket", "brent", "brute", "golden", "check_grad", "approx_fprime"),
        )
    ),
    # They look at frames and at the code of functions, or hand work to other processes.
    *("pytest", "_pytest", "pluggy", "hypothesis", "IPython", "ipykernel", "traitlets"),
    *("joblib", "loky", "cloudpickle", "dill", "ray", "mpi4py", "multiprocess"),
    *("line_profiler", "memory_profiler", "coverage", "debugpy", "wrapt"),
)


def is_in(module: str, prefixes: Iterable[str]) -> bool:
    """Whether a module is one of these, or a submodule of one."""
    return f"{module}.".startswith(tuple(f"{prefix}." for prefix in prefixes))


def in_library(code: types.CodeType) -> bool:
    """Whether code belongs to an installed library."""
    return _is_installed(code.co_filename)


@functools.lru_cache(maxsize=4096)
def _is_installed(filename: str) -> bool:
    return any(site in filename for site in _SITE) and not filename.startswith(_OWN)


def called_from_library() -> bool:
    """Whether the innermost frame that is not npjit's runs code of a library."""
    return in_library(user_line()[0])


@functools.cache
def computes(module: str, name: str) -> bool:
    """Whether a library's function is converted: its package uses NumPy itself."""
    if is_in(f"{module}.{name}", FOREIGN):
        return False
    return is_using_numpy(module.partition(".")[0])


@functools.cache
def is_using_numpy(package: str) -> bool:
    """Whether a package has NumPy, or a function of NumPy's, as a global somewhere."""
    modules = [m for name, m in list(sys.modules.items()) if is_in(name, (package,))]
    held = (list(getattr(module, "__dict__", {}).values()) for module in modules)
    return any(any(map(_is_numpys, values)) for values in held)


def _is_numpys(held: Any) -> bool:
    kind = type(held)
    if kind is types.ModuleType:
        return is_in(held.__name__, ("numpy",))
    return kind is np.ufunc or kind is _DISPATCHER


def reaches(x: Any, depth: int = 0) -> bool:
    """Whether an argument brings arrays, or a function that may compute with some.

    Looked into are containers, bound methods and the attributes of objects.
    """
    kind = type(x)
    if kind in STAND_INS:
        return True
    if kind is np.ndarray:
        return x.dtype in DTYPES
    if kind is types.FunctionType:
        return not in_library(x.__code__)
    if kind in (int, float, str, bool, type(None), type) or depth == _MAX_DEPTH:
        return False
    return any(reaches(item, depth + 1) for item in _inside(x))


def _inside(x: Any) -> Iterable[Any]:
    if isinstance(x, (list, tuple)):
        return x
    if isinstance(x, dict):
        return list(x.values())
    if isinstance(x, types.MethodType):
        return x.__func__, x.__self__
    if isinstance(x, functools.partial):
        return x.func, *x.args, *x.keywords.values()
    if isinstance(x, (type, types.ModuleType)):
        return ()
    return list(getattr(x, "__dict__", {}).values())
