"""Facts of files merged and checked, audiences by front matter and folder, personal data redacted before storing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import UserError
from ingest.audience import audience_notes, audience_of
from ingest.facts import NAMES, merge
from ingest.personal import personal_data
from ingest.records import Block, BlockKind, Note, Reading
from ingest.redaction import redact_blocks

PARAGRAPH, ROW = BlockKind.PARAGRAPH, BlockKind.ROW


def test_the_first_good_value_of_a_name_counts():
    front = [("created", "first of May"), ("title", " Data\n Steward "), ("language", "eng"), ("colour", "red")]
    core = [("created", "2019-05-17T08:00:00Z"), ("title", "Untitled"), ("author", "Jo Doe")]
    core.append(("modified", "1601-01-01"))
    facts, notes = merge(front, core)
    assert facts == (("created", "2019-05-17"), ("language", "en"), ("author", "Jo Doe"), ("title", "Data Steward"))
    assert [note.detail for note in notes] == ["created 'first of May' is no date", "modified '1601-01-01' is no date"]


@pytest.mark.parametrize("title", ["Untitled", " untitled ", "None", "Document", "", "\u200b"])
def test_titles_that_programs_fill_in_are_none(title):
    assert merge([("title", title)]) == ((), ())


@given(st.lists(st.tuples(st.sampled_from([*NAMES, "other"]), st.text(st.characters(codec="ascii")))))
def test_merged_facts_are_known_once_each_and_stay_as_they_are(given_facts):
    facts, _ = merge(given_facts)
    names = [name for name, _ in facts]
    assert names == [name for name in NAMES if name in names]
    assert merge(facts) == (facts, ())


def test_an_odd_audience_stays_odd():
    facts, _ = merge([("audience", " pub\u200blic ")])
    assert audience_of("x.md", facts, ()) == "restricted"


RULES = ("hr=internal", "hr/pay/=finance", "./board = directors", "a\\b=team")


@pytest.mark.parametrize(
    ("source", "stated", "audience"),
    [("x.md", None, "public"), ("hr/x.md", None, "internal"), ("hr/pay/x.md", None, "finance"),
     ("hr/pay/2020/x.md", None, "finance"), ("hr/payroll/x.md", None, "internal"), ("hrx/y.md", None, "public"),
     ("old/hr/x.md", None, "public"), ("hr", None, "public"), ("board/x.md", None, "directors"),
     ("a/b/c", None, "team"), ("hr/pay/x.md", "public", "public"), ("hr/x.md", " Managers ", "managers"),
     ("x.md", "hr-team", "hr-team"),
     ("x.md", "managers and HR", "restricted"), ("x.md", "['a', 'b']", "restricted"), ("x.md", "", "restricted"),
     ("x.md", "Öffentlich", "restricted"), ("x.md", "public, staff", "restricted"),
     ("x.md", "not public", "restricted"), ("x.md", "everyone", "everyone"),
     ("x.md", "a" * 31, "restricted"), ("x.md", "true", "true")],
)  # fmt: skip
def test_audiences(source, stated, audience):
    facts = [("title", "x")] + ([] if stated is None else [("audience", stated)])
    assert audience_of(source, facts, RULES) == audience
    assert bool(audience_notes(facts)) == (audience == "restricted")


def test_a_rule_for_the_whole_library():
    assert audience_of("x.md", [], (".=staff", "open=public")) == "staff"
    assert audience_of("open/x.md", [], (".=staff", "open=public")) == "public"


@pytest.mark.parametrize("rule", ["hr", "hr=", "=internal", "hr=In House", "hr=HR", "../hr=internal", "", "hr=a b"])
def test_a_malformed_rule_is_named(rule):
    with pytest.raises(UserError, match="audience rule") as raised:
        audience_of("x.md", [("audience", "public")], ("a=b", rule))
    assert f"'{rule}'" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_rules_that_contradict_each_other_are_named():
    with pytest.raises(UserError, match="'hr/=staff' contradicts an earlier rule"):
        audience_of("x.md", [], ("hr=internal", "hr/=staff"))
    assert audience_of("hr/x", [], ("hr=internal", "hr/=internal")) == "internal"


@given(st.text(max_size=40))
def test_what_is_stated_never_becomes_public_by_chance(stated):
    found = audience_of("a/b.md", [("audience", stated)], ())
    assert found != "public" or stated.strip().lower() in ("public", "unrestricted")


def reading(*blocks: Block, title: str = "") -> Reading:
    notes = (Note("step", 1, "a@b.example"),)
    return Reading("md", title, blocks, notes, (("author", "Jo Doe"),))


def shown(made: Reading) -> str:
    parts = [made.title, *(block.text for block in made.blocks)]
    parts += [cell for block in made.blocks for cell in block.cells]
    return "\n".join(parts + [note.detail for note in made.notes] + [value for _, value in made.facts])


def test_blocks_cells_title_notes_and_author_are_redacted():
    made = redact_blocks(
        reading(
            Block(PARAGRAPH, "Write to a@b.example or c@d.example."),
            Block(ROW, "| Ada | +49 30 901820 | a@b.example |", cells=("Ada", "+49 30 901820", "a@b.example")),
            Block(PARAGRAPH, "Plans the week."),
            title="Contact a@b.example",
        )
    )
    assert made.title == "Contact (e-mail withheld)"
    assert made.blocks[0].text == "Write to (e-mail withheld) or (e-mail withheld)."
    assert made.blocks[1].cells == ("Ada", "(phone withheld)", "(e-mail withheld)")
    assert made.blocks[1].text == "| Ada | (phone withheld) | (e-mail withheld) |"
    assert made.blocks[2].text == "Plans the week."
    assert made.facts == ()
    assert [(note.step, note.count, note.detail) for note in made.notes] == [
        ("step", 1, "(e-mail withheld)"), ("redact", 1, "author"), ("redact", 3, "e-mail"), ("redact", 1, "phone"),
    ]  # fmt: skip


def test_a_label_in_one_block_tells_the_number_in_the_next():
    made = redact_blocks(reading(Block(PARAGRAPH, "Phone:"), Block(PARAGRAPH, "030 901820 (mornings)")))
    assert [block.text for block in made.blocks] == ["Phone:", "(phone withheld) (mornings)"]


def test_cells_that_the_text_shows_otherwise_are_redacted_too():
    made = redact_blocks(reading(Block(ROW, "Ada – a@b.example", cells=("a@b.example", "Ada"))))
    assert (made.blocks[0].text, made.blocks[0].cells) == ("Ada – (e-mail withheld)", ("(e-mail withheld)", "Ada"))


PIECES = ["Ada", "Phone:", "a@b.example", "+49 30 901820", "030 901820", "born", "14 March 1987", "|", "12 Main Street"]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=4), max_size=5), st.booleans())
def test_nothing_that_is_found_alone_or_in_the_whole_text_stays(rows, table):
    blocks = [Block(PARAGRAPH, " ".join(row)) for row in rows]
    if table:
        blocks = [Block(ROW, f"| {' | '.join(row)} |", cells=tuple(row)) for row in rows]
    made = redact_blocks(Reading("md", "", tuple(blocks), ()))
    assert all(personal_data(part) == () for part in shown(made).splitlines())
    assert not any(piece in shown(made) for piece in ("a@b.example", "+49 30"))
    assert [(b.kind, b.level, len(b.cells)) for b in made.blocks] == [(b.kind, b.level, len(b.cells)) for b in blocks]
