"""Programs in the manner of benchmark suites for NumPy compilers, one per module.

Each is written from its mathematics, as user code: npjit does not occur in it. A module
has

* ``program(...)``, which may write into its arguments;
* ``arguments(rng, size)``, which makes these for a problem of some size;
* ``SIZE``, a size for tests;
* ``TOLERANCE``, where results of mode "jit" may differ from NumPy's by more than
  nothing: relative, and absolute for numbers of the order of one; its reason beside it.

Those of `tests.programs.objects` are written with classes.
"""
