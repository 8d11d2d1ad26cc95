"""What the learner sees of a question and may send back, and the shuffles of one attempt.

The seed of an attempt is a secret of the server (128 random bits or more, never derived from an id):
who knows it can undo the shuffles of matching and ordering questions, whose authored order is the key.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from scholr.contexts.assessment.errors import BankTooSmall, InvalidAnswer
from scholr.contexts.assessment.questions import (
    ClozeKey,
    MatchKey,
    NumberKey,
    OrderKey,
    Question,
    QuestionType,
    TextKey,
    cloze_pieces,
    normalise_text,
    read_index,
    read_truth,
)
from scholr.kernel.text import text_problem

T = TypeVar("T")

MAX_ANSWER_ENTRIES = 50
MAX_ANSWER_CHARS = 2_000

CHOICE_TYPES = (QuestionType.SINGLE, QuestionType.MULTIPLE, QuestionType.TRUE_FALSE)


class SeededRandom:
    """A sequence of numbers that is the same for ever, on every machine and Python version.

    Block i is SHA-256 of `"scholr/1\\0" seed "\\0" purpose "\\0"` (UTF-8) and i as eight big-endian
    bytes; blocks are read as big-endian 64-bit words. `below` rejects words that would favour small
    results; `shuffled` is Fisher and Yates's method from the last place down (Knuth's algorithm P).
    """

    def __init__(self, seed: str, purpose: str) -> None:
        self._prefix = f"scholr/1\0{seed}\0{purpose}\0".encode()
        self._words: list[int] = []
        self._block = 0

    def below(self, bound: int) -> int:
        """A number in 0..bound-1, each equally likely."""
        limit = (1 << 64) - (1 << 64) % bound
        while (word := self._next_word()) >= limit:
            pass
        return word % bound

    def shuffled(self, items: Sequence[T]) -> tuple[T, ...]:
        deck = list(items)
        for last in range(len(deck) - 1, 0, -1):
            chosen = self.below(last + 1)
            deck[last], deck[chosen] = deck[chosen], deck[last]
        return tuple(deck)

    def _next_word(self) -> int:
        if not self._words:
            digest = hashlib.sha256(self._prefix + self._block.to_bytes(8, "big")).digest()
            self._words = [int.from_bytes(digest[at : at + 8], "big") for at in (24, 16, 8, 0)]
            self._block += 1
        return self._words.pop()


@dataclass(frozen=True, slots=True)
class BankDraw:
    """Draw `count` questions from a bank; ids in `bank` in any order."""

    bank: frozenset[str]
    count: int


def assemble(entries: Sequence[str | BankDraw], seed: str, *, shuffle: bool = False) -> tuple[str, ...]:
    """Choose an attempt's questions in order: fixed ids, and draws that never repeat a question.

    Raises BankTooSmall when a draw cannot be filled from what is not already in the attempt.
    """
    taken = {entry for entry in entries if isinstance(entry, str)}
    chosen: list[str] = []
    for place, entry in enumerate(entries):
        if isinstance(entry, str):
            chosen.append(entry)
            continue
        pool = sorted(entry.bank - taken)
        if len(pool) < entry.count:
            raise BankTooSmall(details={"needed": entry.count, "available": len(pool)})
        drawn = SeededRandom(seed, f"draw:{place}").shuffled(pool)[: entry.count]
        taken.update(drawn)
        chosen.extend(drawn)
    return SeededRandom(seed, "questions").shuffled(chosen) if shuffle else tuple(chosen)


@dataclass(frozen=True, slots=True)
class PresentedOption:
    """`value` is what an answer holds to choose it."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class PresentedQuestion:
    """A question as the browser may have it: no key, and no order that tells the key.

    For single, multiple and true_false, an answer lists the `value`s of the chosen `options`. For
    matching it holds, for each of `options` by its own number, the value of one of `choices` (or
    an empty text). For ordering it lists the values of `options` from first to last. For cloze,
    `pieces` are the texts around the gaps and an answer holds one text per gap. For short_text and
    numeric it holds one text.
    """

    id: str
    type: QuestionType
    prompt: str
    points_micro: int
    options: tuple[PresentedOption, ...] = ()
    choices: tuple[PresentedOption, ...] = ()
    pieces: tuple[str, ...] = ()


def present(question: Question, seed: str, *, shuffle_options: bool = True) -> PresentedQuestion:
    """Make the learner's view; the same for the same question and seed.

    Choice questions keep their indexes as values and only change places, when `shuffle_options`.
    True and false never change places. Matching and ordering are always shuffled, and their values
    are places in that shuffle, so they tell nothing without the seed.
    """
    options = tuple(PresentedOption(str(index), text) for index, text in enumerate(question.options))
    choices: tuple[PresentedOption, ...] = ()
    pieces: tuple[str, ...] = ()
    match question.key:
        case MatchKey(texts):
            choices = _tokens(texts, question, seed)
        case OrderKey():
            options = _tokens(question.options, question, seed)
        case ClozeKey():
            pieces = cloze_pieces(question.prompt)
        case _ if shuffle_options and question.type is not QuestionType.TRUE_FALSE:
            options = SeededRandom(seed, f"options:{question.id}").shuffled(options)
        case _:
            pass
    return PresentedQuestion(
        question.id, question.type, question.prompt, question.points_micro, options, choices, pieces
    )


