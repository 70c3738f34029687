"""Mail and EPUB: the body once, attachments through their own readers, chapters in order."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest

from config import IngestConfig, UserError
from ingest.readers.epub import read_epub
from ingest.readers.mail import read_eml, read_msg

LIMITS = IngestConfig()


def mail(body: str = "Ship it.\n", subject: str = "Lead – role") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Jo <jo@example.org>", "team@example.org"
    message["Subject"], message["Date"] = subject, "Fri, 01 Mar 2024 10:00:00 +0000"
    message.set_content(body)
    return message


def texts(reading):
    return [block.text for block in reading.blocks]


def test_header_body_and_facts():
    reading = read_eml("a.eml", bytes(mail()), LIMITS)
    assert reading.title == "Lead – role"
    assert dict(reading.facts) == {"title": "Lead – role", "author": "Jo <jo@example.org>", "created": "2024-03-01"}
    assert texts(reading)[0] == "Lead – role"
    assert texts(reading)[1].startswith("From: Jo <jo@example.org>\nTo: team@example.org\nDate: Fri, 01 Mar 2024")
    assert texts(reading)[2] == "Ship it."


def test_the_html_form_is_read_where_it_says_the_same():
    message = mail("Duties:\n- Ship it.\n")
    message.add_alternative("<h3>Duties:</h3><ul><li>Ship it.</ul>", subtype="html")
    reading = read_eml("a.eml", bytes(message), LIMITS)
    assert texts(reading)[2:] == ["Duties:", "Ship it."]
    assert any("repeats the HTML form" in note.detail for note in reading.notes)


def test_both_forms_are_read_where_they_differ():
    message = mail("Salary and holidays are in here.\n")
    message.add_alternative("<p>Open the attachment.</p>", subtype="html")
    assert texts(read_eml("a.eml", bytes(message), LIMITS))[2:] == [
        "Salary and holidays are in here.", "Open the attachment.",
    ]  # fmt: skip


def test_quotes_and_signatures_stay_with_a_note():
    reading = read_eml("a.eml", bytes(mail("Yes.\n\n> Shall we ship?\n\n-- \nJo\n")), LIMITS)
    joined = "\n".join(texts(reading))
    assert "Shall we ship?" in joined
    assert "Jo" in texts(reading)[-1]
    assert {"quoted text from line 3 on, kept", "signature from line 5 on, kept"} <= {n.detail for n in reading.notes}


def test_attachments_are_read_below_a_heading():
    message = mail()
    message.add_attachment("# Lead\n\n## Duties\n\nPlan it.\n", filename="role.md")
    message.add_attachment(b"\x89PNG\r\n\x1a\n123", maintype="image", subtype="png", filename="logo.png")
    message.add_attachment(mail("Inner text.\n", "Inner"))
    reading = read_eml("a.eml", bytes(message), LIMITS)
    assert texts(reading)[3:] == [
        "Attachment: role.md", "Lead", "Duties", "Plan it.", "Attachment: Inner.eml", "Inner",
        texts(reading)[1].replace("Lead – role", "Inner"), "Inner text.",
    ]  # fmt: skip
    assert [b.level for b in reading.blocks[3:6]] == [1, 3, 4]
    assert any(n.step == "drop_attachment" and n.detail.startswith("logo.png is a PNG image") for n in reading.notes)


def test_messages_in_messages_end_at_the_limit():
    message = mail("Deepest.\n")
    for number in range(8):
        outer = mail(f"Body {number}.\n", f"Level {number}")
        outer.add_attachment(message)
        message = outer
    reading = read_eml("a.eml", bytes(message), IngestConfig(max_nesting=3))
    assert "Body 7." in texts(reading)
    assert "Deepest." not in texts(reading)
    assert any(note.step == "drop_attachment" and "nested deeper than 3" in note.detail for note in reading.notes)


@pytest.mark.parametrize("data", [b"Content-Type: multipart/mixed; boundary=x\n\n--x\n", b"Subject:\n\n"])
def test_a_mail_without_text_says_so(data):
    with pytest.raises(UserError, match=r"^a\.eml is a mail without text"):
        read_eml("a.eml", data, LIMITS)


def test_a_damaged_outlook_message_says_so():
    with pytest.raises(UserError, match=r"^a\.msg is a damaged Outlook message"):
        read_msg("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), LIMITS)


# --- EPUB ---------------------------------------------------------------------------------------------------------

CONTAINER = "<container><rootfiles><rootfile full-path='OPS/book.opf'/></rootfiles></container>"
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Roles</dc:title><dc:creator>Jo</dc:creator><dc:language>en</dc:language><dc:date>2024-03-01</dc:date></metadata>
<manifest><item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:e="http://www.idpf.org/2007/ops"><body><nav e:type="toc"><ol>
<li><a href="one.xhtml">First</a><ol><li><a href="two.xhtml">Second</a></li></ol></li></ol></nav></body></html>"""
PAGE = "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body>{}</body></html>"


