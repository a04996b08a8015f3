"""Programs to measure, one per module; none of them knows of npjit.

A module has

* ``program``, in plain NumPy, and ``arguments(rng, size)``, which makes its arguments;
* ``observed(args, result)``, what is compared of a call of ``program``: left out, its
  result; of a program that works in place, its arguments;
* ``SIZES``, by name: "S", "M" and "L"; several, each a row, are a tuple;
* ``TOLERANCE``, where not that of `bench.benchmark`.

The same by JAX, written by hand, is in the module of the same name in `bench.by_jax`.
"""
