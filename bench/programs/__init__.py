"""Programs to measure, one per module.

A module has

* ``program``, in plain NumPy, and ``arguments(rng, size)``, which makes its arguments;
* ``by_jax``, the same written for JAX by hand: it takes the same arguments, compiles
  by `jax.jit`, and returns what is observed;
* ``observed(args, result)``, what is compared of a call of ``program``: left out, its
  result; of a program that works in place, its arguments;
* ``SIZES``, by name;
* ``TOLERANCE``, where not that of `bench.driver`.
"""
