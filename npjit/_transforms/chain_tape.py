"""The tape of a call that is recorded into a chain: what a replay of it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Final

import jax
import numpy as np

from npjit._array.array import SCALARS, STAND_INS, Selection
from npjit._array.storage import Storage
from npjit._diagnostics.events import ticker
from npjit._effects.guards import GENERATORS
from npjit._effects.origins import Untold
from npjit._effects.steps import registers_of
from npjit._effects.tape import MAX_COMPARED, CallTape
from npjit._graph.log import Log
from npjit._runtime.replays import roots_of
from npjit._runtime.signature import ATOMS
from npjit._transforms.chain import ChainProgram
from npjit._transforms.linked import Fixed, LinkedTrace
from npjit._transforms.replayed import Again, Question, Replay, Source
from npjit._transforms.whole import ARRAY, Filling, Spec
from npjit.errors import Reason

__all__ = ["ChainTape"]

#: With more of them the call is recorded each time.
_MAX_QUESTIONS: Final = 100


class ChainTape(CallTape):
    """The tape of a call that is recorded into a chain.

    Parameters
    ----------
    trace : LinkedTrace
    fn : callable
    args, kwargs
        Of the call.
    specs : sequence
        For each leaf of them how it is transformed; None if it is not.
    """

    trace: LinkedTrace

    def __init__(
        self,
        trace: LinkedTrace,
        fn: Callable[..., Any],
        args: tuple,
        kwargs: dict,
        specs: Sequence[Spec | None],
    ) -> None:
        roots = roots_of(fn, args)
        ways = [(f"args[{i}]", x) for i, x in enumerate(args, len(roots) - len(args))]
        ways += [(f"kwargs[{name!r}]", kwargs[name]) for name in sorted(kwargs)]
        self.given, is_mixed = _transformed(ways, iter(specs))
        super().__init__(trace, roots, kwargs, [way for way, *_ in self.given])
        self.registers: dict[int, int] = {}
        self.places: dict[int, int] = {}
        self.fixed: set[int] = set()
        self.made: set[int] = set()
        self.questions: list[Question] = []
        if is_mixed:
            self.fail(Reason.UNGUARDED, "a container of which a part is transformed")

    # Where inputs come from ----------------------------------------------------------

    def lies_in(self, storage: Storage, number: int) -> None:
        """An input is what a storage holds."""
        if self.failure is None:
            try:
                self.registers[number] = self.origins.register(storage)
            except Untold as error:
                self.fail(Reason.UNGUARDED, str(error))

    def is_met(self, a: Any, number: int) -> None:
        """An input is an array that is older than the call."""
        variable = self.guards.known.get(id(a))
        if type(a) is np.ndarray and variable is not None:
            self.places[number] = self.guards.need(variable)

    def is_fixed(self, number: int) -> None:
        """An input is made of the numbers in a log."""
        self.fixed.add(number)

    # What is computed ----------------------------------------------------------------

    def runs(self, log: Log) -> None:
        """A log becomes a step of the chain."""
        if log.done or log.damaged:
            self.fail(Reason.UNGUARDED, "an interrupted recording")

    def can_undo(self) -> bool:
        """A call of JAX's is not given up."""
        return False

    def calls(
        self, func: Any, args: tuple, kwargs: dict, written: list, spelling: Any = None
    ) -> None:
        """A NumPy function is going to be called: of constants, else in vain."""
        super().calls(func, args, kwargs, written, spelling)
        call = self.pending
        if call is None:
            return
        if isinstance(getattr(func, "__self__", None), GENERATORS):
            self.fail(Reason.RANDOM, "a draw")
        elif not self.made.issuperset(registers_of(call)):
            self.fail(Reason.VALUE_NEEDED, getattr(func, "__name__", "a call of NumPy"))

    def returns(self, real: Any, result: Any) -> None:
        """It has returned a constant."""
        super().returns(real, result)
        if self.steps:
            self.made.update(registers_of(self.steps.pop()))

    def answers(
        self, operands: tuple, question: Callable[..., Any], answer: Any
    ) -> None:
        """A question about elements was answered."""
        if self.failure is not None or self.quiet:
            return
        if getattr(answer, "nbytes", 0) > MAX_COMPARED:
            self.fail(Reason.VALUE_NEEDED, "the elements of a large array")
        elif len(self.questions) == _MAX_QUESTIONS:
            self.fail(Reason.LIMIT, f"more than {_MAX_QUESTIONS} questions")
        elif not all(map(_can_be_asked_about, operands)):
            self.fail(Reason.VALUE_NEEDED, "a question about an object")
        else:
            answer = answer.copy() if isinstance(answer, np.ndarray) else answer
            asked = [*map(self._asked, operands)]
            self.questions.append(Question(asked, question, answer))

    def _asked(self, x: Any) -> tuple[int | None, Any]:
        if type(x) not in STAND_INS:
            return None, x
        return self.trace.value_of(x).number, type(x) in SCALARS

    # The end -------------------------------------------------------------------------

    def replay_of(
        self, program: ChainProgram, filling: Filling, name: str
    ) -> Replay | None:
        """What replays the call; None if nothing can.

        Parameters
        ----------
        program : ChainProgram
            Of the result.
        filling : Filling
        name : str
            The function's, for events.
        """
        self._see_errors()
        if not all(map(_is_fixed, (*filling.form.fixed, *filling.passed))):
            self.fail(Reason.OBJECT, "an object in the result")
        if self.failure is not None:
            return None
        try:
            sources = self._sources()
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return None
        questions = [x for x in self.questions if not self._is_settled(x)]
        asked = self._leading_to(n for question in questions for n in question.numbers)
        needed = {*program.inputs, *asked.inputs}.difference(self.trace.transformed)
        if not needed.issubset(sources):
            self.fail(Reason.UNGUARDED, "an array of unknown origin")
            return None
        given = [self._given(*about) for about in self.given]
        self.origins.keep_apart()
        transformed = tuple(self.trace.transformed)
        examples = {n: self.trace.chain.input(n) for n in transformed}
        again = Again(
            program,
            filling,
            transformed,
            given,
            {number: sources[number] for number in needed},
            asked,
            questions,
            examples if self.trace.is_batch else {},
            ticker(("replay", name, None)),
        )
        return Replay(self.guards.guarding()(again))

    def _leading_to(self, numbers: Iterable[int]) -> ChainProgram:
        return self.trace.chain.program((), [*numbers])

    def _is_settled(self, question: Question) -> bool:
        """Whether the answer is always the same."""
        return self._constants().issuperset(self._leading_to(question.numbers).inputs)

    def _constants(self) -> set[int]:
        """The inputs that are the same in each call."""
        made = {n for n, register in self.registers.items() if register in self.made}
        return self.fixed | made

    def _sources(self) -> dict[int, Source]:
        """Where the inputs come from that are not transformed.

        Raises
        ------
        Untold
        """
        inputs = {x.register: x for x in self.origins.given_arrays()}
        places = dict(self.places)
        for number, register in self.registers.items():
            if register in inputs and not inputs[register].by_owner:
                places[number] = inputs[register].place
        found: dict[int, Source] = {n: itemgetter(i) for n, i in places.items()}
        for number in self._constants():
            found[number] = partial(_first, self.trace.chain.input(number))
        return found

    def _given(self, way: str, x: Any, specs: list[Spec]) -> tuple[int, list[Any]]:
        """Where guards find an argument; the dtypes of its leaves if it is no array."""
        if type(x) is np.ndarray:
            return self.guards.need(self.guards.known[id(x)]), []
        if not isinstance(x, (float, complex, np.generic)):
            self.guards.names["structure"] = jax.tree.structure
            same = self.guards.const(jax.tree.structure(x))
            self.guards.must(f"structure({way}) == {same}")
        return self.guards.need(way), [spec.dtype for spec in specs]


def _transformed(
    ways: Iterable[tuple[str, Any]], specs: Iterator[Spec | None]
) -> tuple[list[tuple[str, Any, list[Spec]]], bool]:
    """The arguments that are transformed; whether one of them is in part."""
    found, is_mixed = [], False
    for way, x in ways:
        of_leaves = [next(specs) for _ in jax.tree.leaves(x)]
        chosen = [spec for spec in of_leaves if spec is not None]
        is_mixed |= 0 < len(chosen) < len(of_leaves)
        if chosen:
            found.append((way, x, chosen))
    return found, is_mixed


def _first(x: Any, *rest: Any) -> Any:
    return x


def _is_fixed(x: Any) -> bool:
    """Whether what stands in a result beside arrays is the same each time."""
    x = x.value if type(x) is Fixed else x
    return x is None or x is ARRAY or type(x) in ATOMS


def _can_be_asked_about(x: Any) -> bool:
    if type(x) in STAND_INS:
        return type(x) is not Selection
    items = x if type(x) in (tuple, list) else (x,)
    return all(type(item) in ATOMS or isinstance(item, np.generic) for item in items)
