"""The random-program test: draws NumPy programs as source text and compares them.

`choices` is where randomness comes from (Hypothesis or `random.Random`), `values` makes
the input arrays, `library` holds functions and classes that programs call, `writer`
keeps the state of a program being written, `expressions`, `chapters`, `dtypes`,
`layouts`, `statements`, `foreign`, `compound` and `failures` are its vocabulary,
`state` adds what changes between calls, `program` assembles the text, `check` runs it
under NumPy and npjit, `reduce` shortens one that fails, `seeds` and `__main__` are for
long runs.
"""

import os

# Mode "auto" tries XLA from the first call on.
os.environ.setdefault("NPJIT_WARM_UP_SECONDS", "0")
