"""Readers: the content decides, what nobody sees is dropped, and a file that cannot be read says what to do."""

from __future__ import annotations

import io
import json
import zipfile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from config import IngestConfig, UserError
from ingest.encodings import decode
from ingest.markup import blocks_of_html
from ingest.plaintext import blocks_of
from ingest.readers import read
from ingest.records import Block, BlockKind

POST = {"id": 7, "title": {"rendered": "Lead &amp; Co"}, "content": {"rendered": "<h2>1. Duties</h2><p>Ship it.</p>"}}
PAGE = "<!DOCTYPE html><html><head><title>Lead</title></head><body><h1>Lead</h1><p>Ship it.</p></body></html>"
MARKDOWN = "# Lead\n\n## Duties\n\nShip it.\n\n- one\n  - two\n"


def word_file(*, title: str = "") -> bytes:
    """A small Word document with every kind of block."""
    document = docx.Document()
    document.core_properties.title = title
    document.add_heading("Duties", 1)
    document.add_paragraph("Ship it.")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Bullet 2")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("KPI", "Target", "Recall", "a|b"), strict=True):
        cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def repacked(data: bytes, name: str, content: bytes) -> bytes:
    """The zip file ``data`` with another content for one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return out.getvalue()


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def outline(blocks: tuple[Block, ...]) -> list[tuple[str, str, int]]:
    """Kind, text and level of each block."""
    return [(block.kind.value, block.text, block.level) for block in blocks]


def text_of(blocks: tuple[Block, ...]) -> str:
    return "\n".join(block.text for block in blocks)


# --- the content decides ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".txt", ".bin", ".html", ".json", ".md", ".docx", ""])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (json.dumps(POST).encode(), "wordpress"),
        (json.dumps([POST, POST]).encode(), "wordpress"),
        (b"\n  " + json.dumps(POST).encode(), "wordpress"),
        (PAGE.encode(), "html"),
        (b"<!-- saved -->\n" + PAGE.encode(), "html"),
        (b"<div><p>a</p><p>b</p></div>", "html"),
        (MARKDOWN.encode(), "markdown"),
        (word_file(), "docx"),
        (b"Just a note.\n\n# not a heading\n\nThe end.", "text"),
        (b"[draft] These are notes about {curly} things.", "text"),
        (b"<5 years of experience is too little.", "text"),
    ],
    ids=["post", "posts", "post after blanks", "page", "page after comment", "fragment", "markdown", "word", "text",
         "bracket", "less than"],
)  # fmt: skip
def test_the_content_decides_not_the_suffix(suffix, data, expected):
    if expected == "text" and suffix == ".md":
        return  # one "# " is enough when the name says Markdown
    assert read(f"file{suffix}", data).format == expected


def test_one_hash_is_a_heading_only_when_the_name_says_markdown():
    data = b"# Lead\n\nShip it."
    assert read("a.md", data).blocks[0].kind is BlockKind.HEADING
    assert read("a.txt", data).format == "text"


def test_a_wordpress_post():
    raw = read("post.txt", json.dumps(POST).encode())
    assert raw.title == "Lead & Co"
    assert outline(raw.blocks) == [
        ("heading", "Lead & Co", 0), ("heading", "1. Duties", 2), ("paragraph", "Ship it.", 0),
    ]  # fmt: skip


def test_a_list_of_posts_keeps_every_title():
    raw = read("posts.json", json.dumps([POST, {**POST, "title": "Second"}]).encode())
    assert [b.text for b in raw.blocks if b.level == 1] == ["Lead & Co", "Second"]
    assert raw.title == ""


def test_half_a_surrogate_pair_in_json_is_dropped():
    raw = read("post.json", b'{"title": "T\\ud83d", "content": {"rendered": "<p>a\\ud800b \\ud83d\\ude80</p>"}}')
    assert raw.title == "T"
    assert raw.blocks[-1].text == "ab \N{ROCKET}"


def test_word():
    raw = read("cv.docx", word_file(title=" Lead\u200b "))
    assert raw.title == "Lead"
    assert outline(raw.blocks) == [
        ("heading", "Duties", 1), ("paragraph", "Ship it.", 0), ("item", "one", 0), ("item", "two", 1),
        ("row", "| KPI | Target |", 0), ("row", "| Recall | a/b |", 0),
    ]  # fmt: skip
    assert [b.header for b in raw.blocks if b.kind is BlockKind.ROW] == [True, False]
    assert raw.blocks[-1].cells == ("Recall", "a/b")


def test_word_shows_what_is_printed():
    """Tracked insertions and content controls count; deletions and hidden text do not."""
    document = docx.Document()
    base = document.add_paragraph("Base ")
    base._p.append(_xml('<w:ins {} w:id="1" w:author="x"><w:r><w:t>inserted </w:t></w:r></w:ins>'))
    base._p.append(_xml('<w:del {} w:id="2" w:author="x"><w:r><w:delText>SECRET</w:delText></w:r></w:del>'))
    base._p.append(_xml("<w:sdt {}><w:sdtPr/><w:sdtContent><w:r><w:t>chosen</w:t></w:r></w:sdtContent></w:sdt>"))
    control = "<w:p><w:r><w:t>One</w:t></w:r></w:p><w:p><w:r><w:t>Two</w:t></w:r></w:p>"
    base._p.addnext(_xml(f"<w:sdt {{}}><w:sdtPr/><w:sdtContent>{control}</w:sdtContent></w:sdt>"))
    last = document.add_paragraph("Last")
    last.add_run(" SECRET").font.hidden = True
    last.add_run(" words").font.hidden = False
    out = io.BytesIO()
    document.save(out)
    raw = read("cv.docx", out.getvalue())
    assert [block.text for block in raw.blocks] == ["Base inserted chosen", "One", "Two", "Last words"]
    assert ("drop_docx", 1, "hidden") in [(note.step, note.count, note.detail) for note in raw.notes]


def _xml(text: str):
    return parse_xml(text.format(nsdecls("w")))


def test_markdown_with_front_matter_nesting_and_table():
    front, body = "---\ntitle: x\n---\n", "# A\n\n## B\n\n- one\n  - two\n- three\n\n| K | V |\n|---|---|\n| a | b |\n"
    raw = read("a.md", (front + body).encode())
    assert outline(raw.blocks) == [
        ("heading", "A", 1), ("heading", "B", 2), ("item", "one", 0), ("item", "two", 1), ("item", "three", 0),
        ("row", "| K | V |", 0), ("row", "| a | b |", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["a.md", "a.html", "a.json"])
def test_what_entities_spell_is_cleaned_too(name):
    body = "pay&#8203;ment 2&#3650;5"
    data = {
        "a.md": f"# A\n\n## B\n\n{body}",
        "a.html": f"<html><title>T&#8203;</title><body><p>{body}</p></body></html>",
        "a.json": json.dumps({"title": "T&#8203;", "content": {"rendered": f"<p>{body}</p>"}}),
    }[name]
    raw = read(name, data.encode())
    assert raw.blocks[-1].text == "payment 2–5"
    assert raw.title in ("T", "")
    assert {"remove_invisible", "restore_lost_punctuation"} <= {note.step for note in raw.notes}


# --- HTML ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>SECRET</script>", "<style>SECRET</style>", "<template>SECRET</template>",
        "<noscript>SECRET</noscript>",
        "<!-- SECRET -->", "<p hidden>SECRET</p>", "<p style='display: none'>SECRET</p>",
        "<p style='visibility:hidden'>SECRET</p>", "<p style='font-size:0'>SECRET</p>",
        "<p style='opacity: 0'>SECRET</p>",
        "<div aria-hidden=true><p>SECRET</p></div>", "<nav>SECRET</nav>", "<aside>SECRET</aside>",
        "<footer>SECRET</footer>", "<form>SECRET</form>", "<div class='cookie-banner'>SECRET</div>",
        "<div id=comments><p>SECRET</p></div>", "<section class='related posts'>SECRET</section>",
        "<div class='widget widget_text'>SECRET</div>", "<div class='share_buttons'>SECRET</div>",
    ],
)  # fmt: skip
def test_furniture_and_hidden_text_are_dropped(hidden):
    blocks, _, notes = blocks_of_html(f"<html><body><h1>Lead</h1><p>Before.</p>{hidden}<p>After.</p></body></html>")
    assert outline(blocks) == [("heading", "Lead", 1), ("paragraph", "Before.", 0), ("paragraph", "After.", 0)]
    if not hidden.startswith(("<script", "<style", "<template", "<noscript")):
        assert [note.step for note in notes] == ["drop_html"]
        assert notes[0].detail in ("hidden (6 characters): SECRET", "furniture (6 characters): SECRET", "comment")


@pytest.mark.parametrize(
    "kept",
    [
        "<div class='commentary'>KEPT</div>", "<p style='font-size:0.9em'>KEPT</p>", "<p style='opacity:0.5'>KEPT</p>",
        "<div class='elementor-widget elementor-widget-text'><p>KEPT</p></div>", "<dl><dt>KEPT</dt></dl>",
        "<header><p>KEPT</p></header>", "<blockquote>KEPT</blockquote>", "<p><b>KE</b><i>PT</i></p>",
        "<details><summary>KEPT</summary></details>", "<figure><figcaption>KEPT</figcaption></figure>",
    ],
)  # fmt: skip
def test_what_only_looks_like_furniture_stays(kept):
    blocks, _, _ = blocks_of_html(f"<html><body><h1>Lead</h1><p>Before.</p>{kept}</body></html>")
    assert [block.text for block in blocks] == ["Lead", "Before.", "KEPT"]


def test_a_class_on_the_wrapper_of_the_whole_page_drops_nothing():
    blocks, _, _ = blocks_of_html("<body><div class='has-sidebar'><h1>Lead</h1><p>Ship it.</p></div></body>")
    assert [block.text for block in blocks] == ["Lead", "Ship it."]


def test_only_the_main_element_counts_when_it_holds_the_text():
    main = f"<main><h1>Lead</h1><p>{'Ship it. ' * 40}</p></main>"
    blocks, _, notes = blocks_of_html(f"<html><body><p>Menu</p>{main}<p>Imprint</p></body></html>")
    assert "Menu" not in text_of(blocks)
    assert "Imprint" not in text_of(blocks)
    assert [note.detail for note in notes] == ["everything outside <main> (12 characters): Menu Imprint"]


def test_a_fragment_has_no_furniture_but_may_hide_text():
    blocks, _, _ = blocks_of_html("<div class='related'>shown</div><p hidden>SECRET</p>", whole=True)
    assert text_of(blocks) == "shown"


def test_nested_lists_keep_their_levels():
    html = "<ul><li>one<ul><li>two<ol><li>three</li></ol></li></ul></li><li><p>four</p><p>still four</p></li></ul>"
    assert outline(blocks_of_html(html)[0]) == [
        ("item", "one", 0), ("item", "two", 1), ("item", "1. three", 2), ("item", "four", 0), ("item", "still four", 1),
    ]  # fmt: skip


def test_a_list_below_a_list_without_an_item_is_nested():
    blocks, _, _ = blocks_of_html("<ul><li>one</li><ul><li>two</li></ul></ul>")
    assert outline(blocks) == [("item", "one", 0), ("item", "two", 1)]


def test_text_that_stands_wrongly_in_a_list_is_not_lost():
    blocks, _, _ = blocks_of_html("<ul><p>intro</p><li>one</li>stray<div><li>two</li></div></ul>")
    assert [block.text for block in blocks] == ["intro", "one", "stray", "two"]


@pytest.mark.parametrize(
    ("table", "headers"),
    [
        ("<tr><th>K<th>V<tr><td>a<td>b", [True, False]),
        ("<thead><tr><td>K<td>V</thead><tr><td>a<td>b", [True, False]),
        ("<tr><td>K<td>V<tr><td>a<td>b<tr><td>c<td>d", [True, False, False]),
        ("<tr><td>a<td>b<tr><td>c<td>d", [False, False]),
        ("<tr><th>Owner<td>b<tr><th>Limit<td>d", [False, False]),
    ],
)
def test_header_rows(table, headers):
    rows = blocks_of_html(f"<table>{table}</table>")[0]
    assert [row.header for row in rows] == headers
    assert {row.kind for row in rows} == {BlockKind.ROW}
    assert all(row.text == f"| {' | '.join(row.cells)} |" for row in rows)


def test_cells_cannot_break_their_row():
    cell = "a|b<br>c<p>d</p><ul><li>e</li><li>f</li></ul>"
    (row,) = blocks_of_html(f"<table><tr><td>{cell}</td><td></td></tr></table>")[0]
    assert row.cells == ("a/b c d e; f", "")


def test_a_caption_is_not_lost():
    blocks, _, _ = blocks_of_html("<table><caption>Limits</caption><tr><td>a<td>b</table>")
    assert outline(blocks) == [("paragraph", "Limits", 0), ("row", "| a | b |", 0)]


def test_line_breaks_and_loose_text():
    blocks, _, _ = blocks_of_html("<body>loose <b>text</b><p>one<br>two</p>more</body>")
    assert outline(blocks) == [("paragraph", "loose text", 0), ("paragraph", "one\ntwo", 0), ("paragraph", "more", 0)]


# --- files that cannot be read ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why", "todo"),
    [
        (b"", "is empty", "Put text into it or remove it"),
        (b" \n\t\n", "is empty", "Put text into it or remove it"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a damaged PDF", "Export it again"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Office file", "Save it as .docx"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image", "Put it into a PDF"),
        (bytes(range(1, 32)) * 9, "is a binary file", "Save the document as .docx"),
        (zipped(a="hello"), "is a zip archive, but not a document", "Unpack it"),
        (word_file()[:3000], "is a damaged zip file", "Save the document again"),
        (repacked(word_file(), "word/document.xml", b"<w:doc"), "not a readable Word document", "Save it again"),
        (repacked(word_file(), "[Content_Types].xml", b"<a/>"), "not a readable Word document", "Save it again"),
        (b"[]", "is JSON that holds no text", "Put text into it"),
        (json.dumps(POST).encode()[:-3], "looks like JSON, but is damaged", "Export it again"),
        (json.dumps([POST]).encode()[:-1], "looks like JSON, but is damaged", "Export it again"),
        (b'{"content": {"rendered": ""}}', "is JSON that holds no text", "Put text into it"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(data, why, todo):
    with pytest.raises(UserError) as caught:
        read("team/plan.txt", data)
    message = str(caught.value)
    assert message.startswith("team/plan.txt ")
    assert why in message
    assert todo in message


def test_a_file_that_is_too_large_says_both_numbers():
    with pytest.raises(UserError, match=r"^big\.txt has 1,000,001 bytes; at most 1 MB are read\. Split it"):
        read("big.txt", b"x" * 1_000_001, IngestConfig(max_megabytes=1))


def test_a_word_file_that_unpacks_to_too_much_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/a", "w") as member:
        for _ in range(11):
            member.write(bytes(1_000_000))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(UserError, match=r"^bomb\.docx unpacks to over 10 MB: not read"):
        read("bomb.docx", out.getvalue(), IngestConfig(max_unpacked_megabytes=10))


def test_a_damaged_word_file_is_read_or_refused_but_never_breaks():
    data = word_file()
    for place in range(4, len(data), 199):
        for damaged in (data[:place], data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]):
            try:
                assert read("cv.docx", damaged).format == "docx"
            except UserError as error:
                assert str(error).startswith("cv.docx ")


def test_json_that_is_nested_without_end_is_text():
    assert read("deep.json", b"[" * 100_000).format == "text"


# --- encodings ----------------------------------------------------------------------------------------------------

SENTENCE = "The engineer’s résumé covers 2–5 years of café work and naïve models, “quoted” and paid £5 per hour. "


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(encoding):
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert decode("a.txt", mark + (SENTENCE * 3).encode(encoding)) == SENTENCE * 3


def test_an_encoding_that_cannot_be_told_still_gives_its_plain_letters():
    assert "plain letters" in decode("a.txt", b"plain letters \x81\x8d\x8f\x90\x9d and no more")


def test_a_very_short_text_in_a_legacy_encoding():
    assert decode("a.txt", "Café – naïve résumé".encode("cp1252")) == "Café – naïve résumé"


# --- plain text ---------------------------------------------------------------------------------------------------

NUMBERED = """Lead NLP Engineer: Role Blueprint

