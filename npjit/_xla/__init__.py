"""The XLA engine: all that npjit knows about `jax.numpy` and XLA.

It imports JAX; nothing below it in the package's layout does. JAX is used through its
public API only, and dtypes are decided by NumPy before anything arrives here.

Where npjit is the first to import JAX, programs on the CPU run in the thread that calls
them. JAX would hand those of more than some hundred operations to another thread, and
npjit waits for it anyway: x * 2 + 1 of 1,000 elements takes 6 us, and 35 with the other
thread. JAX reads that setting once, when its CPU backend begins; a user who has
imported JAX, or has set it in the environment, keeps his own.
"""

import os
import sys

_NAME = "jax_cpu_enable_async_dispatch"
#: Whether programs on the CPU are done when their call returns.
IS_INLINE = "jax" not in sys.modules and _NAME.upper() not in os.environ

import jax  # noqa: E402 - after the look at who has imported it

if IS_INLINE:
    jax.config.update(_NAME, False)
