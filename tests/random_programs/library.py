"""What random programs call: helper functions, a class with an array attribute.

The text of each is put into a program that uses it, so that the program stands alone.
"""

HELPERS = {
    "view_of": "def view_of(x):\n    return x[::-1]\n",
    "first_half": "def first_half(x):\n    return x[: len(x) // 2]\n",
    "fill_first": "def fill_first(x, value):\n    x[:1] = value\n",
    "add_to": "def add_to(x, y=1):\n    x += y\n    return x\n",
    "negate_copy": (
        "def negate_copy(x, *, out=None):\n"
        "    x = x.copy()\n"
        "    x *= -1\n"
        "    return x\n"
    ),
    "smooth": (
        "def smooth(x):\n"
        "    x[1:-1] = x[:-2] + x[2:] - x[1:-1]\n"
        "    return x.sum(axis=0)\n"
    ),
    "each_row": (
        "def each_row(x):\n"
        "    for row in x:\n"
        "        row[...] = row[::-1]\n"
        "        yield row\n"
    ),
    "apply": "def apply(f, *args, **kwargs):\n    return f(*args, **kwargs)\n",
    "accumulate": (
        "def accumulate(x, into=[]):\n    into.append(x)\n    return len(into)\n"
    ),
    "scale": (
        "def scale(x, by):\n"
        "    if by > 1:\n"
        "        return scale(x, by - 1) * 2\n"
        "    return x * by\n"
    ),
    "pair": "def pair(x, y):\n    return (y, x), {'sum': x + y}\n",
    "touch_global": (
        "def touch_global(x):\n"
        "    global G1\n"
        "    G1 += 1\n"
        "    G1 = G1 + x\n"
        "    return G0, G1\n"
    ),
    "row_major": "def row_major(x):\n    return x.ravel().reshape(x.shape)\n",
}

STATE = '''\
class State:
    """A small object that holds an array and changes it."""

    def __init__(self, u):
        self.u = u
        self.steps = 0
        self.history = []

    @property
    def interior(self):
        return self.u[1:-1]

    def step(self, x):
        self.u += x
        self.steps += 1
        return self.u

    def replace(self, x):
        self.history.append(self.u)
        self.u = self.u * x
        return self

    def __getitem__(self, key):
        return self.u[key]

    def __setitem__(self, key, value):
        self.u[key] = value

    def __iadd__(self, x):
        self.u[...] += x
        return self
'''
