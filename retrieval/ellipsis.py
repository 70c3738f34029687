"""Follow-ups that are no sentence ("why?", "and the tools?", "by the end of the year?") put into the last question."""

from __future__ import annotations

import re

from ingest.records import Kind
from retrieval.cues import AUXILIARY, CONTRASTS, TIME
from retrieval.frames import asked, frame_of, topic_phrase
from retrieval.hints import kinds_hinted
from retrieval.phrasing import bare_of, without_role
from retrieval.pointers import ATTRIBUTES
from retrieval.roles import mentions
from retrieval.scene import Scene

_BEFORE = r"(?:up to|to|by|for|with|from|since|until|at|on|in|under|about) "
_IN_FULL = (  # "why", "to whom", "how quickly", "up to what amount"; "which tools" is a topic instead
    rf"(?:{_BEFORE}(?:what|which|whose)(?: [\w-]+){{1,2}}|(?:{_BEFORE})?(?:why|how|when|where|whom?|what"
    rf"|which)(?: not)?"
    rf"|(?:{_BEFORE})?how(?: (?!come\b)[\w-]+){{1,2}}|what for|what then|how come)"
)
BARE = re.compile(rf"(?:and )?(?P<wh>{_IN_FULL})\W*", re.IGNORECASE)
_TAIL = re.compile(rf", and (?:{_IN_FULL}|(?:{_BEFORE})?(?:wh\w+|how|that|{AUXILIARY})\b[^,]*)$", re.IGNORECASE)
WHO_ELSE = re.compile(r"(?:and )?(?:who|whom) else\W*|(?:and )?(?:any|which|what|the"
                      r"|all the) (?:others?(?: roles?)?|other ones?|rest)\W*|anybody else\W*"
                      r"|anyone else\W*", re.IGNORECASE)  # fmt: skip
WHAT_ELSE = re.compile(
    r"(?:and )?(?:is there |are there )?(?:what else|anything else|any (?:more|others)|what more"
    r"|others)\W*", re.IGNORECASE
)
EXAMPLES = re.compile(
    r"(?:and )?(?:(?:any|some|give (?:me )?(?:an?|some)|an?) )?examples?(?: of (?:that|them|those|this))?\W*"
    r"|(?:and )?(?:for example|for instance|such as(?: what)?|like what|e\.?g\.?)\W*",
    re.IGNORECASE,
)
FEW = re.compile(
    r"(?:just )?(?:give|name|show|list)(?: me)? (?:the )?(?P<number>(?:top |first |main )?(?:two|three|four"
    r"|five|six|ten|\d+))"
    r"(?: of (?:them|those|these)| (?:more )?examples)?\W*",
    re.IGNORECASE,
)
_VERB = re.compile(r"\b(?:is|are|was|were|do|does|did|has|have|can|could|may|might|must|should|will|would|be)\b", re.I)
_ADVERB = re.compile(r"(?:why|how often|how|when|where|how long|how quickly|how much|how soon)", re.IGNORECASE)
_FILLER = re.compile(r"\b(?:ones?|the|tasks?|things?|of|a|an|for|only|just)\b|\W", re.IGNORECASE)


def with_wh(wh: str, scene: Scene) -> str:
    """The last question asked with another wh-word: "why?", "how often?", "to whom?"."""
    base = core_of(scene.base)
    frame = frame_of(base)
    word = wh.lower().removesuffix(" not")
    if frame is not None and not frame.word and _ADVERB.fullmatch(word):
        clause = f"{frame.auxiliary} {frame.rest}"
        found = mentions(clause, scene.roster)
        if wh.lower().endswith(" not") and found.subjects:
            end = found.subjects[0][1]
            clause = f"{clause[:end]} not{clause[end:]}"
        return asked(f"{word} {clause}")
    if word == "how often" and Kind.KPIS in kinds_hinted(base):
        about = topic_phrase(base, scene.roster)
        if about:
            return asked(f"how often {'are' if re.search(r's$', about.split(' of ')[0]) else 'is'} {about} measured")
    return f"{base}, and {wh.lower()}?"


def core_of(question: str) -> str:
    """A question without its mark and without what an earlier follow-up added to it.

    >>> core_of("What is due, and why?"), core_of("Who hires, fires, and promotes?")
    ('What is due', 'Who hires, fires, and promotes')
    """
    return _TAIL.sub("", bare_of(question))


def who_else(scene: Scene) -> str:
    """The last question asked of everybody else."""
    bare = bare_of(scene.base)
    if re.match(r"who\s+(?!does|do|did)\w", bare, re.IGNORECASE):
        return asked(f"Who else {bare[4:]}") if not bare.lower().startswith("who else") else asked(bare)
    others = without_role(bare, scene.roster)
    return asked(others) if others else f"{bare}, and who else?"


def what_else(scene: Scene) -> str:
    """The last question asked for what it left out."""
    bare = bare_of(scene.base)
    found = re.match(r"(what|which)\s+(?!of\b|else\b|other\b)(\w+)(.*)$", bare, re.IGNORECASE)
    if found is not None and _VERB.fullmatch(found[2]):
        return asked(f"What else {found[2]}{found[3]}")
    if found is not None:
        return asked(f"{found[1]} other {found[2]}{found[3]}")
    return f"{bare}, and what else?"


def examples(scene: Scene) -> str:
    """The last question asked for examples."""
    about = topic_phrase(scene.base, scene.roster)
    return asked(f"what are examples of {about}") if about else f"{bare_of(scene.base)}, for example?"


def contrasted(body: str, scene: Scene) -> str:
    """The last question with one of its words, or its time, exchanged for its counterpart; '' when there is none.

    >>> from retrieval.roster import Roster
    >>> contrasted("the weekly ones", Scene(Roster(), "What are the daily tasks?"))
    'What are the weekly tasks?'
    """
    for words in (*CONTRASTS, TIME):
        said, there = words.search(body), words.search(scene.base)
        if said is not None and there is not None and _only(body, said[0], scene.base):
            new = said[0].replace(" ", "-") if said[0].lower().endswith(" have") else said[0]
            return asked(f"{scene.base[: there.start()]}{new}{scene.base[there.end() :]}")
    return _same_head(body, scene)


def _same_head(body: str, scene: Scene) -> str:
    """The last question with a noun phrase exchanged for one of the same head: "night shift" for "a day shift"."""
    said = re.fullmatch(r"(?:for |on |in |of )?(?:(?:the|an?|his|her|their"
                        r"|its) )?(?P<kind>[\w-]+) (?P<head>\w{3,})", body, re.I)
    if said is None or said["kind"].lower() in ATTRIBUTES:
        return ""
    there = re.search(rf"\b(?!(?:the|an?|his|her|their|its|s|which|what|of|how|many|first"
                      rf"|last)\b)(?P<kind>[\w-]+) {said['head']}\b",
                      scene.base, re.IGNORECASE)  # fmt: skip
    names_of = mentions(scene.base, scene.roster).spans
    if there is None or any(start < there.end() and there.start() < end for start, end in names_of):
        return ""
    place = there.start("kind"), there.end("kind")
    return asked(f"{scene.base[: place[0]]}{said['kind']}{scene.base[place[1] :]}")


def _only(body: str, said: str, base: str) -> bool:
    """Whether a follow-up says nothing but one word and words that the last question has too."""
    rest = [word for word in re.findall(r"\w+", body.replace(said, " ", 1)) if _FILLER.sub("", word)]
    return all(re.search(rf"\b{re.escape(word)}", base, re.IGNORECASE) for word in rest)


