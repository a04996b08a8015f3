"""The one typed table of options: name, environment variable, default, help.

An option is a field of `Options`; all that is known of it (its environment variable,
its text, how to read and check it) is in the field's metadata, from which
`docs/options.md` and the messages are kept.
"""

import difflib
import functools
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

__all__ = ["MODES", "Mode", "Option", "Options", "Shard", "option_table"]

Mode = Literal["auto", "jit", "host", "numpy", "check"]
MODES: tuple[Mode, ...] = get_args(Mode)
Results = Literal["auto", "owned", "lazy", "device"]
Strict = bool | Literal["breaks"]
Exact = bool | Literal["subnormal"]

KIB, MIB, GIB = 2**10, 2**20, 2**30
UNITS = {"KiB": KIB, "MiB": MIB, "GiB": GIB}
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("", "0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Shard:
    """Arrays are divided along an axis among all devices; made by `npjit.shard`."""

    axis: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """How the values of an option look.

    Parameters
    ----------
    allowed : str
        The allowed values, for messages and the documentation.
    is_allowed : callable
        Whether a value given in Python is allowed.
    parse : callable
        Reads a value from the text of an environment variable; ValueError if the text
        is none.
    """

    allowed: str
    is_allowed: Callable[[object], bool]
    parse: Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table of options."""

    name: str
    env: str
    default: Any
    help: str
    kind: Kind

    def check(self, value: Any) -> Any:
        """Return `value` if it is allowed, raise ValueError if not."""
        if not self.kind.is_allowed(value):
            raise ValueError(
                f"option {self.name!r}: {value!r} is not allowed; "
                f"give {self.kind.allowed}"
            )
        return value

    def from_text(self, text: str) -> Any:
        """Read the value from the text of the environment variable."""
        try:
            return self.check(self.kind.parse(text))
        except ValueError:
            raise ValueError(
                f"environment variable {self.env}={text!r} is not allowed; "
                f"set it to {self.kind.allowed}"
            ) from None


def _parse_flag(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(text)


def _parse_strict(text: str) -> Strict:
    return "breaks" if text.strip().lower() == "breaks" else _parse_flag(text)


def _parse_exact(text: str) -> Exact:
    return "subnormal" if text.strip().lower() == "subnormal" else _parse_flag(text)


def _parse_pure(text: str) -> bool | None:
    return None if text.strip().lower() == "none" else _parse_flag(text)


def _parse_bytes(text: str) -> int:
    text = text.strip()
    for unit, size_bytes in UNITS.items():
        if text.endswith(unit):
            return int(text.removesuffix(unit)) * size_bytes
    return int(text)


def _parse_prefixes(text: str) -> tuple[str, ...]:
    prefixes = (prefix.strip() for prefix in text.split(","))
    return tuple(prefix for prefix in prefixes if prefix)


def _is_count(value: object) -> bool:
    # type() and not isinstance(): True is an int
    return type(value) is int and value >= 1


def _is_duration(value: object) -> bool:
    # type() and not isinstance(): True is an int
    return type(value) in (int, float) and 0 <= value < math.inf  # type: ignore[operator]


def _is_flag(value: object) -> bool:
    return type(value) is bool


def _is_strict(value: object) -> bool:
    return _is_flag(value) or (isinstance(value, str) and value == "breaks")


def _is_exact(value: object) -> bool:
    return _is_flag(value) or (isinstance(value, str) and value == "subnormal")


def _is_prefixes(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, str) for item in value)


def _is_device(value: object) -> bool:
    return isinstance(value, str) and _DEVICE.fullmatch(value) is not None


def _is_sharding(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and _is_sharding(v) for k, v in value.items())
    if isinstance(value, tuple):
        return all(map(_is_sharding, value))
    is_jax = hasattr(value, "device_set")  # not isinstance(): JAX is not imported
    return value is None or isinstance(value, Shard) or is_jax


def _parse_sharding(text: str) -> object:
    raise ValueError(text)


_DEVICE = re.compile(r"(?:[a-z]+(?::\d+)?)?")

MODE = Kind(
    ", ".join(f'"{mode}"' for mode in MODES),
    lambda value: isinstance(value, str) and value in MODES,
    str.strip,
)
FLAG = Kind("True or False (1 or 0)", _is_flag, _parse_flag)
STRICT = Kind('True, False (1 or 0) or "breaks"', _is_strict, _parse_strict)
EXACT = Kind('True, False (1 or 0) or "subnormal"', _is_exact, _parse_exact)
PURE = Kind(
    "None, True or False (none, 1 or 0)",
    lambda value: value is None or _is_flag(value),
    _parse_pure,
)
RESULTS = Kind(
    ", ".join(f'"{name}"' for name in get_args(Results)),
    lambda value: isinstance(value, str) and value in get_args(Results),
    str.strip,
)
DEVICE = Kind(
    'the name of a device ("gpu", "gpu:1", "cpu"; empty: none)', _is_device, str.strip
)
SHARDING = Kind(
    "None, npjit.shard(...), a jax.sharding.Sharding, or a tuple or dict of them (only"
    " in Python)",
    _is_sharding,
    _parse_sharding,
)
SECONDS = Kind("a number of seconds, 0 or more", _is_duration, float)
PATH = Kind(
    "the path of a file (empty: none)",
    lambda value: isinstance(value, str),
    str,
)
COUNT = Kind("an int of at least 1", _is_count, int)
BYTES = Kind(
    "an int of at least 1, in bytes (as text also KiB, MiB, GiB)",
    _is_count,
    _parse_bytes,
)
PREFIXES = Kind(
    "a tuple of module names (as text: separated by commas)",
    _is_prefixes,
    _parse_prefixes,
)


def _row(kind: Kind, text: str) -> dict[str, Any]:
    return {"kind": kind, "help": text}


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one accelerated function.

    Each field is an option; `option_table` tells its text and environment variable.
    Values given to the constructor are checked (ValueError).
    """

    mode: Mode = field(
        default="auto",
        metadata=_row(
            MODE,
            "How to run: `auto` measures NumPy and XLA and keeps the faster; "
            "`jit` always goes through XLA; `host` records and runs the recording in "
            "NumPy, without JAX; `numpy` calls the plain function; `check` runs both "
            "engines, returns NumPy's results and warns where XLA's differ.",
        ),
    )
    strict: Strict = field(
        default=False,
        metadata=_row(
            STRICT,
            "Raise `npjit.FallbackError` where an operation would run in NumPy; with "
            "`breaks` also where Python needs a value in mid-call.",
        ),
    )
    exact: Exact = field(
        default=True,
        metadata=_row(
            EXACT,
            "Compile such that elementwise arithmetic is bit-equal to NumPy. False "
            "lets XLA reorder and contract it; `subnormal` also runs in NumPy what has "
            "subnormal numbers among its inputs, which XLA takes for zero.",
        ),
    )
    fp_reports: bool = field(
        default=True,
        metadata=_row(
            FLAG,
            "Report divisions by zero, overflows and invalid values as NumPy does, as "
            "`np.errstate` says. False: what XLA computes is not looked at.",
        ),
    )
    pure: bool | None = field(
        default=None,
        metadata=_row(
            PURE,
            "None: replay a recording where the effect check allows it. True: you "
            "vouch that the function depends on the values of its arguments, the "
            "arrays it reads and constants alone. False: record each call.",
        ),
    )
    results: Results = field(
        default="auto",
        metadata=_row(
            RESULTS,
            "`auto`: a large result may lie in memory that XLA has allocated (its "
            "flag OWNDATA is then False); `owned`: results are copied into memory of "
            "NumPy's; `lazy`: what is returned stays on the device until it is touched "
            "(docs/scaling.md); `device`: arrays are returned as jax.Arrays.",
        ),
    )
    device: str = field(
        default="",
        metadata=_row(
            DEVICE,
            "Where to compute: see docs/scaling.md. Empty: on the CPU's XLA.",
        ),
    )
    sharding: Any = field(
        default=None,
        metadata=_row(
            SHARDING,
            "How arguments are divided among devices, by position (a tuple) or name (a "
            "dict), or all alike: see docs/scaling.md.",
        ),
    )
    deterministic: bool = field(
        default=False,
        metadata=_row(
            FLAG,
            "In mode `auto`, choose the engine by the signature and the policy file "
            "alone and measure nothing: without an entry in the file, as mode `jit`.",
        ),
    )
    policy_file: str = field(
        default="",
        metadata=_row(
            PATH,
            "A JSON file in which mode `auto` keeps its choices across processes; it "
            "is made if it is not there.",
        ),
    )
    warm_up_seconds: float = field(
        default=1.0,
        metadata=_row(
            SECONDS,
            "Mode `auto` does not import JAX before the process has spent this much "
            "time in accelerated functions. 0: it tries XLA from the first call on.",
        ),
    )
    max_versions: int = field(
        default=64,
        metadata=_row(
            COUNT,
            "Signatures of a function that mode `auto` tries before it stays in NumPy, "
            "with a warning.",
        ),
    )
    max_cache_bytes: int = field(
        default=512 * MIB,
        metadata=_row(
            BYTES,
            "Size of the cache of compiled programs, in bytes; the process has one.",
        ),
    )
    max_programs: int = field(
        default=256,
        metadata=_row(
            COUNT,
            "Number of compiled programs in the cache.",
        ),
    )
    max_ops: int = field(
        default=512,
        metadata=_row(
            COUNT,
            "Operations after which a recording is cut and computed.",
        ),
    )
    max_pending_bytes: int = field(
        default=256 * MIB,
        metadata=_row(
            BYTES,
            "Bytes that recorded, not yet computed operations may hold before the "
            "recording is cut and computed.",
        ),
    )
    disable: bool = field(
        default=False,
        metadata=_row(
            FLAG,
            "Make `npjit.accelerate` give back the plain function.",
        ),
    )
    convert_skip: tuple[str, ...] = field(
        default=(),
        metadata=_row(
            PREFIXES,
            "Modules, with all their submodules, whose functions are called "
            "unconverted, with real arrays.",
        ),
    )

    @property
    def is_placed(self) -> bool:
        """Whether calls run as JAX programs on given devices."""
        return self.mode != "numpy" and (bool(self.device) or self._is_asked_for)

    @property
    def may_stay(self) -> bool:
        """Whether the host is measured against the device, and may keep the calls."""
        return self.mode == "auto" and not self._is_asked_for

    @property
    def _is_asked_for(self) -> bool:
        return self.results in ("lazy", "device") or self.sharding is not None

    def __post_init__(self) -> None:
        for option in option_table():
            option.check(getattr(self, option.name))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Options":
        """Return the defaults, overridden by environment variables.

        Parameters
        ----------
        environ : mapping, optional
            In place of ``os.environ``.

        Returns
        -------
        Options
            With all other options at their default.

        Raises
        ------
        ValueError
            If a variable has a value that is not allowed; the message names both.
        """
        find = (os.environ if environ is None else environ).get
        return _read(tuple(map(find, _VARIABLES)))

    def replace(self, **given: Any) -> "Options":
        """Return these options with some values replaced.

        Parameters
        ----------
        **given
            Values by option name.

        Returns
        -------
        Options
            A new object.

        Raises
        ------
        TypeError
            For an unknown name; the message has the nearest known one.
        ValueError
            For a value that is not allowed; the message has those that are.
        """
        names = [option.name for option in option_table()]
        for name in given:
            if name not in names:
                raise TypeError(_unknown(name, names))
        return replace(self, **given) if given else self


def option_table() -> tuple[Option, ...]:
    """Return the rows of the table of options.

    Returns
    -------
    tuple of Option
        In the order of the fields of `Options`.
    """
    return _TABLE


def _unknown(name: str, names: list[str]) -> str:
    nearest = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(names)}"
    return f"unknown option {name!r}; {hint}"


@functools.lru_cache(maxsize=16)
def _read(texts: tuple[str | None, ...]) -> Options:
    """The options of an environment in which the variables have these texts.

    Kept, since reading and checking them takes 0.1 ms for each decorated function.
    """
    return Options(
        **{
            option.name: option.from_text(text)
            for option, text in zip(option_table(), texts, strict=True)
            if text is not None
        }
    )


# Built once: fields() is slow, and an Options is checked per decorated function.
_TABLE = tuple(
    Option(
        row.name,
        f"NPJIT_{row.name.upper()}",
        row.default,
        row.metadata["help"],
        row.metadata["kind"],
    )
    for row in fields(Options)
)
_VARIABLES = tuple(option.env for option in _TABLE)
