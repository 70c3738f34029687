"""Pages as they are found: many vacancies on one page, paging, code, lists that lost their marks; and what is near."""

from __future__ import annotations

import pytest

from config import IngestConfig
from ingest.identity import name_document
from ingest.markup import blocks_of_html
from ingest.readers import read
from ingest.readers.outline import outline as outlined
from ingest.readers.plain import read_markdown
from ingest.structure import structure

SAYS = "keeps the hives of the county in good order, counts the bees and answers the questions of the public."


def outline(html: str, *, whole: bool = False):
    return [(b.kind.value[:4], b.text, b.level) for b in blocks_of_html(f"<body>{html}</body>", whole=whole)[0]]


def markdown(text: str):
    return [(b.kind.value[:4], b.text) for b in read_markdown("a.md", text.encode(), IngestConfig()).blocks]


def titled(source: str, text: str):
    reading = read(source, text.encode())
    title, _, blocks = name_document(source, reading.title, reading.blocks)
    return title, [section.heading for section in structure(blocks).sections]


# --- entries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead", "name"),
    [
        ("<strong>Clerk, Pine County</strong> — {}", "Clerk, Pine County"),
        ("<a href=x>Clerk</a>, Pine County, Va.— {}", "Clerk, Pine County, Va."),
        ("<b><a href=x>Clerk II</a>, Pine County</b>– {}", "Clerk II, Pine County"),
        ("<a href=x>Clerk</a>, Pine County–{}", "Clerk, Pine County"),
        ("<a href=x>Clerk (Pine, VA) – Hives Ltd</a> — {}", "Clerk (Pine, VA) – Hives Ltd"),
    ],
)
def test_vacancies_on_one_page_have_headings_of_their_own(lead, name):
    entry = f"<p>{lead.format(SAYS)} <strong>Salary:</strong> $20 – $25.</p>"
    found = outline(f"<h2>Jobs</h2>{entry * 3}", whole=True)
    assert found == [("head", "Jobs", 2), *[("head", name, 3), ("para", f"{SAYS} Salary: $20 – $25.", 0)] * 3]


def test_a_vacancy_with_a_colon_among_others_is_not_a_part_of_the_one_above():
    entry = f"<p><a href=x>Clerk</a>, Pine County — {SAYS}</p>"
    found = outline(f"{entry * 3}<p><a href=x>Bee Keeper</a>, Hives: {SAYS}</p>", whole=True)
    assert [text for kind, text, _ in found if kind == "head"] == ["Clerk, Pine County"] * 3 + ["Bee Keeper, Hives"]


@pytest.mark.parametrize(
    "paragraphs",
    [
        f"<p><b>Clerk</b> — {SAYS}</p>" * 2,  # two may be chance
        f"<p><b>Salary:</b> $20 – {SAYS}</p>" * 3,  # fields
        f"<p><b>When</b>: {SAYS}</p>" * 3,
        f"<p>Clerk — {SAYS}</p>" * 3,  # nothing marks the name
        "<p><b>Artifacts</b> – plans of the hives – maps of the meadows – lists of flowers, by month</p>" * 3,
        f"<p><b>Raw Tables - Blue</b> These – {SAYS}</p>" * 3,
        "<p><b>Iowa</b> — bees</p>" * 3,  # lines, no entries
        f"<p><b>So all bees of a county are to be told one by one by us all</b> — {SAYS}</p>" * 3,
        f"<p><b>$20</b> – $25 {SAYS}</p>" * 3,
    ],
)  # fmt: skip
def test_what_only_looks_like_entries_stays_as_it_is(paragraphs):
    assert {kind for kind, _, _ in outline(paragraphs, whole=True)} == {"para"}


# --- furniture of single pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "furniture",
    [
        "<div><a href=x>Previous Weekly <span></span></a> <a href=y>Next Weekly</a></div>",
        "<div><a href=x class='button next'>Next Weekly</a></div>",
        "<p><a href=x>« previous</a> | <a href=y>next »</a></p>",
        "<p><a href=y>next »</a></p>",
        "<div><span>&lt;</span><span>&gt;</span></div>",
        "<div><h3>Previous Weeklies</h3><div><div><h4>Jan 3</h4>2019<a href=x></a></div></div></div>",
        "<ul>" + "".join(f"<li><a href=x>May {day}, 2020</a></li>" for day in (1, 2, 3)) + "</ul>",
    ],
)
def test_paging_goes_with_a_note(furniture):
    blocks, _, notes = blocks_of_html(f"<body><h1>Bees</h1>{furniture}<p>{SAYS}</p></body>")
    assert [block.text for block in blocks] == ["Bees", SAYS]
    assert [note.step for note in notes] == ["drop_html"]


@pytest.mark.parametrize(
    "kept",
    [
        "<p><a href=x>Next steps</a></p>",
        "<p>See the <a href=x>next page</a></p>",
        "<p><a href=x>Previous</a> jobs</p>",
        "<p>✓</p>",
        "<div><h3>Previous jobs</h3><p>Clerk, 2019</p></div>",
        "<p>Reports of 2019 and <a href=x>2020</a></p>",
    ],
)
def test_what_only_looks_like_paging_stays(kept):
    assert len(outline(f"<h1>Bees</h1><p>{SAYS}</p>{kept}")) > 2


