"""Word documents: built by python-docx, with the parts that it cannot write put in as XML."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st
from test_readers import outline, repacked

from config import IngestConfig
from ingest.readers.word import read_docx
from ingest.records import Block, BlockKind, Reading

LIMITS = IngestConfig()


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def reading(document) -> Reading:
    return read_docx("role.docx", saved(document), LIMITS)


def xml(text: str):
    return parse_xml(text.replace("{w}", nsdecls("w")))


def rows(read: Reading) -> list[tuple[bool, tuple[str, ...]]]:
    return [(block.header, block.cells) for block in read.blocks if block.kind is BlockKind.ROW]


def dropped(read: Reading) -> dict[str, int]:
    return {note.detail: note.count for note in read.notes if note.step == "drop_docx"}


# --- headings -----------------------------------------------------------------------------------------------------


def test_headings_by_style_by_outline_level_and_by_base_style():
    document = docx.Document()
    document.add_paragraph("Data Lead", style="Title")
    document.add_heading("Mission", 1)
    own = document.styles.add_style("Abschnitt", WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = document.styles["Heading 2"]
    document.add_paragraph("Aufgaben", style="Abschnitt")
    local = document.styles.add_style("Überschrift X", WD_STYLE_TYPE.PARAGRAPH)  # no base, but an outline level
    local.element.get_or_add_pPr().append(xml('<w:outlineLvl {w} w:val="2"/>'))
    document.add_paragraph("Ziele", style="Überschrift X")
    direct = document.add_paragraph("Risks")
    direct._p.get_or_add_pPr().append(xml('<w:outlineLvl {w} w:val="0"/>'))
    body = document.add_paragraph("Only body text", style="Heading 3")
    body._p.get_or_add_pPr().append(xml('<w:outlineLvl {w} w:val="9"/>'))
    assert outline(reading(document).blocks) == [
        ("heading", "Data Lead", 0), ("heading", "Mission", 1), ("heading", "Aufgaben", 2), ("heading", "Ziele", 3),
        ("heading", "Risks", 1), ("paragraph", "Only body text", 0),
    ]  # fmt: skip


def test_bold_and_large_lines_are_headings_only_where_no_style_says_so():
    document = docx.Document()
    large = document.add_paragraph()
    large.add_run("Data Lead").font.size = Pt(20)
    document.add_paragraph("Leads the data team in all of its daily work.")
    for title in ("Duties", "Skills"):
        document.add_paragraph().add_run(title).bold = True
        document.add_paragraph("Plan the work and see to it that it is done.")
        document.add_paragraph("Talk to those who need the results.")
    found = outline(reading(document).blocks)
    assert [(text, level) for kind, text, level in found if kind == "heading"] == [
        ("Data Lead", 1), ("Duties", 2), ("Skills", 2),
    ]  # fmt: skip
    document.add_heading("Contact", 1)
    assert [text for kind, text, _ in outline(reading(document).blocks) if kind == "heading"] == ["Contact"]


# --- lists --------------------------------------------------------------------------------------------------------

LEVEL = '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'


def with_numbering(document, levels: list[tuple[str, str]]) -> str:
    """Add a numbering definition to the document; its instance's id."""
    numbering = document.part.numbering_part.element
    inner = "".join(LEVEL.format(depth, form, text) for depth, (form, text) in enumerate(levels))
    numbering.insert(0, xml(f'<w:abstractNum {{w}} w:abstractNumId="90">{inner}</w:abstractNum>'))
    numbering.append(xml('<w:num {w} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    return "90"


def listed(document, text: str, instance: str, level: int, style: str | None = None):
    paragraph = document.add_paragraph(text, style=style)
    settings = f'<w:numPr {{w}}><w:ilvl w:val="{level}"/><w:numId w:val="{instance}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(xml(settings))
    return paragraph


def test_lists_by_numbering_with_their_nesting_and_their_numbers():
    document = docx.Document()
    own = with_numbering(document, [("decimal", "%1."), ("lowerLetter", "%2)"), ("decimal", "%1.%2.%3")])
    for text, level in (("plan", 0), ("budget", 1), ("people", 1), ("deep", 2), ("ship", 0), ("again", 1)):
        listed(document, text, own, level)
    listed(document, "no list", "0", 0)
    assert outline(reading(document).blocks) == [
        ("item", "1. plan", 0), ("item", "a) budget", 1), ("item", "b) people", 1), ("item", "1.b.1 deep", 2),
        ("item", "2. ship", 0), ("item", "a) again", 1), ("paragraph", "no list", 0),
    ]  # fmt: skip


def test_bullets_show_no_number_and_headings_show_theirs():
    document = docx.Document()
    bullets = with_numbering(document, [("bullet", "\uf0b7"), ("decimal", "%2.")])
    listed(document, "plain", bullets, 0, "List Paragraph")
    listed(document, "Duties", bullets, 1, "Heading 1")
    assert outline(reading(document).blocks) == [("item", "plain", 0), ("heading", "1. Duties", 1)]


def test_typed_bullets_are_items():
    document = docx.Document()
    document.add_paragraph("• plan")
    document.add_paragraph("Duties:\n- plan\n- ship")
    document.add_paragraph("– a – b – c")  # the structure step splits it
    assert outline(reading(document).blocks) == [
        ("item", "plan", 0), ("paragraph", "Duties:", 0), ("item", "plan", 0), ("item", "ship", 0),
        ("paragraph", "– a – b – c", 0),
    ]  # fmt: skip


# --- tables -------------------------------------------------------------------------------------------------------


def table(document, *lines: tuple[str, ...]):
    made = document.add_table(len(lines), len(lines[0]))
    for row, line in zip(made.rows, lines, strict=True):
        for cell, text in zip(row.cells, line, strict=True):
            cell.text = text
    return made


def test_merged_cells_stand_once_in_a_row_and_labels_in_each_of_theirs():
    document = docx.Document()
    made = table(document, ("Role", "KPI", "Target"), ("Lead", "Recall", "90%"), ("", "Cost", "5%"), ("all", "", "x"))
    made.cell(1, 0).merge(made.cell(2, 0))
    made.cell(3, 0).merge(made.cell(3, 1))
    assert rows(reading(document)) == [
        (True, ("Role", "KPI", "Target")), (False, ("Lead", "Recall", "90%")), (False, ("Lead", "Cost", "5%")),
        (False, ("all", "", "x")),
    ]  # fmt: skip


def test_a_marked_header_row_counts_and_a_form_has_none():
    document = docx.Document()
    made = table(document, ("1", "2"), ("a", "b"))
    made.rows[0]._tr.get_or_add_trPr().append(xml("<w:tblHeader {w}/>"))
    document.add_paragraph("between")
    table(document, ("Grade:", "Senior"), ("Place:", "Leeds"))
    document.add_paragraph("between")
    form = table(document, ("", "Senior"), ("", "Leeds"))
    for cell, label in zip(form.columns[0].cells, ("Grade", "Place"), strict=True):
        cell.paragraphs[0].add_run(label).bold = True
    assert [header for header, _ in rows(reading(document))] == [True, False, False, False, False, False]


def test_a_table_that_only_places_text_is_no_table():
    document = docx.Document()
    outer = document.add_table(1, 2)
    outer.cell(0, 0).text = "Left"
    inner = outer.cell(0, 1).add_table(2, 2)
    for cell, text in zip(inner._cells, ("KPI", "Target", "Recall", "90%"), strict=True):
        cell.text = text
    document.add_table(1, 1).cell(0, 0).text = "Boxed"
    assert outline(reading(document).blocks) == [
        ("paragraph", "Left", 0), ("row", "| KPI | Target |", 0), ("row", "| Recall | 90% |", 0),
        ("paragraph", "Boxed", 0),
    ]  # fmt: skip


def test_lists_and_lines_in_a_cell_stay_on_its_line():
    document = docx.Document()
    made = table(document, ("Area", "Duties"), ("Data", ""))
    cell = made.cell(1, 1)
    cell.paragraphs[0].text = "first|line\nsecond"
    cell.add_paragraph("plan", style="List Bullet")
    assert rows(reading(document))[1][1] == ("Data", "first/line second • plan")


# --- what is shown, and what is not -------------------------------------------------------------------------------


def test_fields_links_symbols_and_text_boxes():
    document = docx.Document()
    first = document.add_paragraph("See ")
    first._p.append(xml('<w:hyperlink {w}><w:r><w:t>our site</w:t></w:r></w:hyperlink>'))
    first._p.append(xml('<w:r {w}><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE </w:instrText></w:r>'))
    first._p.append(xml("<w:r {w}><w:t>INSTRUCTION</w:t></w:r>"))
    first._p.append(xml('<w:r {w}><w:fldChar w:fldCharType="separate"/><w:t> 7</w:t></w:r>'))
    first._p.append(xml('<w:r {w}><w:fldChar w:fldCharType="end"/><w:sym w:font="Symbol" w:char="F0B3"/></w:r>'))
    first._p.append(xml("<w:r {w}><w:t>3</w:t><w:br/><w:t>next</w:t><w:tab/><w:t>line</w:t></w:r>"))
    box = "<w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent>"
    spaces = nsdecls("w") + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    first._p.append(
        parse_xml(
            f"<w:r {spaces}><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    assert outline(reading(document).blocks) == [
        ("paragraph", "See our site 7≥3\nnext line", 0), ("paragraph", "In a box", 0),
    ]  # fmt: skip


def test_deletions_comments_headers_and_contents_are_left_out_and_counted():
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.add_heading("Duties", 1)
    paragraph = document.add_paragraph("Base")
    paragraph._p.append(xml('<w:del {w} w:id="1"><w:r><w:delText>GONE</w:delText></w:r></w:del>'))
    paragraph._p.append(xml('<w:moveFrom {w} w:id="2"><w:r><w:t>MOVED</w:t></w:r></w:moveFrom>'))
    document.add_comment(paragraph.runs, text="REMARK", author="x")
    document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Duties 1", style="toc 1")
    read = reading(document)
    assert outline(read.blocks) == [("heading", "Duties", 1), ("paragraph", "Base", 0)]
    assert dropped(read) == {"headers and footers": 1, "deleted": 2, "comments": 1, "table of contents": 1}


def test_headers_and_footers_count_where_there_is_nothing_else():
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "All that there is"
    read = reading(document)
    assert outline(read.blocks) == [("paragraph", "All that there is", 0)]
    assert dropped(read) == {}


def test_hidden_by_a_style_and_white_text_in_a_box():
    document = docx.Document()
    for name, kind in (("Ghost", WD_STYLE_TYPE.PARAGRAPH), ("Ghost Letters", WD_STYLE_TYPE.CHARACTER)):
        document.styles.add_style(name, kind).font.hidden = True
    document.add_paragraph("SECRET", style="Ghost")
    paragraph = document.add_paragraph("Shown ")
    paragraph.add_run("SECRET", style="Ghost Letters")
    white = '<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>{}</w:t></w:r>'
    paragraph._p.append(xml(f"<w:p {{w}}>{white.format('SECRET')}</w:p>")[0])
    box = f"<w:pict><w:txbxContent><w:p>{white.format('On dark')}</w:p></w:txbxContent></w:pict>"
    paragraph._p.append(xml(f"<w:r {{w}}>{box}</w:r>"))
    read = reading(document)
    assert [block.text for block in read.blocks] == ["Shown", "On dark"]
    assert dropped(read) == {"hidden": 3}


FOOTNOTES = (
    '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:t>LINE</w:t></w:r></w:p></w:footnote>'
    '<w:footnote w:id="2"><w:p><w:r><w:t>As agreed.</w:t></w:r></w:p></w:footnote></w:footnotes>'
)


def test_footnotes_follow_their_paragraph():
    from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    document = docx.Document()
    paragraph = document.add_paragraph("Ten days")
    paragraph._p.append(xml('<w:r {w}><w:footnoteReference w:id="2"/></w:r>'))
    document.add_paragraph("Next.")
    place = PackURI("/word/footnotes.xml")
    part = Part(place, CONTENT_TYPE.WML_FOOTNOTES, FOOTNOTES.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    assert [block.text for block in reading(document).blocks] == ["Ten days[1]", "[1] As agreed.", "Next."]


SAID = ["Lead", "plans", "90%", "3", "§7", "Größe", "•", "-", "a|b", "ships."]
WORDS = st.lists(st.sampled_from(SAID), min_size=1, max_size=6)
STYLES = st.sampled_from(["Normal", "Heading 1", "Heading 3", "Title", "List Bullet 2", "List Bullet", "TABLE"])


@settings(max_examples=40)
@given(st.lists(st.tuples(STYLES, WORDS), min_size=1, max_size=12))
def test_every_letter_and_digit_comes_back_in_order(parts):
    document = docx.Document()
    for style, words in parts:
        if style == "TABLE":
            made = document.add_table(2, len(words))
            for cell, word in zip(made.rows[1].cells, words, strict=True):
                cell.text = word
        else:
            document.add_paragraph(" ".join(words), style=style)
    said = "".join(block.text for block in reading(document).blocks)
    assert [sign for sign in said if sign.isalnum()] == [
        sign for _, words in parts for word in words for sign in word if sign.isalnum()
    ]  # fmt: skip


# --- what the file says about itself, and what is wrong with it ---------------------------------------------------


def test_facts_are_those_of_the_file_and_not_of_the_library():
    document = docx.Document()
    document.add_paragraph("Text.")
    about = document.core_properties
    about.title, about.author, about.language = "Data Lead", "A. Writer", "en-GB"
    about.created = datetime(2024, 3, 1, 9, tzinfo=UTC).replace(tzinfo=None)
    about.modified = datetime(2024, 4, 2, 9, tzinfo=UTC).replace(tzinfo=None)
    read = reading(document)
    assert read.title == "Data Lead"
    assert dict(read.facts) == {
        "title": "Data Lead", "author": "A. Writer", "language": "en-GB", "created": "2024-03-01",
        "modified": "2024-04-02",
    }  # fmt: skip
    assert read.reader.startswith("python-docx ")
    bare = repacked(saved(document), "docProps/core.xml", b"<cp/>")
    assert read_docx("a.docx", bare, LIMITS).facts == ()


STRICT = b"purl.oclc.org/ooxml/wordprocessingml"
MAIN = b"openxmlformats-officedocument.wordprocessingml.document.main"


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        ("[Content_Types].xml", MAIN, b"ms-word.document.macroEnabled.main"),
        ("[Content_Types].xml", b"wordprocessingml.document.main", b"wordprocessingml.template.main"),
        ("word/_rels/document.xml.rels", b"settings.xml", b"NULL"),
        ("word/document.xml", b"schemas.openxmlformats.org/wordprocessingml/2006", STRICT),
    ],
    ids=["macros", "template", "dangling", "strict"],
)  # fmt: skip
def test_unusual_packages_are_read(member, old, new):
    document = docx.Document()
    document.add_heading("Duties", 1)
    data = saved(document)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(member)
    assert old in content
    read = read_docx("a.docx", repacked(data, member, content.replace(old, new)), LIMITS)
    assert read.blocks == (Block(BlockKind.HEADING, "Duties", level=1),)
