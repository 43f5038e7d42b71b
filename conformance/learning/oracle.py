"""Is the machine right? Words that would show that it is not, in an order that finds the model's own states first.

First the words of the model's Wp suite, so that no state of the model is overlooked; then each call in each pair of states, so
that nothing is claimed of a cell that was not asked; then the Wp suite of the machine itself, which is complete for engines that
have a given number of states more (Fujiwara et al. 1991); last, random words, longer than those. A random walk alone stops after
a few of the states, and cannot say so; this says what it excludes.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...model.covers import Cover, suite
from .answers import Answer, Word
from .asking import Asker
from .learned import Learned, as_machine
from .product import cells

RANDOM_WORDS = 200
LONGEST = 12
"""Calls that a random word has after those that lead to a state."""


@dataclass
class Confidence:
    """What the words asked so far exclude."""

    cells: bool = False  # whether each call in each pair of states was asked
    excluded: int | None = None  # engines of at most this many states more than the machine
    part: str = ""  # the words that are being asked
    done: int = 0  # of these
    total: int = 0
    sampled: int = 0  # random words


@dataclass
class Examination:
    """Looks for words to which the engine answers otherwise than a machine says."""

    asker: Asker
    extra: int
    seed: int
    confidence: Confidence = field(default_factory=Confidence)

    def __post_init__(self) -> None:
        self._of_model = list(suite(self.asker.machine, Cover.WPMETHOD))

    def counterexample(self, learned: Learned) -> Word | None:
        """The calls up to the first answer that is another; None where all words are answered as the machine says."""
        self.confidence = Confidence()
        for part, words in self._parts(learned):
            self.confidence.part, self.confidence.done, self.confidence.total = part, 0, len(words)
            for word in words:
                self.asker.now = self._now(learned)
                wrong = _first_wrong(self.asker.ask(word), learned.answers(word))
                if wrong is not None:
                    self.confidence = Confidence()  # whatever ends the run before the next conjecture
                    return word[: wrong + 1]
                self.confidence.done += 1
        self.confidence.part = ""
        return None

    def _parts(self, learned: Learned) -> Iterator[tuple[str, list[Word]]]:
        """The words, in parts; what one part excludes is noted when the next is asked for."""
        shuffle = random.Random(self.seed).shuffle
        shuffle(self._of_model)
        yield "the model's Wp words", self._of_model
        yield "each call in each pair of states", [cell.word for cell in cells(self.asker.machine, learned)]
        self.confidence.cells = True
        conjecture = as_machine(learned, self.asker.machine.projection)
        for extra in range(self.extra + 1):
            words = list(suite(conjecture, Cover.WPMETHOD, extra))
            shuffle(words)
            yield f"Wp words for {extra} extra state{'' if extra == 1 else 's'}", words
            self.confidence.excluded = extra
        words = list(random_words(learned, len(conjecture.calls), self.seed))
        yield "random words", words
        self.confidence.sampled = len(words)

    def _now(self, learned: Learned) -> str:
        one = self.confidence
        states = len(learned.access)
        return f"{states} state{'' if states == 1 else 's'}, {one.part}: {one.done:,} of {one.total:,}"


def _first_wrong(answers: Sequence[Answer], said: Sequence[Answer]) -> int | None:
    """The position of the first answer that is another than was said."""
    pairs = enumerate(zip(answers, said, strict=True))
    return next((at for at, (answer, expected) in pairs if answer != expected), None)


def random_words(learned: Learned, calls: int, seed: int) -> Iterator[Word]:
    """Words that go on at random from a random state of the machine."""
    chosen = random.Random(seed)
    for _ in range(RANDOM_WORDS):
        access = chosen.choice(learned.access)
        yield (*access, *(chosen.randrange(calls) for _ in range(chosen.randint(1, LONGEST))))