def test_paging_in_markdown():
    assert markdown("# Bees\n\n[« previous](a.md) | [next »](b.md)\n\nBuzz.") == [("head", "Bees"), ("para", "Buzz.")]


def test_a_heading_that_is_repeated_with_its_number_stands_once():
    html = "<h2>Updates</h2><p><b>III. Updates</b></p><p>One.</p><h2>Law</h2><h3>Law and order</h3><p>Two.</p>"
    found = outline(html, whole=True)
    assert [(text, level) for kind, text, level in found if kind == "head"] == [
        ("III. Updates", 2), ("Law", 2), ("Law and order", 3),
    ]  # fmt: skip


# --- code ---------------------------------------------------------------------------------------------------------


def test_code_keeps_its_indentation():
    code = "limits:\n  - id: prod\n    cpu:  1\n}"
    assert markdown(f"# Tool\n\n```yaml\n{code}\n```\n")[1] == ("para", code)
    assert outline(f"<div>\n  <pre>\n    {code.replace(chr(10), chr(10) + '    ')}</pre></div>")[0][1] == code
    assert outline("<p>two\n    words  here</p>")[0][1] == "two words here"


# --- Markdown -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You will:\nCount bees\nFeed them all\n\nEnd.",
         [("para", "You will:"), ("item", "Count bees"), ("item", "Feed them all"), ("para", "End.")]),
        ("You will:\n\nCount bees\nFeed them.\nSell honey",
         [("para", "You will:"), ("item", "Count bees"), ("item", "Feed them."), ("item", "Sell honey")]),
        ("- Salary: see below\nNote: not all of it", [("item", "Salary: see below"), ("para", "Note: not all of it")]),
        ("Count the bees\nNote: they sting", [("para", "Count the bees"), ("para", "Note: they sting")]),
        ("> [!WARNING]\n> They sting.", [("para", "Warning: They sting.")]),
        ("> [!NOTE] They sting.", [("para", "Note: They sting.")]),
    ],
)  # fmt: skip
def test_marks_that_markdown_has_lost_or_does_not_know(text, expected):
    assert markdown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It is so:\nThe clerk counts\nand the bees are counted.",
        "It is so:\nThe clerk counts, as in all\nCounties, the bees.",
        "It is so:\nOne line",
        "We keep the hives of all the counties in the best of order, say the\nRules: they are old.",
        "See [!NOTE] in the text",
    ],
)
def test_wrapped_prose_stays_one_paragraph(text):
    assert [kind for kind, _ in markdown(text)] == ["para"]


def test_what_looks_like_a_lost_list_in_code_stays():
    assert markdown("```\nName:\nAlpha\nBeta\n```") == [("para", "Name:\nAlpha\nBeta")]


# --- titles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text", "title", "headings"),
    [
        ("delete_steps.md", "# Remove a Server\n\nNow.\n\n## How\n\nSo.\n\n# FAQ\n\nNone.", "Remove a Server",
         [(), ("How",), ("FAQ",)]),
        ("a/index.md", "# Honey + Bees.com\n\nNow.", "Honey + Bees.com", [()]),
        ("bees/cloud-cost.md", "# Cloud Cost Policy\n\nNow.\n\n# Requirements\n\nSome.", "Cloud Cost Policy",
         [(), ("Requirements",)]),
        ("bee-team/README.md", "Buzz, said the bees to all who came to them.", "Bee team", [()]),
    ],
)  # fmt: skip
def test_a_first_heading_is_the_title_though_others_are_its_equals(source, text, title, headings):
    assert titled(source, text) == (title, headings)


@pytest.mark.parametrize(
    ("source", "text", "title"),
    [
        ("partner.md", "# Summary\n\nNow.\n\n## Who\n\nWe.\n\n# Duties\n\nMany.", "Partner"),
        ("hive.md", "## Bees\n\nBuzz.\n\n## Wasps\n\nSting.", "Hive"),
        ("hive.md", "# One\n\n## A\n\nx\n\n# Two\n\nx\n\n# Three\n\nx\n\n# Four\n\nx\n\n# Five\n\nx", "Hive"),
    ],
)
def test_a_section_is_not_the_title(source, text, title):
    found, headings = titled(source, text)
    assert found == title
    assert () not in headings


def test_of_several_roles_on_one_level_none_is_the_whole():
    _, headings = titled("frame.md", "# Bee Keeper\n\n## Duties\n\nKeeps.\n\n# Bee Inspector\n\n## Duties\n\nLooks.")
    assert headings[0] == ("Bee Keeper",)


# --- outlines -----------------------------------------------------------------------------------------------------


def test_items_that_hold_semicolons_are_told_apart_in_a_cell():
    oven = {"name": "Oven", "examples": ["Knows ovens; also mixers", "Cleans"]}
    rows = [oven, {"name": "Flour", "examples": ["Weighs", "Sifts"]}]
    assert [block.text for block in outlined(rows)[1]][1:] == [
        "| Oven | Knows ovens; also mixers • Cleans |", "| Flour | Weighs; Sifts |",
    ]  # fmt: skip
