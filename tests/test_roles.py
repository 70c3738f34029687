"""Rosters, roles named in questions, filters: over the bundled library, two public ones and libraries made here."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT, Config
from ingest.levels import level_of
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Kind
from retrieval.filters import Filters
from retrieval.query import understand
from retrieval.records import Query, Shape
from retrieval.roles import mentions
from retrieval.roster import Facts, Roster
from retrieval.titles import title_of

CASES = json.loads((ROOT / "tests" / "cases" / "understanding.json").read_text("utf-8"))
SHARED = ROOT.parent / "shared" / "data" / "documents"
# Our expectations that the rules do not meet, with the reason.
KNOWN = {
    "What do the positions share?": "nothing compares; it is read as a question to every role",
    "I am interviewing for the junior job. Which questions will I get?": "“which questions” asks for a list",
}
LADDER = Roster.read(
    [
        Facts("Junior Cook", "junior", "kitchen/junior.md", "internal", "en", "md"),
        Facts("Cook", "", "kitchen/cook.md", "public", "en", "md"),
        Facts("Head Cook", "head", "kitchen/head.pdf", "public", "en", "pdf"),
        Facts("Quality Assurance Analyst", "", "qa.docx", "public", "de", "docx"),
        Facts("", "", "house-rules.md", "public", "en", "md"),
    ],
    ["Quality Assurance (QA) tastes. A sommelier and the dish washer help. The dish washer washes, and cooks cook."],
)


def _bulletins(folder: Path) -> Roster:
    """Roles by the names of their files, which say when they were revised too; ingesting them takes a minute."""
    facts, texts = [], []
    for path in sorted(folder.glob("*.txt")):
        name = re.sub(r"\b(?:rev|revised|final|\d{4,})\b.*|_.*|\(.*", "", path.stem, flags=re.IGNORECASE)
        name = name.strip().title()
        name = re.sub(r"\b(?:Of|And)\b", lambda match: match[0].lower(), name).replace("'S", "'s")
        facts.append(Facts(name, level_of(name), path.name))
        texts.append(path.read_text("utf-8", errors="replace"))
    return Roster.read(facts, texts)


@pytest.fixture(scope="session")
def rosters(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    made: dict[str, Roster] = {"bundled": Roster.of(Library.open(bundled).documents())}

    def get(name: str) -> Roster:
        folder = SHARED / name
        if name not in made and not folder.is_dir():
            pytest.skip(f"{name} is not beside this checkout")
        if name == "la_job_bulletins" and name not in made:
            made[name] = _bulletins(folder / "txt")
        elif name not in made:
            library = tmp_path_factory.mktemp(name)
            ingest([folder], library, Config())
            made[name] = Roster.of(Library.open(library).documents())
        return made[name]

    return get


def _cases() -> list[Any]:
    cases = []
    for case in [*CASES["seen"], *CASES["unseen"]]:
        reason = KNOWN.get(case["question"])
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason is not None else []
        cases.append(pytest.param(case, id=case["question"], marks=marks))
    return cases


@pytest.mark.parametrize("case", _cases())
def test_questions_over_several_libraries(case: dict[str, Any], rosters: Any) -> None:
    query = understand(case["question"], rosters(case["library"]))
    assert set(query.roles) == set(case["roles"]), query
    assert query.shape == case["shape"], query
    assert set(case["kinds"]) <= {kind.value for kind in query.kinds}, query
    assert len(query.strengths) == len(query.roles)
    assert all(0 < query.strength(role) <= 1 for role in query.roles)


def _slip(word: str, generator: random.Random) -> str:
    place = generator.randrange(1, len(word) - 1)
    kind = generator.randrange(3)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    return word[:place] + (word[place + 1] if kind == 1 else "") + word[place:][: 1 if kind == 1 else None] + (
        word[place + 2 :] if kind == 1 else ""
    )


@pytest.mark.parametrize("library", ["bundled", "madetech_roles", "la_job_bulletins"])
def test_every_title_is_found_however_it_is_written(library: str, rosters: Any) -> None:
    roster = rosters(library)
    generator = random.Random(5)
    slipped = []
    for role in roster.roles:
        same = {title.role for title in roster.titles if title.words == title_of(role).words}
        for said in (role, role.lower(), role.upper(), role.replace(" ", "-"), role.replace("Senior", "Sr.")):
            found = mentions(f"Which tools does the {said} use?", roster)
            assert set(found.roles) <= same and found.roles, (said, found)
            assert found.strengths[0] > 0.75  # a dash inside a title parts it
        words = role.split()
        long = [number for number, word in enumerate(words) if len(word) > 6 and word.isalpha()]
        if long and len(words) > 1:
            words[long[0]] = _slip(words[long[0]], generator)
            slipped.append(role in mentions(f"How is the {' '.join(words)} paid?", roster).roles)
    assert sum(slipped) >= 0.95 * len(slipped)


@pytest.mark.parametrize(
    ("question", "roles"),
    [
        ("Who is one level above the junior cook?", ["Cook"]),
        ("What does the next level up from the Cook do?", ["Head Cook"]),
        ("Is the one level below the head cook paid?", ["Cook"]),
        ("the most senior cook", ["Head Cook"]),
        ("a QA analyst's tools", ["Quality Assurance Analyst"]),
        ("does the QAA taste wine?", ["Quality Assurance Analyst"]),
        ("What about a mid-level cook?", ["Cook"]),
        ("a cook at junior level", ["Junior Cook"]),
        ("a cook at principal level", []),
        ("quality risks", []),
        ("The head of the table?", []),
    ],
)
def test_ladders_and_abbreviations(question: str, roles: list[str]) -> None:
    assert list(mentions(question, LADDER).roles) == roles


def test_what_nobody_is_is_said() -> None:
    assert mentions("What does a Principal Cook earn?", LADDER).unknown == ("principal cook",)
    assert mentions("a cook at principal level?", LADDER).unknown == ("principal cook",)
    assert mentions("What does the sous chef earn?", LADDER).unknown == ("sous chef",)
    found = mentions("What does the dish washer earn?", LADDER)
    assert (found.unknown, found.undescribed) == ((), ("dish washer",))
    assert mentions("Does the junior help the sous chef?", LADDER).roles == ("Junior Cook",)


def test_a_name_is_surer_than_a_guess() -> None:
    def strength(question: str) -> float:
        return understand(question, LADDER).certainty

    whole, slip = strength("What does the Head Cook do?"), strength("What does the Juinor Cook do?")
    part, none = strength("What does the analyst do?"), strength("What is served?")
    assert whole == 1 > slip > part > none == 0


def test_a_class_is_found_by_its_code() -> None:
    roster = Roster.made([Facts("Carpenter", "", "c.txt"), Facts("Plumber", "", "p.txt")], codes={"Carpenter": "3344"})
    assert mentions("What does class code 3344 earn?", roster).roles == ("Carpenter",)
    assert mentions("Are there 3344 jobs?", roster).roles == ()


def test_filters_are_taken_out_and_restrict() -> None:
    query = understand('Which tools? role:"head cook" section:kpis source:*.pdf note: none', LADDER)
    assert query.text == "Which tools? note: none"
    assert query.roles == ("Head Cook",)
    assert query.kinds[0] is Kind.KPIS
    assert query.filters == Filters(roles=("Head Cook",), kinds=(Kind.KPIS,), sources=("*.pdf",))
    assert [query.filters.matches(fact) for fact in LADDER.facts] == [False, False, True, False, False]
    assert not query.filters.matches(LADDER.facts[2], Kind.TOOLS)
    assert query.as_dict()["filters"] == {"roles": ["Head Cook"], "kinds": ["kpis"], "sources": ["*.pdf"]}


@pytest.mark.parametrize(
    ("said", "sources"),
    [
        ("role:cook", ["kitchen/cook.md"]),
        ("role:junior,head", ["kitchen/junior.md", "kitchen/head.pdf"]),
        ("level:junior", ["kitchen/junior.md"]),
        ("audience:internal", ["kitchen/junior.md"]),
        ("lang:de", ["qa.docx"]),
        ("format:.pdf", ["kitchen/head.pdf"]),
        ("source:junior*", ["kitchen/junior.md"]),
        ("role:“Head Cook”?", ["kitchen/head.pdf"]),
        ("level:boss", [fact.source for fact in LADDER.facts]),
        ("role:pilot level:head", ["kitchen/head.pdf"]),
    ],
)
def test_filters_by_key(said: str, sources: list[str]) -> None:
    query = understand(f"What is served? {said}", LADDER)
    assert query.text == "What is served?"
    assert [fact.source for fact in LADDER.facts if query.filters.matches(fact)] == sources
    assert bool(query.filters.unknown) == ("boss" in said or "pilot" in said)


@pytest.mark.parametrize(
    "question", ["note: is this a role: yes?", "10:30 or 11:00?", "see https://x.io/role:x", "a:b, c:d"]
)
def test_colons_in_prose_are_no_filters(question: str) -> None:
    query = understand(question, LADDER)
    assert (query.text, bool(query.filters)) == (question, False)


def test_filters_of_the_page_hold_where_the_question_says_nothing() -> None:
    query = understand("What is served? level:junior", LADDER, Filters(levels=("head",), formats=("md",)))
    assert query.filters == Filters(levels=("junior",), formats=("md",))
    assert query.text == "What is served?"


def test_a_question_of_filters_alone_searches_for_their_values() -> None:
    assert understand("role:cook kind:kpis", LADDER).text == "Cook kpis"


@given(st.text(max_size=120), st.sampled_from(["role", "kind", "source", "level", "x"]), st.text(max_size=20))
def test_any_filter_is_read_without_failing(text: str, key: str, value: str) -> None:
    query = understand(f"{text} {key}:{value}", LADDER)
    assert query.filters.known(LADDER.facts).as_dict() == query.filters.as_dict()
    assert json.dumps(query.as_dict())


def test_a_thousand_roles_are_told_apart() -> None:
    starts, ends = ("Air", "Sea", "Land", "Rail", "Road"), ("port", "way", "side", "ward")
    fields = [f"{start}{end}" for start in starts for end in ends]
    kinds = ["Safety Engineer", "Planning Officer", "Cable Worker", "Data Analyst", "Crane Operator"]
    ranks = ["", "Junior", "Senior", "Lead", "Principal", "Assistant", "Chief", "Associate", "Trainee", "Staff"]
    roles = [f"{rank} {field} {kind}".strip() for rank in ranks for field in fields for kind in kinds]
    roster = Roster.of_names(roles)
    assert len(roster.titles) == 1000
    for role in roles:
        assert mentions(f"what does the {role.lower()} do", roster).roles == (role,)


def test_shapes_of_groups() -> None:
    assert understand("Which of the cooks taste soup?", LADDER).shape is Shape.AGGREGATE
    assert understand("Is the head cook like the other roles, or do they differ?", LADDER).shape is Shape.COMPARE
    assert understand("Which cook books does the Head Cook use?", LADDER).shape is not Shape.AGGREGATE


def test_a_query_made_of_roles_alone_is_sure_of_them() -> None:
    query = Query("?", roles=("Cook",))
    assert (query.strength("Cook"), query.strength("Waiter"), query.certainty) == (1.0, 0.0, 1.0)
