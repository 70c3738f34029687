"""Rich Text Format (.rtf): paragraphs, headings, lists, tables and notes as printed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from config import VERSION, IngestConfig, UserError
from ingest.readers.office import finished
from ingest.readers.rtf_state import SETTINGS, Paragraph, State
from ingest.readers.rtf_tokens import ABOUT, LEFT_OUT, MARGINS, STARRED, Token, Tokens
from ingest.readers.tables import cell_text, paragraph_blocks, table_blocks
from ingest.readers.zipped import facts_of
from ingest.records import Block, BlockKind, Reading

_DEEPEST = 9


def read_rtf(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """A Rich Text document as printed, without hidden and deleted text, comments, headers and footers.

    Raises:
        UserError: nested too deeply, or without any text.

    """
    reader = _Reader(name, max_depth=max(limits.max_nesting, 50) * 10)
    for token in Tokens(data[data.find(b"{\\rtf") :]):
        reader.take(token)
    return finished("rtf", reader.finish(), reader.dropped, facts_of(reader.facts.items()), f"rolebook rtf {VERSION}")


@dataclass(slots=True)
class _Reader:
    name: str
    max_depth: int
    blocks: list[Block] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    facts: dict[str, str] = field(default_factory=dict)
    styles: dict[int, tuple[str, int]] = field(default_factory=dict)  # number -> name, outline level
    _stack: list[State] = field(default_factory=lambda: [State()])
    _paragraph: Paragraph = field(default_factory=Paragraph)
    _text: dict[str, list[str]] = field(default_factory=dict)
    _rows: list[list[str]] = field(default_factory=list)
    _row: list[str] = field(default_factory=list)
    _cell: list[str] = field(default_factory=list)
    _headed: int = 0  # rows that are marked as column names
    _notes: list[str] = field(default_factory=list)
    _shown_notes: int = 0
    _first: bool = False  # right behind an opening brace
    _starred: bool = False

    def take(self, token: Token) -> None:
        """Let one token change the state, or add its text."""
        state = self._stack[-1]
        if token.kind == "open":
            if len(self._stack) > self.max_depth:
                message = f"{self.name} is nested too deeply to be read. Save it again as .docx, or as .txt."
                raise UserError(message)
            self._stack.append(replace(state))
            self._first, self._starred = True, False
        elif token.kind == "close":
            self._first = False
            if len(self._stack) > 1:
                self._close(self._stack.pop())
        elif token.kind == "star":
            self._starred = True
        elif token.kind == "text":
            self._first = False
            self._add(token.text, state)
        else:
            first, self._first = self._first, False
            if not (first and self._destination(token, state)):
                self._word(token, state)

    def _destination(self, token: Token, state: State) -> bool:
        """Whether a group's first word says where its text goes."""
        word, starred, self._starred = token.text, self._starred, False
        if state.into == "nowhere":
            return True
        if word in LEFT_OUT:
            self.dropped[LEFT_OUT[word]] += bool(LEFT_OUT[word])
            state.into = "nowhere"
        elif word in MARGINS:
            state.into = "margin"
        elif word == "footnote":
            self._shown_notes += 1
            self._add(f"[{self._shown_notes}]", state)
            state.into = "note"
            self._text["note"] = [f"[{self._shown_notes}] "]
        elif word in ("listtext", "pntext"):
            state.into = "number" if state.into == "body" else "nowhere"
        elif word == "stylesheet" or state.into == "style":
            state.into = "style"
            return word == "stylesheet"
        elif word == "info" or state.into == "info":
            state.into = "info" if word == "info" else ABOUT.get(word, "nowhere")
        elif starred and word not in STARRED:
            state.into = "nowhere"
        else:
            return False
        return True

    def _close(self, state: State) -> None:
        """Use what a destination has gathered, when the group that opened it ends."""
        if state.into == self._stack[-1].into:
            if state.into == "style":
                self._style_named()
            return
        text = " ".join("".join(self._text.pop(state.into, [])).split())
        if state.into == "note":
            self._notes.append(text)
        elif state.into == "margin" and text:
            self.margins.append(text)
        elif state.into == "number":
            self._text["number"] = [text]
            self._paragraph.listed = True
        elif state.into in ("title", "author", "created", "modified"):
            self.facts.setdefault(state.into, text)

    def _style_named(self) -> None:
        r"""``{\s1 ... heading 1;}`` in the style sheet."""
        name = "".join(self._text.pop("style", [])).strip().rstrip(";").strip().lower()
        if name:
            self.styles.setdefault(self._paragraph.style, (name, self._paragraph.outline))
        self._paragraph = Paragraph()

    def _add(self, text: str, state: State) -> None:
        if state.into in ("nowhere", "info"):
            return
        if state.into in ("body", "note") and (state.hidden or state.deleted):
            self.dropped["hidden" if state.hidden else "deleted"] += bool(text.strip())
            return
        self._text.setdefault(state.into, []).append(text)

    def _word(self, token: Token, state: State) -> None:
        if state.into == "nowhere":
            return
        word, number = token.text, token.number
        on = number is None or number != 0
        if word == "v":
            state.hidden = on
        elif word == "deleted":
            state.deleted = on
        elif word == "plain":
            state.hidden = state.deleted = False
        elif word in SETTINGS:
            SETTINGS[word](self._paragraph, number if number is not None else 0)
        elif word in ("yr", "mo", "dy") and state.into in ("created", "modified"):
            self._add(f"{number:04d}" if word == "yr" else f"-{number:02d}", state) if number is not None else None
        elif state.into in ("note", "margin", "number") and word in ("par", "cell", "row", "sect", "page"):
            self._add(" ", state)
        elif state.into == "body":
            self._layout(word)

    def _layout(self, word: str) -> None:
        """Ends of paragraphs, cells and rows in the body."""
        if word == "pard":
            self._paragraph = Paragraph(listed="number" in self._text)
        elif word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "nestcell":
            self._text.setdefault("body", []).append(" ")
        elif word == "cell":
            self._cell.append(self._take("body"))
            self._row.append(cell_text(self._mark(self._cell)))
            self._cell = []
        elif word == "row":
            self._rows.append(self._row)
            self._row = []
        elif word == "trhdr":
            self._headed = len(self._rows) + 1

    def _mark(self, parts: list[str]) -> str:
        number = "".join(self._text.pop("number", []))
        return "\n".join([*parts[:-1], f"{number} {parts[-1]}" if number else parts[-1]])

    def _take(self, into: str) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._text.pop(into, [])).split("\n"))
        return "\n".join(line for line in lines if line)

    def _end_paragraph(self) -> None:
        text = self._take("body")
        if self._paragraph.in_table:
            number = "".join(self._text.pop("number", []))
            self._cell.append(f"{number} {text}" if number else text)
            return
        self._end_table()
        number = "".join(self._text.pop("number", []))
        self.blocks += self._in_role(text, number) if text else ()
        self.blocks += [Block(BlockKind.PARAGRAPH, note) for note in self._notes]
        self._notes = []

    def _in_role(self, text: str, number: str) -> list[Block]:
        name, outline = self.styles.get(self._paragraph.style, ("", -1))
        match = re.fullmatch(r"heading (\d)", name)
        level = self._paragraph.outline if self._paragraph.outline >= 0 else outline
        shown = f"{number} {text}" if re.search(r"\w", number) else text
        if name == "title":
            return [Block(BlockKind.HEADING, " ".join(shown.split()), level=0)]
        if 0 <= level < _DEEPEST or match is not None:
            depth = level + 1 if 0 <= level < _DEEPEST or match is None else int(match[1])
            return [Block(BlockKind.HEADING, " ".join(shown.split()), level=depth)]
        if number or self._paragraph.listed:
            return [Block(BlockKind.ITEM, shown, level=min(self._paragraph.level, _DEEPEST))]
        return list(paragraph_blocks(text))

    def _end_table(self) -> None:
        if self._row:  # a row that the file does not end
            self._rows.append(self._row)
        if self._rows:
            self.blocks += table_blocks(self._rows, marked=self._headed)
        self._rows, self._row, self._headed = [], [], 0

    def finish(self) -> list[Block]:
        """The blocks of the whole file; of its headers and footers only when it has no others."""
        if self._cell:  # a cell that the file does not end
            self._layout("cell")
        self._paragraph.in_table = False
        self._end_paragraph()
        if self.blocks:
            self.dropped["headers and footers"] += len(self.margins)
            return self.blocks
        return [Block(BlockKind.PARAGRAPH, text) for text in self.margins]
