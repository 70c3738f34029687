"""Whether a name is an occupation's: told by the ending of its head noun, as English forms them.

"Water Utility Operator", "Director of Airports" and "Staff Attorney" are; "Career framework", "Guide to hiring" and
"Newsletter" are not. A noun that is no person but ends like one is in a short list; so are persons without an ending.
"""

from __future__ import annotations

import re

_AGENT = re.compile(r"(?:[^\W\d_]{2,}(?:er|or|ist|ian|yst|man|woman|person)|c[a-z]{1,2}o|[se]?vp)$")
_PERSONS = frozenset(
    "accountant advocate agent aide apprentice architect assistant associate attendant attorney captain chief clerk "
    "coach consultant cook counsel curator deputy detective executive expert fellow head hygienist intern judge lead "
    "lieutenant liaison machinist marshal mechanic mentor nurse partner pilot president principal registrar "
    "representative secretary sergeant sheriff superintendent surgeon technician trainee undersheriff vice-president "
    "scientist chef guard medic paramedic".split()
)
_THINGS = frozenset(
    "banner better bigger exterior greater higher inner interior lesser lower major minor outer prior superior "
    "upper behavior border buffer calendar career center chapter charter checklist clear cluster color compiler "
    "computer consider container corner corridor cover customer december dinner disclaimer docker error "
    "factor filter floor folder footer former header human later ledger letter list matter member "
    "monitor newsletter november number october offer order other over paper playlist plan power quarter "
    "register river router semester september server shelter sister sticker summer theater tier "
    "tower tracker transfer user vector vendor water weather whether winter wishlist".split()
)  # fmt: skip
_NOUN_ENDS = re.compile(r"\s(?:of|for|to|in|at|on|with|and its|from)\s|\s*[,(:;/|]\s*|\s[-–—+]\s", re.IGNORECASE)
_STEP = re.compile(r"\s+(?:[\w/-]*\d[\w/-]*|i{1,3}|iv|v|level \w+)$", re.IGNORECASE)  # "II", "7-E9"
_IDENTIFIER = re.compile(r"[a-z][A-Z]|_")  # serviceReader
_MOST_WORDS = 9


def is_occupation(name: str) -> bool:
    """Whether a name is an occupation's.

    >>> [is_occupation(name) for name in ("Water Utility Operator II", "Director of Airports", "Tech Lead", "CEO")]
    [True, True, True, True]
    >>> [is_occupation(name) for name in ("Career framework", "Guide to Mixers", "Newsletter", "Roles of the CEO")]
    [False, False, False, False]
    """
    if not name or len(name.split()) > _MOST_WORDS or name[-1] in ".!?" or "+" in name or _IDENTIFIER.search(name):
        return False
    words = re.findall(r"[\w&'’-]+", _STEP.sub("", _NOUN_ENDS.split(name.strip(), maxsplit=1)[0]).lower())
    return bool(words) and _is_person(words[-1])


def holds_occupation(name: str) -> bool:
    """Whether any noun of a short name is an occupation's: "Chief Clerk Personnel", "District Supervisor Animal Care".

    >>> holds_occupation("Chief Clerk Personnel"), holds_occupation("Air Quality Plan")
    (True, False)
    """
    words = re.findall(r"[\w&'’-]+", _NOUN_ENDS.split(name.strip(), maxsplit=1)[0].lower())
    return len(words) <= _MOST_WORDS and any(_is_person(word) for word in words)


def _is_person(word: str) -> bool:
    last = word.rsplit("-", 1)[-1]
    return last in _PERSONS or (last not in _THINGS and _AGENT.match(last) is not None)