1) Role Summary

The role exists to ship language features.

2) Duties

First do this:

1. Plan the work with the team.
2. Ship the work.
3. Measure it.

3) Decision Rights

| Decision | Steps |
|---|---|
| Hiring | 1) ask 2) decide 3) tell |

4) Career Path

- Staff engineer
"""


def test_numbered_headings_are_told_from_numbered_items_and_from_cells():
    blocks = blocks_of(NUMBERED)
    headings = [(b.text, b.level) for b in blocks if b.kind is BlockKind.HEADING]
    assert headings == [
        ("Lead NLP Engineer: Role Blueprint", 0), ("1) Role Summary", 1), ("2) Duties", 1), ("3) Decision Rights", 1),
        ("4) Career Path", 1),
    ]  # fmt: skip
    items = [b.text for b in blocks if b.kind is BlockKind.ITEM]
    assert items == ["1. Plan the work with the team.", "2. Ship the work.", "3. Measure it.", "- Staff engineer"]
    rows = [(b.cells, b.header) for b in blocks if b.kind is BlockKind.ROW]
    assert rows == [(("Decision", "Steps"), True), (("Hiring", "1) ask 2) decide 3) tell"), False)]


def test_a_numbered_list_alone_makes_no_headings():
    blocks = blocks_of("Do this:\n1. Plan the work\n2. Ship the work\n3. Measure the work\n")
    assert [b.kind for b in blocks] == [BlockKind.PARAGRAPH, *[BlockKind.ITEM] * 3]


def test_bullets_alone_on_their_line_or_left_at_its_end_join_their_text():
    blocks = blocks_of("- one\n-\n\ntwo\n- three -\nfour")
    assert [(b.kind, b.text) for b in blocks] == [(BlockKind.ITEM, f"- {n}") for n in ("one", "two", "three", "four")]


def test_a_lone_thai_vowel_is_mended_before_lines_are_judged():
    raw = read("a.txt", "Duties\n\n- 2\u0e425 years, it\u0e42s enough\n".encode())
    assert raw.blocks[-1].text == "- 2–5 years, it’s enough"
    assert [note.step for note in raw.notes] == ["restore_lost_punctuation"]


def test_indented_bullets_are_nested():
    blocks = blocks_of("- one\n    - two\n        - three\n- four")
    assert [b.level for b in blocks] == [0, 1, 2, 0]


def test_a_short_line_before_a_list_is_a_subheading_in_a_spaced_text():
    blocks = blocks_of("Some opening words that say what it is all about.\n\nDaily work\n\n- one\n- two\n")
    assert outline(blocks)[1] == ("heading", "Daily work", 1)


def test_a_sentence_before_the_first_heading_is_not_the_title() -> None:
    head = "Data Steward\n\nVersion 2, approved by HR in May.\n\n"
    body = "1) Role Summary\n\nKeeps data.\n\n2) Mission\n\nOrder.\n\n3) Tools\n\nSQL.\n"
    raw = read("steward.txt", (head + body).encode())
    titles = [block.text for block in raw.blocks if block.level == 0 and block.kind is BlockKind.HEADING]
    assert titles == ["Data Steward"]
    assert any(block.text.startswith("Version 2") for block in raw.blocks)
