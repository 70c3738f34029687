"""The content decides which format a file has, whatever its name says."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import UserError
from ingest.readers.sniff import sniff

SUFFIXES = (
    *(".txt", ".md", ".html", ".json", ".yaml", ".csv", ".eml", ".msg", ".docx", ".pdf", ".odt", ".rtf", ".pptx"),
    *(".xlsx", ".epub", ".doc", ".org", ".rst", ".bin", ""),
)


def archive(*members: str, kind: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        if kind:
            made.writestr("mimetype", kind)
        for member in members:
            made.writestr(member, "x")
    return out.getvalue()


def old_office(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le") + bytes(100)


CONTENTS = {
    "docx": archive("[Content_Types].xml", "word/document.xml"),
    "pptx": archive("[Content_Types].xml", "ppt/presentation.xml"),
    "xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "odt": archive("content.xml", kind="application/vnd.oasis.opendocument.text"),
    "ods": archive("content.xml", kind="application/vnd.oasis.opendocument.spreadsheet"),
    "epub": archive("META-INF/container.xml", kind="application/epub+zip"),
    "pdf": b"%PDF-1.7\n1 0 obj\nendobj\n",
    "rtf": b"{\\rtf1\\ansi Lead}",
    "xls": old_office("Workbook"),
    "msg": old_office("__substg1.0_0037001F"),
    "json": json.dumps({"roles": [{"name": "Lead"}]}).encode(),
    "html": b"<!DOCTYPE html><html><body><p>Lead</p></body></html>",
    "eml": b"Received: by mx\nFrom: a@example.org\nSubject: Lead\n\nWe hire.\n",
    "markdown": b"# Lead\n\n## Duties\n\nShip it.\n",
    "yaml": b"levels:\n  - id: one\n    name: One\n  - id: two\n    name: Two\n",
    "csv": b"role,level,pay\nLead,3,10\nHead,4,20\nSteward,1,5\n",
}


# Of what could be Markdown as well, the name decides.
NAMED_MARKDOWN = {(form, suffix) for form in ("yaml", "csv") for suffix in (".md", ".org", ".rst")}


@pytest.mark.parametrize(("form", "suffix"), sorted({(f, s) for f in CONTENTS for s in SUFFIXES} - NAMED_MARKDOWN))
def test_every_format_under_every_suffix(form, suffix):
    assert sniff(f"file{suffix}", CONTENTS[form]) == form


@pytest.mark.parametrize("suffix", [".txt", ".json", ".html", ".yaml", ".csv", ".eml", ".bin"])
@pytest.mark.parametrize(
    "text",
    [
        "{curly} words begin this text.\n\nIt goes on.",
        "[draft] These are notes.\n\nThey go on.",
        "<5 years of experience is too little.\n\nSend us a word.",
        "---\nA rule above.\n---\nA rule below.\n",
        "Subject: roles\nWe look for a lead.\n\nWrite to us.",
        "To: all staff\nFrom: people team\nSubject: new roles\n\nWe look for a lead.",
        "The %PDF-1.7 mark begins a file.\n\nThis is none.",
        "Salaries, levels, places.\nWe pay well, as you know, and soon.\nWrite.",
        "Salary: good\nPlace: Rome\n\nShip it. Then ship more of it, and say so.",
    ],
)
def test_a_text_that_only_begins_like_something_else_is_text(text, suffix):
    if (suffix == ".eml" and text.startswith("To:")) or (suffix == ".csv" and text.startswith("Salaries")):
        return  # a tie: the name may decide
    assert sniff(f"file{suffix}", text.encode()) == "text"
    assert sniff(f"file{suffix}", b"\xff\xfe" + text.encode("utf-16-le")) == "text"


@pytest.mark.parametrize(
    ("data", "why", "todo"),
    [
        (b"\x1f\x8b\x08" + bytes(20), "a gzip archive", "Unpack it"),
        (archive("notes/a.txt"), "a zip archive", "Unpack it"),
        (archive("word/a.txt"), "a zip archive", "Unpack it"),
        (b"PK\x03\x04 and no more", "a damaged zip file", "Save the document again"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "a PNG image", "Put it into a PDF"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a WebP image", "Put it into a PDF"),
        (b"MZ\x90\x00\x03" + bytes(50), "a program", "Ingest the documents"),
        (old_office("WordDocument"), "an old Word file (.doc)", "Save it as .docx"),
        (old_office("PowerPoint Document"), "an old PowerPoint file (.ppt)", "Save it as .docx"),
        (old_office("EncryptedPackage"), "locked with a password", "Save it as .docx"),
        (b"<?xml version='1.0'?>\n<book><para>Lead</para></book>", "an XML file", "Save it as .docx"),
        (b'{"a": 1, "b": [}', "looks like JSON, but is damaged", "Export it again"),
        (b"From a@b Mon Jan  1 10:00:00 2024\nSubject: a\n\nx\n\nFrom a@b Mon Jan  1 10:00:00 2024\nSubject: b\n\ny\n",
         "a mailbox (mbox)", "Save them as .eml"),
    ],
)  # fmt: skip
def test_what_is_not_read_says_what_it_is_and_what_to_do(data, why, todo):
    with pytest.raises(UserError) as caught:
        sniff("team/plan.txt", data)
    message = str(caught.value)
    assert message.startswith("team/plan.txt ")
    assert why in message
    assert todo in message
    assert "\n" not in message


def test_json_lines_are_json():
    assert sniff("roles.txt", b'{"name": "Lead"}\n{"name": "Head"}\n') == "json"


def test_many_comments_before_a_page_take_no_time():
    assert sniff("a.txt", b"<!-- a --> " * 3000 + b"no page") == "text"


@given(data=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES))
def test_any_bytes_have_a_format_or_one_clear_line(data, suffix):
    try:
        assert sniff(f"file{suffix}", data) in {*CONTENTS, "text"}
    except UserError as error:
        assert str(error).startswith(f"file{suffix} ")
