"""Every change of cleaning can be shown, done again and undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import STEPS, TEXT_STEPS, clean
from ingest.records import Note
from ingest.replay import Change, changes, redo, shown, steps_of, undo

LOST = "\N{THAI CHARACTER SARA O}"
pieces = st.sampled_from([*"ab 2.&;\n\r\t\u00a0\u200b\x00\f\u2028é\u0301ﬁ", LOST, "\r\n", "\n\n\n", "&nbsp;", "â€™"])
texts = st.one_of(st.text(), st.lists(pieces).map("".join))


@given(texts, st.sampled_from([STEPS, TEXT_STEPS]))
def test_redone_it_is_the_clean_text_and_undone_the_raw_one(text, steps):
    made = changes(text, steps)
    cleaned, notes = clean(text, steps)
    assert redo(text, made) == cleaned
    assert undo(cleaned, made) == text
    for note in notes:
        assert note.count == len({change.line for change in made if change.step == note.step})
    assert tuple(dict.fromkeys(change.step for change in made)) == steps_of(notes)


@given(texts)
def test_a_change_names_a_line_of_the_raw_text(text):
    raw = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first: dict[int, Change] = {}
    for change in changes(text):
        assert change.before != change.after
        assert change.step in TEXT_STEPS
        first.setdefault(change.line, change)
    for line, change in first.items():
        assert change.before.rstrip("\r\n") == raw[line - 1]


def test_one_line_and_several_steps():
    assert changes(f"plain\r\npay\u200bment {LOST}90%\r\n") == (
        Change("unify_line_ends", 1, "plain\r\n", "plain\n"),
        Change("unify_line_ends", 2, f"pay\u200bment {LOST}90%\r\n", f"pay\u200bment {LOST}90%\n"),
        Change("remove_invisible", 2, f"pay\u200bment {LOST}90%\n", f"payment {LOST}90%\n"),
        Change("restore_lost_punctuation", 2, f"payment {LOST}90%\n", "payment ≥90%\n"),
    )


def test_a_dropped_line_is_shown():
    assert [shown(change) for change in changes("a\n\n\nb")] == ["line 3, drop_empty_lines: '' dropped"]


def test_changes_of_another_text_are_refused():
    made = changes("a\u00a0b")
    with pytest.raises(ValueError, match="line 1 is not as the changes found it"):
        redo("other", made)
    with pytest.raises(ValueError, match="line 1 is not as the changes left it"):
        undo("other", made)


def test_notes_of_readers_are_no_steps():
    notes = (Note("drop_html", 2, "comment"), Note("compose", 1), Note("resolve_entities", 1), Note("decode", 1))
    assert steps_of(notes) == ("resolve_entities", "compose")