def _hidden_order(question: Question, size: int, seed: str) -> tuple[int, ...]:
    """Original indexes in presented order."""
    return SeededRandom(seed, f"hidden:{question.id}").shuffled(range(size))


def _tokens(texts: Sequence[str], question: Question, seed: str) -> tuple[PresentedOption, ...]:
    order = _hidden_order(question, len(texts), seed)
    return tuple(PresentedOption(f"p{place}", texts[index]) for place, index in enumerate(order))


def read_entries(answer: object) -> tuple[str, ...] | None:
    """Read what a browser sent as a list of texts; None when it has no such shape or is too big.

    A single text, number or boolean counts as a list of one; nothing counts as an empty list.
    """
    if answer is None:
        return ()
    items = answer if isinstance(answer, list | tuple) else [answer]
    if len(items) > MAX_ANSWER_ENTRIES:
        return None
    entries: list[str] = []
    for item in items:
        if not isinstance(item, str | int | float):
            return None
        text = str(item).lower() if isinstance(item, bool) else str(item)
        if len(text) > MAX_ANSWER_CHARS:
            return None
        entries.append(text)
    return tuple(entries)


def validate_answer(question: Question, answer: object) -> tuple[str, ...]:
    """Read an answer that is to be kept, or raise InvalidAnswer naming the question.

    Checks shape, size and that chosen options exist, not whether a text makes sense: an unfinished
    number is kept as it is typed. An empty tuple means that the answer was taken back.
    """
    entries = read_entries(answer)
    problem = "must be a list of texts of a sensible size" if entries is None else _entry_problem(question, entries)
    if problem or entries is None:
        raise InvalidAnswer(fields={question.id or "answer": problem or ""})
    return () if not any(entry.strip() for entry in entries) else entries


def _entry_problem(question: Question, entries: tuple[str, ...]) -> str | None:
    if len(entries) > answer_size(question):
        return f"holds more than {answer_size(question)} entries"
    for entry in entries:
        if problem := text_problem(entry, most=MAX_ANSWER_CHARS, least=0, multiline=True):
            return problem
    if question.type in CHOICE_TYPES:
        known = [choice_index(question, entry) is not None for entry in entries if entry.strip()]
        return None if all(known) else "names an option that does not exist"
    return None


def answer_size(question: Question) -> int:
    """The most entries that a sensible answer holds."""
    match question.key:
        case ClozeKey(gaps):
            return len(gaps)
        case _ if question.type in (QuestionType.MULTIPLE, QuestionType.MATCHING, QuestionType.ORDERING):
            return len(question.options)
        case _:
            return 1


def choice_index(question: Question, entry: str) -> int | None:
    """The option that an entry of a choice question names."""
    if question.type is QuestionType.TRUE_FALSE:
        return read_truth(entry.strip(), question.options)
    return read_index(entry.strip(), len(question.options))


def hidden_indexes(question: Question, entries: Sequence[str], seed: str) -> tuple[int | None, ...]:
    """The original indexes that the entries of a matching or ordering question name.

    An entry is a token from `present`; the text of the choice is understood as well, for callers
    that never saw the tokens. None where an entry names nothing.
    """
    texts = question.key.choices if isinstance(question.key, MatchKey) else question.options
    order = _hidden_order(question, len(texts), seed)
    by_text = {normalise_text(text): index for index, text in enumerate(texts)}
    return tuple(_hidden_index(entry.strip(), order, by_text) for entry in entries)


def _hidden_index(entry: str, order: Sequence[int], by_text: Mapping[str, int]) -> int | None:
    place = read_index(entry[1:], len(order)) if entry.startswith("p") else None
    return order[place] if place is not None else by_text.get(normalise_text(entry))


def answer_texts(question: Question, answer: object, seed: str) -> tuple[str, ...]:
    """The learner's answer in words, for the results page; what names nothing is left as it is."""
    entries = read_entries(answer) or ()
    if question.type in CHOICE_TYPES:
        return tuple(_word(question.options, choice_index(question, entry), entry) for entry in entries)
    if isinstance(question.key, MatchKey | OrderKey):
        texts = question.key.choices if isinstance(question.key, MatchKey) else question.options
        named = hidden_indexes(question, entries, seed)
        return tuple(_word(texts, index, entry) for index, entry in zip(named, entries, strict=True))
    return entries


def _word(texts: Sequence[str], index: int | None, entry: str) -> str:
    return entry if index is None else texts[index]


def correct_texts(question: Question) -> tuple[str, ...]:
    """The correct answer in words, in the order of an answer. Only for eyes that may see the key."""
    match question.key:
        case MatchKey(choices, right):
            return tuple(choices[index] for index in right)
        case OrderKey(order):
            return tuple(question.options[index] for index in order)
        case ClozeKey(gaps):
            return tuple(_model_text(gap) for gap in gaps)
        case TextKey() | NumberKey():
            return (_model_text(question.key),)
        case key:
            return tuple(question.options[index] for index in sorted(key.correct))


def _model_text(key: TextKey | NumberKey) -> str:
    if isinstance(key, TextKey):
        return key.accepted[0]
    if not key.tolerance:
        return f"{key.value}"
    spread = f"{key.tolerance * 100:f}".rstrip("0").rstrip(".") + " %" if key.relative else f"{key.tolerance}"
    return f"{key.value} ± {spread}"
