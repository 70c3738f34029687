"""Follow-ups without a role and without a pointer: what they lack is the role in force, or the last question."""

from __future__ import annotations

import re

from retrieval.cues import PREPOSITION
from retrieval.ellipsis import contrasted, core_of
from retrieval.exchange import with_place, with_topic
from retrieval.frames import asked, frame_of, topic_phrase
from retrieval.hints import ALL_ROLES, asks_for_all_roles, hinting_words, kinds_hinted
from retrieval.lexical import tokenize
from retrieval.other_roles import part_of_title
from retrieval.phrasing import bare_of, names, with_roles
from retrieval.roles import mentions
from retrieval.scene import Scene

_BRIEF = 2  # content words of a question that does not say whom it is about
_NOUN_WORDS = 5
_NOTHING_ASKED = frozenset(
    tokenize(
        "need needs needed use used uses required require have has get does give tell list show name many much long "
        "must can role job person there include are apply expected"
    )
)


def joined(scene: Scene, bare: str) -> str:
    """The last question and the follow-up as one sentence, where no phrase can take the pointer's place."""
    return f"{core_of(scene.base)}, and {bare[:1].lower()}{bare[1:]}?"


def fragment(bare: str, scene: Scene, *, linked: bool) -> str:
    """A follow-up that is no sentence; '' when it is too long for one."""
    contrast = contrasted(bare, scene)
    if contrast:
        return contrast
    part = part_of_title(bare, scene)
    if part:
        return asked(with_roles(scene.base, [part], scene.roster))
    if PREPOSITION.match(bare) or re.match(r"\w+ed (?:by|for|in|with|to)\s", bare, re.IGNORECASE):
        return with_place(bare, scene)
    if linked or len(bare.split()) <= _NOUN_WORDS:
        return with_topic(bare, scene) if _known(bare, scene) or linked else ""
    return ""


def clause(bare: str, scene: Scene, *, linked: bool) -> str:
    """A follow-up that is a sentence without a role and without a pointer."""
    content = [word for word in tokenize(bare) if word not in _NOTHING_ASKED]
    if asks_for_all_roles(bare) or ALL_ROLES.search(bare):
        return ""
    frame = frame_of(bare)
    there = frame is not None and not frame.word and frame.rest.startswith("there ") and not scene.roles
    if there or not content or (frame is None and len(content) < _BRIEF and not _needs_role(bare)):
        return joined(scene, bare)
    if len(content) < _BRIEF and frame is not None and frame.word and not _needs_role(bare):
        return joined(scene, bare)
    yes_no = frame is not None and not frame.word and len(set(content) - _NOTHING_ASKED) <= _BRIEF
    if _needs_role(bare) or (yes_no and _known(bare, scene)) or (linked and _known(bare, scene, share=0.5)):
        return with_role(asked(bare), scene, always=True)
    return asked(bare) if linked else ""


def _needs_role(bare: str) -> bool:
    """Whether a question asks for a kind of section and does not say whose: "What are the KPIs?"."""
    hinted = {stem for kind in kinds_hinted(bare) for words in hinting_words(bare, kind) for stem in tokenize(words)}
    content = set(tokenize(bare))
    return bool(hinted & content) and content <= hinted | _NOTHING_ASKED


def _known(bare: str, scene: Scene, *, share: float = 1.0) -> bool:
    """Whether the documents use that share of the content words; so for a library known by its role names only."""
    used = scene.roster.used
    words = [word for word in re.findall(r"[^\W\d_]{3,}", bare.lower()) if tokenize(word)]
    held = [word for word in words if word in used or word.rstrip("s") in used or f"{word}s" in used]
    return not used or len(held) >= share * len(words)


def with_role(question: str, scene: Scene, *, always: bool = False) -> str:
    """The question with the role in force, where it names none."""
    if not scene.roles or mentions(question, scene.roster).roles:
        return question
    if not always and topic_phrase(scene.base, scene.roster) == "" and "person who" in question:
        return question
    many = "roles" if len(scene.roles) > 1 else "role"
    return f"{bare_of(question)} in the {names(scene.roles)} {many}?"
