"""Entry of ``python -m npjit``."""

import sys

from npjit._cli import main

sys.exit(main())
