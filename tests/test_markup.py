"""HTML and Markdown in detail: rows that can be read alone, headings that are none by name, furniture, dead pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import IngestConfig, UserError
from ingest.markup import blocks_of_html
from ingest.readers.plain import read_markdown
from ingest.readers.web import read_html

LIMITS = IngestConfig()
PROSE = "We look for a steward who keeps our data in order and tells us when it is not. " * 9


def outline(html: str, *, whole: bool = True):
    return [(b.kind.value[:4], b.text, b.level) for b in blocks_of_html(html, whole=whole)[0]]


def texts(html: str):
    return [block.text for block in blocks_of_html(html, whole=True)[0]]


def test_spans_are_spread_so_that_every_row_can_be_read_alone():
    table = (
        "<table><tr><th rowspan=2>KPI<th colspan=2>Target<tr><th>2024<th>2025"
        "<tr><td rowspan=2>Recall<td>90<td>95<tr><td colspan=2>high</table>"
    )
    assert texts(table) == ["| KPI | Target 2024 | Target 2025 |", "| Recall | 90 | 95 |", "| Recall | high | high |"]


def test_a_row_over_the_whole_width_is_shown_once():
    table = "<table><tr><th>K<th>V<tr><td colspan=2>Group<tr><td>a<td>b</table>"
    assert texts(table) == ["| K | V |", "| Group |", "| a | b |"]


@pytest.mark.parametrize(
    "table",
    [
        "<table role=presentation><tr><td>one<td>two</table>",
        "<table><tr><td>one<tr><td>two</table>",
        "<table><tr><td><h2>one</h2><td>two</table>",
        "<table><tr><td>one<td><table><tr><td>two</table></table>",
    ],
)
def test_a_table_that_only_arranges_the_page_is_none(table):
    found = outline(table)
    assert [text for _, text, _ in found] == ["one", "two"]
    assert "row" not in {kind for kind, _, _ in found}


def test_a_wild_span_does_not_explode():
    assert len(texts("<table><tr><td colspan=999999999 rowspan=99999999>a<td>b</table>")[0]) < 2000


def test_definition_lists_are_pairs():
    assert outline("<dl><dt>Lead<dd>leads<dt>Head<dd>heads</dl>") == [
        ("item", "Lead", 0), ("item", "leads", 1), ("item", "Head", 0), ("item", "heads", 1),
    ]  # fmt: skip


def test_numbered_lists_keep_their_numbers():
    html = "<ol start=3><li>c<ol type=a><li>x<li>y</ol><li value=7>g<li>h</ol>"
    assert texts(html) == ["3. c", "a. x", "b. y", "7. g", "8. h"]


def test_headings_by_role_and_by_bold_lines():
    html = "<h2>Lead</h2><p><b>Duties</b></p><p>Ships.</p><p><strong>Pay</strong><br>Good.</p>"
    html += "<div role=heading aria-level=3>End</div>"
    assert outline(html) == [
        ("head", "Lead", 2), ("head", "Duties", 3), ("para", "Ships.", 0), ("head", "Pay", 3), ("para", "Good.", 0),
        ("head", "End", 3),
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["<b>Ship it now.</b>", "<b>Ship</b> it", "<b>" + "long " * 30 + "</b>"])
def test_bold_text_that_heads_nothing_is_a_paragraph(line):
    assert outline(f"<p>{line}</p><p>Text.</p>")[0][0] == "para"


def test_two_bold_lines_after_another_are_no_headings():
    assert [kind for kind, _, _ in outline("<p><b>One</b></p><p><b>Two</b></p>")] == ["para", "para"]


@pytest.mark.parametrize(
    ("html", "levels"),
    [
        ("<p><b>Aim:</b><br>To ship.</p><p><b>Results:</b> – Ships.</p>", [0, 0, 0]),
        ("<p><b>Aim:</b><br>To ship.</p><p><b>Why:</b><br>We must.</p><p><b>Results:</b> Ships.</p>", [0] * 5),
        ("<p><b>Aim:</b><br>To ship.</p><h3>So</h3><p><b>Results:</b> Ships.</p>", [3, 0, 3, 0]),  # another section
        ("<p><b>Aim:</b><br>To ship.</p><p><b>Results:</b><br>Ships.</p>", [3, 0, 3, 0]),  # alike
        ("<p><b>Aim:</b></p><p>To ship.</p><p><b>Pay:</b> good</p>", [3, 0, 0]),  # a paragraph of its own
        ("<p><b>Aim</b><br>To ship.</p><p><b>Pay:</b> good</p>", [3, 0, 0]),  # no label
        ("<p><b>Pay:</b> good</p><p><b>Aim:</b><br>To ship.</p>", [0, 3, 0]),  # it swallows nothing
        ("<p><b>Aim:</b><br>To ship.</p><p><b>We</b> ship: now.</p>", [3, 0, 0]),
    ],
)  # fmt: skip
def test_labels_of_one_section_are_headings_together_or_not_at_all(html, levels):
    assert [level for _, _, level in outline(f"<h2>Lead</h2>{html}")] == [2, *levels]


@pytest.mark.parametrize(
    ("lines", "levels"),
    [
        (("Terms", "Article (1)"), [3, 4]),
        (("Part II.", "Fines"), [3, 4]),
        (("Terms", "§ 3.1"), [3, 4]),
        (("Anna Berg", "Mayor of the Town"), [0, 3]),
        (("We sort.", "Article (1)"), [0, 3]),  # a sentence
        (("Order", "Terms", "Article (1)"), [0, 0, 3]),
        (("Article 1", "Article 2"), [0, 3]),
        (("Terms", "Articles on Fines 1"), [0, 3]),
    ],
)
def test_a_title_and_its_number_in_two_bold_lines_are_headings_both(lines, levels):
    html = "".join(f"<p><b>{line}</b></p>" for line in lines)
    found = outline(f"<h2>Law</h2>{html}<p>Text.</p>{html}<p>Text.</p>")
    assert [(text, level) for _, text, level in found[1:]] == [*zip(lines, levels, strict=True), ("Text.", 0)] * 2


@pytest.mark.parametrize("quoted", ["<h2>Note</h2>", "<h2><a href=x>Note</a></h2>", "<p><b>Note</b></p>"])
def test_a_quoted_heading_opens_no_section(quoted):
    page = f"<h1>Lead</h1><p>{PROSE}</p><blockquote>{quoted}<p>Quoted.</p></blockquote><p>After.</p>"
    assert outline(page)[2:] == [("para", "Note", 0), ("para", "Quoted.", 0), ("para", "After.", 0)]


def test_quotations_that_indent_the_whole_page_keep_its_headings():
    inner = "<blockquote><h3>More</h3>So.</blockquote>"
    page = f"<h1>Lead</h1><blockquote><h2>Duties</h2><p>{PROSE}</p>{inner}</blockquote>"
    assert [level for kind, _, level in outline(page) if kind == "head"] == [1, 2, 3]


@pytest.mark.parametrize("tag", ["pre", "code", "pre><code", "samp"])
def test_references_in_code_are_its_subject(tag):
    close = "></".join(tag.split("><")[::-1])
    html = f"<{tag}>&amp;copy; &amp;amp;</{close}><p>R&amp;amp;D</p><table><tr><td>A&amp;amp;B<td>x</table>"
    blocks, _, notes = blocks_of_html(html, whole=True)
    assert [block.text for block in blocks] == ["&copy; &amp;", "R&D", "| A&B | x |"]
    assert [(note.step, note.count) for note in notes] == [("resolve_entities", 2)]


def test_code_keeps_its_lines_and_boxes_their_ticks():
    assert texts("<pre>a\n  b</pre><ul><li><input type=checkbox checked>done</ul>") == ["a\n  b", "[x] done"]


def test_navigation_above_the_text_goes_with_a_note():
    links = "".join(f"<li><a href=#>Menu {n}</a>" for n in range(5))
    blocks, _, notes = blocks_of_html(f"<body><ul>{links}</ul><h1>Lead</h1><p>{PROSE}</p><ul>{links}</ul></body>")
    assert [b.text for b in blocks[:2]] == ["Lead", PROSE.strip()]
    assert len(blocks) == 7  # the list below the text may be a part of it
    assert [(note.step, note.detail[:20]) for note in notes] == [("drop_html", "links above the text")]


def test_a_form_around_the_whole_page_is_no_furniture():
    assert outline(f"<body><form><h2>Lead</h2><p>{PROSE}</p></form></body>", whole=False)[0] == ("head", "Lead", 2)


def test_a_teaser_that_calls_itself_an_article_is_not_the_page():
    page = f"<body><div><p>{PROSE * 5}</p></div><article>{'Teaser. ' * 30}</article></body>"
    assert outline(page, whole=False)[0][1] == (PROSE * 5).strip()


@pytest.mark.parametrize("tag", ["div", "ul", "li", "table", "span", "blockquote", "b", "h2"])
def test_a_page_nested_without_end_is_read(tag):
    blocks, _, _ = blocks_of_html(f"<p>top</p>{f'<{tag}>' * 20_000}deep{f'</{tag}>' * 20_000}<p>after</p>")
    assert [block.text for block in blocks] == ["top", "deep", "after"]
    assert max(block.level for block in blocks) <= 200


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("<html><body><script>draw()</script></body></html>", "shows no text"),
        ("<html><body><nav>Home</nav><p hidden>x</p></body></html>", "left out: furniture"),
        ("<html><frameset><frame src='menu.html'><frame src=a.html></frameset></html>", "menu.html, a.html"),
    ],
)
def test_a_page_without_text_says_so(page, why):
    with pytest.raises(UserError, match=r"^dead\.html is a (?:web )?page") as caught:
        read_html("dead.html", page.encode(), LIMITS)
    assert why in str(caught.value)


ADVERT = (
    '<html lang="en"><head><title>Steward | Jobs at ACME</title><script type="application/ld+json">{"@graph": ['
    '{"@type": "JobPosting", "title": "Steward", "datePosted": "2024-03-01", "hiringOrganization": {"@type": '
    '"Organization", "name": "ACME"}, "baseSalary": {"currency": "GBP", "value": 50000}, '
    '"description": "<h2>Duties</h2><p>%s</p>"}]}</script></head>'
)


def test_an_advert_that_a_script_fills_in_is_read_from_its_data():
    reading = read_html("a.html", f"{ADVERT % PROSE}<body><h1>Steward</h1></body></html>".encode(), LIMITS)
    assert reading.title == "Steward"
    assert ("published", "2024-03-01") in reading.facts
    found = [block.text for block in reading.blocks]
    assert {"| hiringOrganization | ACME |", "| baseSalary | GBP 50000 |", "Duties", PROSE.strip()} <= set(found)


def test_an_advert_that_shows_its_text_is_read_from_the_page_alone():
    page = f"{ADVERT % PROSE}<body><h1>Steward</h1><p>{PROSE}</p></body></html>"
    reading = read_html("a.html", page.encode(), LIMITS)
    assert [block.text for block in reading.blocks] == ["Steward", PROSE.strip()]
    assert any(note.step == "job_posting" and "GBP 50000" in note.detail for note in reading.notes)


WORDS = st.text("abcde fgh", min_size=1, max_size=20).filter(str.strip)
TAGS = st.sampled_from("p div li ul span b td tr table h2 section dl dd pre a".split())


def element(inner):
    return st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4))


@given(st.recursive(WORDS, element))
def test_every_letter_of_a_fragment_is_in_its_blocks(html):
    from bs4 import BeautifulSoup

    shown = "".join(text for text in BeautifulSoup(html, "lxml").stripped_strings)
    found = "".join(block.text for block in blocks_of_html(html, whole=True)[0])
    assert "".join(filter(str.isalnum, found)) == "".join(filter(str.isalnum, shown))


# --- Markdown -----------------------------------------------------------------------------------------------------


def markdown(text: str):
    return [(b.kind.value[:4], b.text, b.level) for b in read_markdown("a.md", text.encode(), LIMITS).blocks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lead\n====\n\nText", [("head", "Lead", 1), ("para", "Text", 0)]),
        ("##Duties\n\nText", [("head", "Duties", 2), ("para", "Text", 0)]),
        ("#channel is ours", [("para", "#channel is ours", 0)]),
        ("Term\n: meaning", [("item", "Term", 0), ("item", "meaning", 1)]),
        ("Say[^1].\n\n[^1]: source", [("para", "Say[^1].", 0), ("para", "[^1]: source", 0)]),
        ("- [ ] open\n- [x] done", [("item", "[ ] open", 0), ("item", "[x] done", 0)]),
        ("Use <instance name> here", [("para", "Use <instance name> here", 0)]),
        (":::note Mind\nShip it.\n:::", [("para", "Mind", 0), ("para", "Ship it.", 0)]),
        ("<!-- x -->\n\n<details><summary>More</summary>\n\nA\n\n</details>", [("para", "More", 0), ("para", "A", 0)]),
        ("[Lead](https://example.org/x)", [("para", "Lead", 0)]),
        ("    &copy; 2004\n\nR&amp;amp;D `&lt;` &copy;", [("para", "&copy; 2004", 0), ("para", "R&D &lt; ©", 0)]),
    ],
)  # fmt: skip
def test_markdown_and_its_dialects(text, expected):
    assert markdown(text) == expected


def test_a_link_target_goes_with_a_note():
    (note,) = read_markdown("a.md", b"[Lead](https://example.org/x)", LIMITS).notes
    assert (note.step, note.count, note.detail) == ("drop_link_target", 1, "https://example.org/x")


def test_front_matter_becomes_facts_and_notes():
    text = b"---\ntitle: Lead\ndate: 2024-03-01\naudience: managers\nlang: en\nweight: 3\n---\n# Lead\n\nShip it.\n"
    reading = read_markdown("a.md", text, LIMITS)
    stated = {"title": "Lead", "published": "2024-03-01", "audience": "managers", "language": "en"}
    assert dict(reading.facts) == stated
    assert [note.detail for note in reading.notes] == ["weight: 3"]
    assert [block.text for block in reading.blocks] == ["Lead", "Ship it."]


def test_org_and_restructured_text_keep_headings_lists_and_tables():
    org = b"#+title: Roles\n* Lead\n** Duties\n- Ship\n| K | V |\n|---+---|\n| a | b |\n"
    reading = read_markdown("a.org", org, LIMITS)
    assert (reading.format, reading.title) == ("org", "Roles")
    assert [b.text for b in reading.blocks] == ["Lead", "Duties", "Ship", "| K | V |", "| a | b |"]
    rst = b"Lead\n====\n\nDuties\n------\n\n- Ship :term:`it`\n\n.. note:: Mind the gap.\n"
    reading = read_markdown("a.rst", rst, LIMITS)
    assert reading.format == "rst"
    found = [(b.text, b.level) for b in reading.blocks]
    assert found == [("Lead", 1), ("Duties", 2), ("Ship it", 0), ("Mind the gap.", 0)]


RST = "Lead\n====\n\n.. _lead:\n\n"


def rst(text: str):
    reading = read_markdown("a.rst", f"{RST}{text}".encode(), LIMITS)
    assert reading.format == "rst"
    return [(b.kind.value[:4] + "*" * b.header, b.text) for b in reading.blocks[1:]], reading.notes


@pytest.mark.parametrize(
    "table",
    [
        "====  ====\nName  Room\n====  ====\nAnna  12\n      b\n\nBen   14|5\n====  ====\n",
        "+------+------+\n| Name | Room |\n+======+======+\n| Anna | 12   |\n|      | b    |\n+------+------+\n"
        "| Ben  | 14|5 |\n+------+------+\n",
        ".. csv-table::\n   :header: Name, Room\n   :widths: 3, 4\n\n   Anna, 12 b\n   Ben, \"14|5\"\n",
        ".. csv-table::\n\t:header-rows: 1\n\n\tName; Room\n\tAnna; 12 b\n\tBen; 14|5\n".replace(
            ":header-rows: 1", ":header-rows: 1\n\t:delim: ;"),
        ".. list-table::\n   :header-rows: 1\n\n   * - Name\n     - Room\n   * - Anna\n     - 12\n       b\n"
        "   * - Ben\n     - 14|5\n",
    ],
)  # fmt: skip
def test_tables_of_restructured_text_are_rows_with_a_note(table):
    blocks, notes = rst(f"Before.\n\n{table}\nAfter.\n")
    rows = [("row*", "| Name | Room |"), ("row", "| Anna | 12 b |"), ("row", "| Ben | 14/5 |")]
    assert blocks == [("para", "Before."), *rows, ("para", "After.")]
    assert [note.count for note in notes if note.step == "read_rst_table"] == [1]


def test_spans_of_restructured_text_and_a_table_without_names():
    grid = "+---+---+---+\n| a | b | c |\n+---+---+---+\n| d     | e |\n+---+---+ f +\n| g | h |   |\n+---+---+---+\n"
    assert rst(grid)[0] == [("row", "| a | b | c |"), ("row", "| d | d | e f |"), ("row", "| g | h | e f |")]
    simple = "===  ===\n  Ins\n--------\nA    B\n===  ===\n1    2\n===  ===\n"
    assert rst(simple)[0] == [("row*", "| Ins A | Ins B |"), ("row", "| 1 | 2 |")]
    assert rst(".. csv-table:: Pens\n\n   Pen, 2\n")[0] == [("para", "Pens"), ("row", "| Pen | 2 |")]


@pytest.mark.parametrize(
    "text",
    [
        "So::\n\n  ====  ====\n  a     b\n  ====  ====\n",  # an example
        ".. code:: rst\n\n   +---+---+\n   | a | b |\n   +---+---+\n",
        "====  ====\nno end\n",
        "1 + 2 + 3\n",
        "+---+---+\n| a | b | c\n+---+---+\n",  # a line over the edge
        "+---+---+\n| a | b |\n",
        ".. csv-table:: Pens\n   :file: pens.csv\n",
        ".. list-table:: Pens\n\n   Soon.\n",
    ],
)
def test_what_only_looks_like_a_table_of_restructured_text_stays_text(text):
    blocks, notes = rst(text)
    assert not any(kind.startswith("row") for kind, _ in blocks)
    assert not [note for note in notes if note.step == "read_rst_table"]


def test_doctests_keep_their_prompts_and_directives_their_titles_alone():
    text = ".. doctest:: ignored\n\n   >>> f(*a, *b)\n   'r'\n\n>>> 1\n1\n\n.. note:: Mind it.\n\na >>> b\n"
    assert rst(text)[0] == [
        ("para", ">>> f(*a, *b)\n'r'"), ("para", ">>> 1\n1"), ("para", "Mind it."), ("para", "a >>> b"),
    ]  # fmt: skip
