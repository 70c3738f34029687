"""Exact checks of a statement against its evidence: what must not differ, however it is worded.

Numbers, ranges, bounds and units, periods, dates, roles, measures and other names, negations, "only", quantifiers,
modal verbs and opposites. Each check may only stop a statement; none makes one supported. They look for contradiction
and for facts that are not in the evidence; whether the rest follows is judged by meaning (generation/verify.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from generation.contrasts import contrast
from generation.days import dates, stands
from generation.naming import Names, measures_hold, names_hold, roles_hold
from generation.polarity import negations, negations_differ
from generation.quantities import (
    Quantity,
    agrees,
    bare_units,
    ordinals,
    prepared,
    quantities,
    recurring,
    single_units,
    vague,
)
from retrieval.lexical import tokenize

NO_NAMES = Names()
_ACTIVE = re.compile(r"<[a-z/!][^\s>]*|\]\(|\bhttps?://[^\s)\]>]+|\b(?:javascript|vbscript|data):", re.IGNORECASE)
_LASTS = re.compile(r"\b(?:within|in|for|after|of|over|than|under|lasts?|takes?|about)\s(?:an?|the|one)\s$", re.I)
_CLAUSE = re.compile(r"[,;:()|](?=\s|$)|[.!?](?=\s|$)|\s(?:and|but|or|while|whereas)\s")
_SAME_ORDER = 12  # stems up to which a statement is read as one clause
_PASSIVE = re.compile(r"[,;:]|\b(?:by|is|are|was|were|be|been|and|or|between|with)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Said:
    """The quantities of a text, with the text in which their places are."""

    text: str
    counted: tuple[Quantity, ...]
    recurs: tuple[Quantity, ...]


def differences(
    sentence: str, quotes: Sequence[str], about: Sequence[str] = (), names: Names = NO_NAMES
) -> tuple[str, ...]:
    """What the sentence says otherwise than its evidence, in the names of the checks; () when nothing was found.

    Args:
        sentence: one statement.
        quotes: its evidence; lines of a quote are read as rows or sentences of their own.
        about: what the quotes are about: title, role, headings. A statement may repeat it.
        names: the roles and measures of the library.

    >>> differences("The target is 90 %.", ["Target: ≥ 95% weekly"])
    ('number',)
    >>> differences("At least ninety-five per cent, every week.", ["Target: ≥ 95% weekly"])
    ()

    """
    lines = [" ".join(line.split()) for quote in quotes for line in quote.splitlines() if line.strip()]
    shown = _of_named_rows(sentence, lines)
    evidence, around = "\n".join(lines), " | ".join(about)
    both = f"{evidence}\n{around}"
    undated = _without_dates(sentence)  # a month's short form is no name
    found = [
        ("number", not _quantities_hold(sentence, shown, about)),
        ("date", not _dates_hold(sentence, both)),
        ("place in an order", not _ordinals_hold(sentence, both)),
        ("role", not roles_hold(undated, evidence, around, names)),
        ("measure", not measures_hold(undated, both, names)),
        ("name", not names_hold(undated, both)),
        ("negation", negations_differ(_plain(sentence), "; ".join(map(_plain, lines)))),
        ("active content", any(part.lower() not in evidence.lower() for part in _ACTIVE.findall(sentence))),
        ("order", any(_turned(sentence, line) for line in lines)),
    ]
    contrasted = contrast(sentence, evidence)
    return (*(name for name, differs in found if differs), *((contrasted,) if contrasted else ()))


def exact_parts_hold(sentence: str, evidence: str) -> bool:
    """Whether ``differences`` finds nothing.

    >>> exact_parts_hold("The target is 95 %.", "Target: ≥ 95% weekly")
    True
    >>> exact_parts_hold("The lead does not sign.", "The lead signs.")
    False
    """
    return not differences(sentence, [evidence])


def _plain(text: str) -> str:
    return " ".join(text.split())


def _of_named_rows(sentence: str, lines: Sequence[str]) -> list[str]:
    """The lines, without those table rows whose first cell the sentence does not name where it names another's."""
    said = set(tokenize(sentence))
    labels = {line: set(tokenize(line.strip("| ").split(" | ")[0])) for line in lines if " | " in line}
    first = next(iter(labels), "")
    header = first if len(labels) > 1 and not any(letter.isdigit() for letter in first) else ""  # it may name units
    named = {line for line, label in labels.items() if label and label <= said and line != header}
    return [line for line in lines if line in named or line not in labels or line == header] if named else list(lines)


