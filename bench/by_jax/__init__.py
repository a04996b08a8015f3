"""The programs of `bench.programs`, written for JAX by hand.

A module has ``by_jax``, which takes the arguments of the program of the same name,
compiles by `jax.jit`, and returns what `bench.programs` calls observed. It is called
with 64 bits enabled, on NumPy arrays.

``REWRITTEN`` says what it has in place of a Python loop, where that is an operation on
whole arrays. Loops that became structured control flow of `jax.lax` need no mark.
"""
