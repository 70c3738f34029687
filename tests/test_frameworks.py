"""JSON, YAML and front matter: nested values become a document that a person can read, and nothing goes silently."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import IngestConfig, UserError
from ingest.readers.frameworks import read_json, read_yaml
from ingest.readers.outline import outline
from ingest.readers.yaml_text import YamlError, load_all
from ingest.records import BlockKind

LIMITS = IngestConfig()


def rows(reading):
    return [block.text for block in reading.blocks if block.kind is BlockKind.ROW]


FRAMEWORK = b"""
name: Stewards
levels:
  - id: one
    name: Level One
  - id: two
    name: Level Two
competencies:
  - id: fb43098c-588c-421c-b87a-92b0bfd2ad7c
    level: two
    summary: Plans | ships
    examples: [a list, a board]
  - id: 5a7a1356-86cd-49b4-8fae-7431837986c9
    level: one
    summary: Helps
    examples: []
"""


def test_a_framework_becomes_headings_and_tables_with_references_resolved():
    reading = read_yaml("f.yml", FRAMEWORK, LIMITS)
    assert reading.title == "Stewards"
    assert [b.text for b in reading.blocks if b.kind is BlockKind.HEADING] == ["Stewards", "Levels", "Competencies"]
    assert rows(reading)[-3:] == [
        "| Level | Summary | Examples |", "| Level Two | Plans / ships | a list; a board |", "| Level One | Helps |  |",
    ]  # fmt: skip
    steps = {note.step: note.count for note in reading.notes}
    assert steps["drop_identifier"] == 2
    assert steps["resolve_reference"] == 2


def test_a_long_table_is_cut_by_what_its_rows_refer_to():
    levels = [{"id": "a", "name": "Junior"}, {"id": "b", "name": "Senior"}]
    skills = [{"level": "ab"[n % 2], "skill": f"skill {n}"} for n in range(20)]
    _, blocks, _ = outline({"levels": levels, "skills": skills})
    headings = [b.text for b in blocks if b.kind is BlockKind.HEADING]
    assert headings == ["Levels", "Skills", "Junior", "Senior"]
    assert sum(b.header for b in blocks) == 3


def test_numbers_and_dates_keep_their_spelling_and_double_keys_both_count():
    reading = read_json("a.json", b'{"rate": 6.750, "big": 1e400, "day": "2024-03-01", "rate": 7}', LIMITS)
    assert [b.text for b in reading.blocks] == ["Rate: 6.750", "Big: 1e400", "Day: 2024-03-01", "Rate (2): 7"]
    assert "key stands twice: rate" in [note.detail for note in reading.notes]
    assert load_all("on: 2024-03-01\non: 010")[0] == [{"on": "2024-03-01", "on (2)": "010"}]


def test_json_lines_and_several_yaml_documents():
    assert rows(read_json("a.json", b'{"role": "Lead", "level": 1}\n{"role": "Head", "level": 2}', LIMITS)) == [
        "| Role | Level |", "| Lead | 1 |", "| Head | 2 |",
    ]  # fmt: skip
    reading = read_yaml("a.yml", b"---\nrole: Lead\nlevel: 1\n---\nrole: Head\nlevel: 2\n", LIMITS)
    assert rows(reading) == ["| Role | Level |", "| Lead | 1 |", "| Head | 2 |"]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
        "a: &a [*a]",
        "[" * 5000,
        "a: [1, 2",
    ],
)
def test_yaml_that_expands_without_end_is_refused(text):
    with pytest.raises(YamlError):
        load_all(text)
    with pytest.raises(UserError, match=r"^a\.yml is not readable as YAML"):
        read_yaml("a.yml", text.encode(), LIMITS)


def test_no_object_is_built():
    assert load_all("!!python/object/apply:os.getcwd []")[0] == [[]]


def test_a_yaml_file_that_is_prose_is_text():
    assert read_yaml("a.yml", b"We look for a lead.", LIMITS).format == "text"


POST = {
    "date": "2024-03-01T10:00:00", "modified": "2024-04-02T10:00:00", "title": {"rendered": "Lead"}, "id": 3,
    "content": {"rendered": "<!-- wp:paragraph --><p>[caption id=\"x\"]Ship it.[/caption] [draft] kept</p>"},
}  # fmt: skip


def test_a_post_has_dates_and_no_shortcodes():
    reading = read_json("a.json", json.dumps(POST).encode(), LIMITS)
    assert reading.facts == (("published", "2024-03-01"), ("modified", "2024-04-02"))
    assert [b.text for b in reading.blocks] == ["Lead", "Ship it. [draft] kept"]
    assert [note.count for note in reading.notes if note.step == "drop_shortcode"] == [2]


def test_a_post_with_its_excerpt_only_says_so():
    post = {"title": {"rendered": "Lead"}, "excerpt": {"rendered": "<p>Ship it.</p>"}}
    reading = read_json("a.json", json.dumps([post]).encode(), LIMITS)
    assert [b.text for b in reading.blocks] == ["Lead", "Ship it."]
    assert "the export holds only the post's excerpt" in [note.detail for note in reading.notes]


LEAVES = st.text("abc xyz", min_size=1, max_size=12).filter(str.strip) | st.integers(0, 99) | st.booleans() | st.none()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("klm", min_size=1), inner, max_size=4)
)


def leaves(value):
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [] if value is None or isinstance(value, bool) else str(value).split()


@given(VALUES)
def test_every_word_of_a_value_is_in_its_outline(value):
    _, blocks, _ = outline(value)
    words = " ".join(block.text for block in blocks).replace(";", " ").split()
    assert set(leaves(value)) <= set(words)
