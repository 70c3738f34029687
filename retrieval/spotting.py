"""Where a question names roles: the longest runs of words that make a title, a part of one, a level, or a short name.

Every mention has a strength: 1 for a whole title, less for each thing that had to be supposed (a misspelling, a short
form, words left out, several titles that fit). The steps are judgements, not measurements; what counts is their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from retrieval.initials import Mention, short_name
from retrieval.roster import Roster
from retrieval.titles import JOINING, LEVEL_WORDS, occupation, words_of
from retrieval.tokens import (
    AUXILIARIES,
    BEFORE_RANK,
    COST_SLIP,
    DETERMINERS,
    EVERYDAY_RANKS,
    GROUPS,
    ROLE_NOUNS,
    Token,
)

# What makes an everyday rank part of something else.
_COMPOUND = frozenset(
    "time training discount member meeting turnover cost hour room count office quarter generation of team colleague "
    "management leadership stakeholder people year reason duty risk concern aim".split()
)
_USUAL_BEFORE = BEFORE_RANK | AUXILIARIES | JOINING | frozenset("after before become into among other same".split())
_PLURALS = frozenset({"roles", "positions", "jobs", "posts", "ones", "titles"})
_LONGEST = 10
_MOST_ALONE, _MOST_PART, _MOST_GROUP = 4, 6, 24  # titles that a head noun, a part, a plural may fit


def spot(tokens: list[Token], roster: Roster) -> list[Mention]:
    """The mentions, from left to right, without overlap."""
    found: list[Mention] = []
    place = 0
    while place < len(tokens):
        covered = found[-1].last if found else 0
        mention = _longest(tokens, place, covered, roster)
        if mention is None:
            place += 1
            continue
        found.append(mention)
        place = mention.last
    return found


def _longest(tokens: list[Token], place: int, covered: int, roster: Roster) -> Mention | None:
    end = place + 1
    while end < min(len(tokens), place + _LONGEST) and tokens[end].joined:
        end += 1
    short = short_name(tokens, place, roster)
    if short is not None:
        return short
    if tokens[place].readings and not _modified(tokens, place, covered):
        for last in range(end, _least(tokens, place, end), -1):
            mention = _window(tokens, place, last, roster)
            if mention is not None:
                return mention
    return None


def _quantified(tokens: list[Token], first: int) -> bool:
    """Whether a plural stands for a group: "which engineers", "any of the engineers"."""
    before = [token.form for token in tokens[max(first - 3, 0) : first]]
    return before[-1:] != [] and (before[-1] in GROUPS or (before[-2:-1] == ["of"] and before[0] in GROUPS | {"one"}))


def _least(tokens: list[Token], place: int, end: int) -> int:
    """Where a name that begins with a rank has its noun: "junior data scientist" is no junior and no data scientist."""
    if tokens[place].form not in LEVEL_WORDS:
        return place
    for at in range(place + 1, min(end, place + 4)):
        if occupation(tokens[at].form) and tokens[at].form not in LEVEL_WORDS:
            return at
        if not tokens[at].readings:
            break
    return place


def _modified(tokens: list[Token], place: int, covered: int) -> bool:
    """Whether a title word or rank before belongs to the same name: "principal NLP engineer" where nobody is."""
    if place <= covered or not tokens[place].joined:
        return False
    before = tokens[place - 1]
    return any(cost == 0.0 for _, cost in before.readings) and not (before.form == "lead" and before.word.plural)


def _window(tokens: list[Token], first: int, last: int, roster: Roster) -> Mention | None:
    """The titles that all the words of a run name."""
    run = [token for token in tokens[first:last] if token.form not in JOINING]
    if tokens[first].form in JOINING or tokens[last - 1].form in JOINING or not all(t.readings for t in run):
        return None
    fits = _fitting(run, roster)
    joints = {token.form for token in tokens[first:last]} & {"and", "or", "to", "with", "as"}
    if joints:
        fits = {n: fit for n, fit in fits.items() if joints <= {w.form for w in words_of(_spoken(roster, n))}}
    if not fits and not (len(run) == 1 and run[0].form in LEVEL_WORDS):
        return None
    whole = {number: fit for number, fit in fits.items() if set(roster.titles[number].words) <= set(fit[0])}
    if len(fits) > 1 and run[-1].word.plural and _quantified(tokens, first):
        whole = {}
    if len(run) == 1:
        return _alone(tokens, first, whole, fits, roster)
    follower = tokens[last] if last < len(tokens) and tokens[last].joined else None
    if whole and follower is not None and roster.heads(follower.form) and _another(follower):
        return None  # "tree surgeon supervisor" is nobody here
    if whole:
        strengths = {n: (1.0 if _in_order(fit[0], roster, n) else 0.95) - fit[1] for n, fit in whole.items()}
        best = max(strengths.values())
        titles = _as_written(run, [n for n in sorted(whole) if strengths[n] == best], roster)
        return _loosened(tokens, Mention(first, last, titles, best))
    return _part(tokens, first, last, fits, roster)


def _spoken(roster: Roster, number: int) -> str:
    return roster.titles[number].role.replace("&", " and ")


def _fitting(run: list[Token], roster: Roster) -> dict[int, tuple[tuple[str, ...], float]]:
    """Titles that have a reading of every token, each with those readings and what they suppose."""
    fits: dict[int, tuple[tuple[str, ...], float]] = {}
    for number, token in enumerate(run):
        now: dict[int, tuple[tuple[str, ...], float]] = {}
        for form, cost in token.readings:
            holding: Iterable[int] = roster.holding(form)
            for title in holding if number == 0 else [t for t in fits if t in roster.holding(form)]:
                read, spent = fits.get(title, ((), 0.0))
                if form not in read and (title not in now or spent + cost < now[title][1]):
                    now[title] = ((*read, form), spent + cost)
        fits = now
    slips = [token for token in run if token.readings and token.readings[0][1] == COST_SLIP]
    return fits if len(slips) < len(run) or len(run) == 1 else {}


def _as_written(run: list[Token], titles: list[int], roster: Roster) -> tuple[int, ...]:
    """Of titles that differ in plurals only, the one that is written like this; all when none is."""
    written = {token.word.written.lower() for token in run}
    same = [n for n in titles if written <= {word.written.lower() for word in words_of(roster.titles[n].role)}]
    return tuple(same if same else titles)


def _in_order(read: tuple[str, ...], roster: Roster, number: int) -> bool:
    words = roster.titles[number].words
    return read == words or tuple(form for form in read if form in words) == words


def _loosened(tokens: list[Token], mention: Mention) -> Mention:
    """Weaker, when a word before it may make it another title: "mobile software engineer"."""
    if mention.first == 0 or not tokens[mention.first].joined or mention.titles == ():
        return mention
    before = tokens[mention.first - 1]
    usual = before.form in _USUAL_BEFORE or len(before.form) < _MOST_ALONE or before.word.plural
    return mention if usual or before.form.endswith(("e", "y", "ing")) else replace(mention, strength=0.85)


def _part(
    tokens: list[Token], first: int, last: int, fits: dict[int, tuple[tuple[str, ...], float]], roster: Roster
) -> Mention | None:
    """Several words of longer titles: with the noun that names the person, or a rank and more before "role" or an end.

    Titles that have the words side by side go before those that have them apart.
    """
    named = {n: fit for n, fit in fits.items() if roster.titles[n].head in fit[0]}
    follower = tokens[last] if last < len(tokens) and tokens[last].joined else None
    ended = follower is None or follower.form in ROLE_NOUNS | JOINING or follower.form in AUXILIARIES
    rank = next((t.form for t in (tokens[first], tokens[last - 1]) if t.form in LEVEL_WORDS), "")
    if not named and ended and rank and (rank == tokens[first].form or tokens[last - 1].word.plural):
        named = {n: fit for n, fit in fits.items() if rank in fit[0]}
    if not named or (follower is not None and _another(follower)):
        return None
    beside = {n: fit for n, fit in named.items() if _side_by_side(fit[0], roster.titles[n].words)}
    chosen = beside if beside else named
    many = tokens[last - 1].word.plural or (follower is not None and follower.form in ROLE_NOUNS)
    if len(chosen) > (_MOST_GROUP if many else _MOST_PART) or (len(chosen) == len(roster.titles) > 1 and not many):
        return None
    cost = min(fit[1] for fit in chosen.values())
    covered = max(len(fit[0]) / len(roster.titles[n].words) for n, fit in chosen.items())
    strength = (0.6 + 0.35 * covered if len(chosen) == 1 else 0.5 + 0.2 / len(chosen)) - cost
    return Mention(first, last, tuple(sorted(chosen)), strength, many=many and len(chosen) > 1)


def _side_by_side(read: tuple[str, ...], words: tuple[str, ...]) -> bool:
    places = sorted(words.index(form) for form in read if form in words)
    return places == list(range(places[0], places[0] + len(places))) if places else False


def _another(token: Token) -> bool:
    """Whether the word after a part of a title makes another title of it: "data scientist manager"."""
    return occupation(token.form) and token.form not in EVERYDAY_RANKS | {"mentor"} and not token.word.plural


def _alone(
    tokens: list[Token],
    place: int,
    whole: dict[int, tuple[tuple[str, ...], float]],
    fits: dict[int, tuple[tuple[str, ...], float]],
    roster: Roster,
) -> Mention | None:
    """One word: a whole title, a rank, the noun that names the person."""
    token = tokens[place]
    before = tokens[place - 1].form if place else ""
    follower = tokens[place + 1] if place + 1 < len(tokens) and tokens[place + 1].joined else None
    form, cost = token.readings[0]
    many = token.word.plural or before in GROUPS or (follower is not None and follower.word.written.lower() in _PLURALS)
    supposed = cost == 0.0 or (cost == COST_SLIP and before in DETERMINERS)
    if whole and supposed and not (follower is not None and _another(follower)):
        sure = before in BEFORE_RANK or cost > 0.0 or place == 0
        return Mention(place, place + 1, tuple(sorted(whole)), (1.0 if sure else 0.8) - 3 * cost)
    if form in LEVEL_WORDS and _level_alone(token, form, before, follower, first=place == 0):
        return Mention(place, place + 1, tuple(sorted(fits)), 0.9 - cost, level=form, many=many)
    heads = tuple(sorted(n for n in fits if roster.titles[n].head == form))
    most = _MOST_GROUP if many else _MOST_ALONE
    apart = before in DETERMINERS | GROUPS and (follower is None or not _another(follower))
    if heads and apart and cost == 0.0 and form not in LEVEL_WORDS and len(heads) <= most:
        strength = 0.8 if len(heads) == 1 else 0.4 + 0.3 / len(heads)
        return Mention(place, place + 1, heads, strength, many=many and len(heads) > 1)
    return None


def _level_alone(token: Token, level: str, before: str, follower: Token | None, *, first: bool) -> bool:
    """Whether one rank stands for a role here."""
    after = follower.form if follower is not None else ""
    if after in _COMPOUND or (occupation(after) and after not in LEVEL_WORDS):
        return False
    if level not in EVERYDAY_RANKS:
        return True
    if token.word.plural and before not in BEFORE_RANK:  # "who leads the team"
        return False
    return before in BEFORE_RANK or (first and level != "lead")