def book(**more: str) -> bytes:
    out = io.BytesIO()
    parts = {
        "mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OPS/book.opf": PACKAGE,
        "OPS/nav.xhtml": NAV, "OPS/one.xhtml": PAGE.format("<h1>First</h1><p>One.</p>"),
        "OPS/two.xhtml": PAGE.format("<p>Two.</p>"), **more,
    }  # fmt: skip
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_chapters_in_reading_order_under_their_names():
    reading = read_epub("a.epub", book(), LIMITS)
    assert reading.title == "Roles"
    assert dict(reading.facts) == {"title": "Roles", "author": "Jo", "language": "en", "published": "2024-03-01"}
    assert [(b.text, b.level) for b in reading.blocks] == [("First", 1), ("One.", 0), ("Second", 2), ("Two.", 0)]
    assert reading.reader.startswith("lxml ")


def test_a_chapter_that_says_its_name_in_pieces_says_it_once():
    page = PAGE.format("<p>F</p><h1>ir</h1><h2>st</h2><p>One.</p>")
    blocks = read_epub("a.epub", book(**{"OPS/one.xhtml": page}), LIMITS).blocks
    assert [(block.text, block.level) for block in blocks[:2]] == [("F ir st", 1), ("One.", 0)]


def test_one_page_that_is_no_text_does_not_lose_the_book():
    reading = read_epub("a.epub", book(**{"OPS/one.xhtml": "\x01\x02\x03" * 400}), LIMITS)
    assert [block.text for block in reading.blocks] == ["Second", "Two."]
    assert any("a part that is no text" in note.detail for note in reading.notes)


def test_a_protected_book_says_so():
    locked = "<encryption><EncryptedData><EncryptionMethod Algorithm='aes256-cbc'/></EncryptedData></encryption>"
    with pytest.raises(UserError, match=r"^a\.epub is protected against copying \(DRM\)"):
        read_epub("a.epub", book(**{"META-INF/encryption.xml": locked}), LIMITS)


def test_scrambled_fonts_lock_nothing():
    fonts = "<encryption><EncryptionMethod Algorithm='http://www.idpf.org/2008/embedding'/></encryption>"
    assert len(read_epub("a.epub", book(**{"META-INF/encryption.xml": fonts}), LIMITS).blocks) == 4


@pytest.mark.parametrize("part", ["META-INF/container.xml", "OPS/book.opf"])
def test_a_damaged_book_says_so(part):
    with pytest.raises(UserError, match=r"^a\.epub is .*EPUB book \("):
        read_epub("a.epub", book(**{part: "<broken"}), LIMITS)


def test_a_book_of_pictures_says_so():
    empty = {f"OPS/{name}.xhtml": PAGE.format("<img src='a.png'/>") for name in ("one", "two")}
    with pytest.raises(UserError, match=r"^a\.epub is a book without text"):
        read_epub("a.epub", book(**empty), LIMITS)
