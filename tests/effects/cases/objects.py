"""State in objects: attributes, and the classes where they are looked up."""

from tests.effects.worlds import Case

_MODEL = """
class Base:
    rate = 2.0

    def inherited(self, a):
        return a + self.rate

class Other(Base):
    rate = 3.0

    def step(self, a):
        return a - self.k

class Model(Base):
    offset = 1

    def __init__(self, w, k=2):
        self.w = w
        self.k = k
        self.items = []

    @accelerate
    def run(self, a):
        return self.step(a) + self.inherited(a) + self.w * self.offset

    def step(self, a):
        return a * self.k + len(self.items)

model = Model(x)

def instead(self, a):
    return a * 100

def alone(a):
    return a * 50
"""
_PROPERTY = """
class Model:
    def __init__(self):
        self.k = 2

    @property
    def rate(self):
        return self.k * 2

    @staticmethod
    def scale(a):
        return a * 2

    @classmethod
    def shift(cls, a):
        return a + cls.amount

    amount = 3

model = Model()

@accelerate
def f(a):
    return model.scale(a) * model.rate + Model.shift(a)
"""


def _model(name, *changes, replays=True):
    return Case(name, _MODEL, changes, "model.run(x)", replays)


def _property(name, *changes, replays=True):
    return Case(name, _PROPERTY, changes, "f(x)", replays)