def _read(text: str) -> _Said:
    plain = _without_dates(prepared(text))
    recurs = tuple(recurring(plain))
    singles = (one for one in single_units(plain) if not any(r.start <= one.start < r.end for r in recurs))
    return _Said(plain, (*quantities(plain), *singles), recurs)


def _without_dates(text: str) -> str:
    """With blanks, so that places stay."""
    for start, end, _ in dates(text):
        text = text[:start] + "_" * (end - start) + text[end:]
    return text


def _quantities_hold(sentence: str, lines: Sequence[str], about: Sequence[str]) -> bool:
    said = _read(sentence)
    read = [_read(line) for line in (*lines, *about)]
    units = bare_units(" ".join((*lines, *about)))
    counted = [one for each in read for one in each.counted]
    recurs = [one for each in read for one in each.recurs]
    plural = [one for one in counted if len(one.numbers) == 1]
    for one in said.recurs:
        if not any(agrees(replace(one, bound=""), replace(other, bound="")) for other in (*recurs, *plural)):
            return False
    if not vague(said.text) <= {unit for each in read for unit in vague(each.text)}:
        return False
    none = any(negations(line) for line in lines)
    for one in _checked(said, counted):
        if one.numbers == (0.0,) and none:
            continue
        fitting = [other for other in counted if agrees(one, other, units)]
        if not fitting and not any(agrees(replace(one, bound=""), other) for other in recurs):
            return False
        if fitting and _belongs_elsewhere(one, said.text, fitting, read):
            return False
    return True


def _checked(said: _Said, written: Sequence[Quantity]) -> Iterator[Quantity]:
    """What must be borne out: not "one" as a pronoun or article, nor "a year" where it is no duration."""
    for one in said.counted:
        single = one.in_words and one.numbers == (1.0,) and not one.unit
        if single and not any(set(one.nouns) & set(other.nouns) for other in written if not other.unit):
            continue
        if not any(letter.isdigit() for letter in said.text[one.start : one.end]) and not one.in_words:
            if not _LASTS.search(said.text[: one.start]):
                continue
        yield one


def _belongs_elsewhere(one: Quantity, text: str, fitting: Sequence[Quantity], read: Sequence[_Said]) -> bool:
    """Whether the words around the quantity are those around another one of the evidence, and none of its own."""
    own = _around(text, one)
    best = rival = 0
    for each in read:
        for other in each.counted:
            shared = len(own & _around(each.text, other))
            if other in fitting:
                best = max(best, shared)
            elif other.unit == one.unit:
                rival = max(rival, shared)
    return best == 0 and rival > 1


def _around(text: str, one: Quantity) -> set[str]:
    """The stems of the clause in which a quantity stands, without it."""
    first = max((match.end() for match in _CLAUSE.finditer(text, 0, one.start)), default=0)
    end = _CLAUSE.search(text, one.end)
    last = end.start() if end is not None else len(text)
    return {stem for stem in tokenize(f"{text[first : one.start]} {text[one.end : last]}") if not stem[0].isdigit()}


def _dates_hold(sentence: str, evidence: str) -> bool:
    written = [readings for _, _, readings in dates(evidence)]
    return all(any(stands(said, other) for other in written) for _, _, said in dates(sentence))


def _ordinals_hold(sentence: str, evidence: str) -> bool:
    """The places in an order; "first" is also said of what is merely initial, so it counts only beside others."""
    said, written = ordinals(prepared(sentence)), ordinals(prepared(evidence))
    return said - {1} <= written and (1 not in said or not written or 1 in written)


def _turned(sentence: str, line: str) -> bool:
    """Whether a short statement has the words of its evidence with the first and the last exchanged.

    >>> _turned("The manager reports to the lead.", "The lead reports to the manager.")
    True
    """
    said, written = tokenize(sentence), tokenize(line)
    if sorted(said) != sorted(written) or not 2 < len(said) <= _SAME_ORDER:
        return False
    ends = (said[0], said[-1]) == (written[-1], written[0]) and said[0] != said[-1]
    return ends and not _PASSIVE.search(sentence) and not _PASSIVE.search(line)
