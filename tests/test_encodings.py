"""Bytes to text: every usual encoding, marked, declared, mixed or bare; and never a crash."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import UserError
from ingest.encodings import decode, decode_noted
from ingest.readers import read

# A sentence per script, and the encodings that files in it come in.
SENTENCES = {
    "German": ("Die Stelle trägt Verantwortung für Führungskräfte – größere Maßnahmen, “Qualität” zuerst. ", "cp1252"),
    "French": ("L’équipe définit les priorités, rédige les spécifications et évalue les modèles — 5 €. ", "cp1252"),
    "English": ("The lead owns the roadmap. Don’t ship without a review – it’s the “golden” rule. ", "cp1252"),
    "Polish": ("Odpowiedzialność za zespół, wdrażanie modeli językowych, współpraca z działem sprzedaży. ", "cp1250"),
    "Czech": ("Zodpovědnost za tým, příprava dat, měření kvality a výsledků, řízení změn a školení. ", "cp1250"),
    "Russian": ("Ответственность за разработку моделей, управление командой и подготовка данных. ", "cp1251"),
    "Russian, old": ("Ответственность за разработку моделей, управление командой и подготовка данных. ", "koi8_r"),
    "Greek": ("Υπεύθυνος για την ανάπτυξη μοντέλων και τη διαχείριση της ομάδας. ", "cp1253"),
    "Hebrew": ("אחריות על פיתוח מודלים, ניהול הצוות והכנת נתונים לאימון. ", "cp1255"),
    "Arabic": ("مسؤول عن تطوير النماذج وإدارة الفريق وإعداد البيانات للتدريب. ", "cp1256"),
    "Thai": ("รับผิดชอบการพัฒนาโมเดล การบริหารทีม และการเตรียมข้อมูล โครงการ ", "cp874"),
    "Japanese": ("自然言語処理モデルの開発、チームの管理、学習データの準備を担当します。", "cp932"),
    "Chinese": ("负责自然语言处理模型的开发、团队管理以及训练数据的准备工作。", "gb18030"),
    "Korean": ("자연어 처리 모델 개발, 팀 관리 및 학습 데이터 준비를 담당합니다. ", "cp949"),
}
TEXTS = pytest.mark.parametrize(("text", "page"), [pytest.param(*pair, id=key) for key, pair in SENTENCES.items()])
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@TEXTS
def test_a_legacy_code_page_is_told_from_the_bytes(text, page):
    found, notes = decode_noted("a.txt", (text * 3).encode(page))
    assert found == text * 3
    assert [(note.step, note.count) for note in notes] == [("decode", 1)]


@TEXTS
@pytest.mark.parametrize("encoding", WIDE)
def test_wide_encodings_with_and_without_a_mark(text, page, encoding):
    raw = f"Role\n{text}\n{text}"
    mark = "\ufeff".encode(encoding)
    assert decode("a.txt", mark + raw.encode(encoding)) == raw
    assert decode("a.txt", raw.encode(encoding)) == raw


@TEXTS
def test_plain_utf8_needs_no_note(text, page):
    assert decode_noted("a.txt", text.encode()) == (text, ())
    assert decode_noted("a.txt", codecs.BOM_UTF8 + text.encode()) == (text, ())


@pytest.mark.parametrize(
    ("head", "page"),
    [
        ('<html><head><meta charset="windows-1254"></head><body>', "cp1254"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">', "iso8859-2"),
        ("<?xml version='1.0' encoding='ISO-8859-9'?>\n", "cp1254"),
        ("From: a@example.com\nContent-Type: text/plain;\n\tcharset=windows-1254\n\n", "cp1254"),
    ],
)
def test_a_declaration_decides_where_the_bytes_say_little(head, page):
    text = head + ("şık ığdır\n" if page == "cp1254" else "ľúbi žluť\n")
    assert decode("a.html", text.encode(page)) == text


def test_a_false_declaration_does_not_spoil_utf8():
    text = '<html><meta charset="iso-8859-1"><p>Größe – 5 €</p>'
    assert decode_noted("a.html", text.encode()) == (text, ())


@pytest.mark.parametrize("label", ["unknown", "base64", "utf-16", "zlib", "undefined", "idna", "rot13", "\udcff"])
def test_a_useless_declaration_is_passed_over(label):
    raw = f'<html><meta charset="{label}"><p>'.encode("utf-8", "surrogateescape") + "Größe".encode("cp1252")
    assert decode("a.html", raw).endswith("Größe")


def test_a_line_of_another_encoding_in_utf8():
    raw = "Café – naïve\n".encode() * 3 + "Größe – “so” 5 €\n".encode("cp1252") + "ende ≥ 3\n".encode()
    text, notes = decode_noted("a.txt", raw)
    assert text == "Café – naïve\n" * 3 + "Größe – “so” 5 €\n" + "ende ≥ 3\n"
    assert [(note.step, note.count, note.detail) for note in notes] == [("decode", 1, "read as utf-8 with cp1252")]


def test_two_encodings_in_one_line():
    raw = "≥ 90 % and – yes ".encode() + "Größe\n".encode("cp1252")
    assert decode("a.txt", raw) == "≥ 90 % and – yes Größe\n"


def test_a_character_cut_off_at_the_end_is_told():
    text, notes = decode_noted("a.txt", "größer – süß …".encode()[:-1])
    assert text == "größer – süß \ufffd"
    assert [note.step for note in notes] == ["decode", "undecodable"]


def test_a_mark_before_legacy_lines():
    assert decode("a.txt", codecs.BOM_UTF8 + "é\n".encode() + "ü\n".encode("cp1252")) == "é\nü\n"


def test_the_reader_notes_how_it_was_read():
    raw = read("a.txt", ("Die Größe der Lücke für Übung. " * 4).encode("cp1252"))
    assert [(note.step, note.detail) for note in raw.notes] == [("decode", "read as cp1252")]


@given(st.binary())
def test_bytes_become_text_or_one_clear_line(data):
    try:
        text, notes = decode_noted("a.bin", data)
    except UserError as error:
        assert str(error).startswith("a.bin is a binary file")
        assert "\n" not in str(error)
        return
    text.encode("utf-8")
    assert all(note.count > 0 for note in notes)


@given(st.text().filter(lambda text: "\x00" not in text and not text.startswith("\ufeff")), st.sampled_from(WIDE))
def test_a_mark_settles_it(text, encoding):
    assert decode("a.txt", "\ufeff".encode(encoding) + text.encode(encoding)) == text