CASES = [
    _model("attribute's number", "model.k = 3", "model.k = 3.0", "model.k = True"),
    _model("attribute's array rebound", "model.w = y", "model.w = 2", "model.w = x"),
    _model("attribute's array written", "model.w[0] = 9", "model.w *= 2"),
    _model(
        "attribute's list grown", "model.items.append(1)", "model.items = [1, 2, 3]"
    ),
    _model("attribute deleted", "del model.k", "model.k = 4"),
    _model("attribute over the class's", "model.rate = 7", "del model.rate"),
    _model("class attribute", "Base.rate = 5", "Model.rate = 6", "del Model.rate"),
    _model("class attribute an array", "Model.offset = y", "y[0] = 3"),
    _model("another instance", "model = Model(y)", "model = Model(x, 5)"),
    _model("another instance, same values", "model = Model(x)", "model.k = 9"),
    _model("instance of a subclass", "class Sub(Model): offset = 4", "model = Sub(x)"),
    _model(
        "class of an instance", "model.__class__ = type('M', (Model,), {'rate': 9})"
    ),
    _model("method replaced on the class", "Model.step = instead"),
    _model("inherited method replaced", "Base.inherited = instead"),
    _model("inherited method overridden", "Model.inherited = instead"),
    _model("method replaced on the instance", "model.step = alone", "del model.step"),
    _model("method's code", "Model.step.__code__ = instead.__code__"),
    _model("base class", "Model.__bases__ = (Other,)", "Other.rate = 8"),
    _model("instance dict", "model.__dict__['k'] = 6", "model.__dict__.update(w=y)"),
    _property("property's state", "model.k = 5", "model.k = 2"),
    _property("property replaced", "Model.rate = property(lambda self: 9)"),
    _property("property becomes a number", "Model.rate = 5", "model.rate = 6"),
    _property("static method", "Model.scale = staticmethod(lambda a: a * 3)"),
    _property("class method", "Model.shift = classmethod(lambda cls, a: a - 1)"),
    _property("class method's state", "Model.amount = 4"),
    _property("class rebound", "class Model(Model): amount = 9"),
    Case(
        "attribute added over __getattr__",
        """
        class Model:
            values = {"k": 2}

            def __getattr__(self, name):
                return self.values[name]

        model = Model()

        @accelerate
        def f(a):
            return a * model.k
        """,
        ("Model.values['k'] = 3", "model.k = 4", "del model.k", "Model.k = 5"),
    ),
    Case(
        "__getattribute__",
        """
        class Model:
            k = 2

            def __getattribute__(self, name):
                found = super().__getattribute__(name)
                return found + 1 if name == "k" else found

        model = Model()

        @accelerate
        def f(a):
            return a * model.k
        """,
        ("Model.k = 3", "del Model.__getattribute__"),
        replays=None,
    ),
    Case(
        "descriptor",
        """
        class Field:
            def __init__(self, value):
                self.value = value

            def __get__(self, instance, owner):
                return self.value * instance.k

        class Model:
            k = 2
            w = Field(x)

        model = Model()

        @accelerate
        def f(a):
            return a + model.w
        """,
        ("Model.__dict__['w'].value = y", "model.k = 3", "Model.w = Field(1)"),
    ),
    Case(
        "a non-data descriptor is hidden",
        """
        class Field:
            def __get__(self, instance, owner):
                return 2

        class Model:
            w = Field()

        model = Model()

        @accelerate
        def f(a):
            return a * model.w
        """,
        ("model.w = 3", "Field.__set__ = lambda *args: None", "del Field.__set__"),
    ),
    Case(
        "__slots__",
        """
        class Model:
            __slots__ = ("k", "w")

        model = Model()
        model.k, model.w = 2, x

        @accelerate
        def f(a):
            return a * model.k + model.w
        """,
        ("model.k = 3", "model.w = y", "del model.k", "model.k = 3.0"),
    ),
    Case(
        "cached_property",
        """
        import functools

        class Model:
            def __init__(self, n):
                self.n = n

            @functools.cached_property
            def grid(self):
                return np.arange(self.n) * 2.0

        model = Model(4)

        @accelerate
        def f(a):
            return a * model.grid
        """,
        ("model.n = 1", "del model.grid", "model = Model(4)", "model.grid[0] = 7"),
        replays=None,
    ),
    Case(
        "callable instance",
        """
        class Scale:
            def __init__(self, k):
                self.k = k

            def __call__(self, a):
                return a * self.k

        scale = Scale(2)

        @accelerate
        def f(a):
            return scale(a) + 1
        """,
        (
            "scale.k = 3",
            "scale = Scale(x)",
            "Scale.__call__ = lambda self, a: a - self.k",
        ),
    ),
    Case(
        "an accelerated callable instance",
        """
        class Scale:
            def __init__(self, k):
                self.k = k

            def __call__(self, a):
                return a * self.k

        scale = Scale(2)
        f = accelerate(scale)
        """,
        ("scale.k = 3", "scale.k = x", "scale.k[0] = 7"),
    ),
    Case(
        "operators of a class",
        """
        class Vec:
            def __init__(self, a):
                self.a = a

            def __add__(self, other):
                return Vec(self.a + other)

            def __getitem__(self, i):
                return self.a[i]

            def __len__(self):
                return 3

        vec = Vec(x)

        @accelerate
        def f(a):
            return (vec + a).a * len(vec) + vec[0]
        """,
        (
            "vec = Vec(y)",
            "Vec.__len__ = lambda self: 5",
            "Vec.__getitem__ = lambda self, i: 1.0",
            "Vec.__add__ = lambda self, other: self",
        ),
    ),
    Case(
        "truth and equality of a class",
        """
        class Flag:
            on = True

            def __bool__(self):
                return self.on

            def __eq__(self, other):
                return self.on is other

        flag = Flag()

        @accelerate
        def f(a):
            return a + 1 if flag else a * 2 if flag == False else a
        """,
        ("flag.on = False", "flag.on = None", "Flag.__bool__ = lambda self: True"),
    ),
    Case(
        "context manager",
        """
        import contextlib

        amount = [2]

        @contextlib.contextmanager
        def scaled(a):
            yield a * amount[0]

        @accelerate
        def f(a):
            with scaled(a) as b:
                return b + 1
        """,
        ("amount[0] = 3", "scaled = contextlib.nullcontext"),
        replays=None,
    ),
    Case(
        "iteration over an object",
        """
        class Rows:
            def __init__(self, *rows):
                self.rows = rows

            def __iter__(self):
                for row in self.rows:
                    yield row * 2

        rows = Rows(x, y)

        @accelerate
        def f(a):
            return [a + row for row in rows]
        """,
        ("rows.rows = (y,)", "rows = Rows(x)", "y[0] = 3"),
        replays=None,
    ),
    Case(
        "isinstance",
        """
        class A: pass
        class B: pass

        thing = A()

        @accelerate
        def f(a):
            return a + 1 if isinstance(thing, A) else a - 1
        """,
        ("thing = B()", "A = B", "thing = 2"),
    ),
    Case(
        "hasattr and getattr",
        """
        import types

        thing = types.SimpleNamespace(k=2)

        @accelerate
        def f(a):
            if hasattr(thing, "w"):
                a = a + thing.w
            return a * getattr(thing, "k", 5)
        """,
        ("thing.w = x", "del thing.k", "del thing.w", "thing.k = None"),
    ),
    Case(
        "the type of an object",
        """
        class A: rate = 2
        class B: rate = 3

        thing = A()

        @accelerate
        def f(a):
            return a * type(thing).rate
        """,
        ("thing = B()", "B.rate = 4", "thing.__class__ = A"),
    ),
    Case(
        "a list of objects",
        """
        class Layer:
            def __init__(self, w):
                self.w = w

            def __call__(self, a):
                return a * self.w

        layers = [Layer(x), Layer(y)]

        @accelerate
        def f(a):
            for layer in layers:
                a = layer(a)
            return a
        """,
        ("layers[1].w = 2", "layers.append(Layer(v[1]))", "layers = layers[:1]"),
    ),
    Case(
        "super",
        """
        class Base:
            def step(self, a):
                return a * 2

        class Model(Base):
            def step(self, a):
                return super().step(a) + 1

        model = Model()

        @accelerate
        def f(a):
            return model.step(a)
        """,
        ("Base.step = lambda self, a: a * 3", "model = Base()"),
    ),
    Case(
        "dict subclass, list subclass",
        """
        class Params(dict):
            def __missing__(self, key):
                return 2

            __getattr__ = dict.__getitem__

        params = Params(k=3)

        @accelerate
        def f(a):
            return a * params["k"] + params["z"] * params.k
        """,
        ("params['z'] = 5", "params['k'] = x", "Params.__missing__ = lambda s, k: 7"),
        replays=None,
    ),
    Case(
        "an instance made inside",
        """
        class Model:
            k = 2

            def __init__(self, a):
                self.a = a * self.k

            def step(self):
                self.a = self.a + 1
                return self

        @accelerate
        def f(a):
            return Model(a).step().step().a
        """,
        ("Model.k = 3", "Model.step = lambda self: self"),
    ),
]
