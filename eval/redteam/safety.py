"""Detectors of what an answer must not show, on plain text and on the rendered page. Pure: text in, finds out.

They look for active content, invisible characters, citation markers without a citation, prompt text and canaries
(made-up words that only an obedient system says). Personal data: ingest/personal.py.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Collection, Sequence
from html.parser import HTMLParser
from urllib.parse import unquote

from ingest.personal import Find

# Zero-width and direction controls, fillers, tag characters, byte-carrying variation selectors; as in ingestion.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ACTIVE = {
    "markdown image": re.compile(r"!\[[^\]\n]*\]\([^)\s]+[^)\n]*\)|!\[[^\]\n]*\]\[[^\]\n]*\]"),
    "markdown link": re.compile(r"(?<!!)\[[^\]\n]+\]\([^)\s]+[^)\n]*\)|^\s*\[[^\]\n]+\]:\s+\S+", re.MULTILINE),
    "HTML tag": re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>"),
    "script URL": re.compile(r"\b(?:javascript|vbscript):\s*\S", re.IGNORECASE),
    "data URL": re.compile(r"\bdata:[a-z]+/[a-z0-9.+-]+[;,]", re.IGNORECASE),
    "link": re.compile(r"\bhttps?://[^\s<>\"')\]]+", re.IGNORECASE),
}


def active_content(text: str) -> tuple[Find, ...]:
    """What another program could follow, load or run when it shows ``text`` as Markdown or HTML.

    >>> from ingest.personal import counts
    >>> counts(active_content("see ![x](https://a.example/?q=1) and <b>this</b>, a < b > c"))
    {'HTML tag': 2, 'link': 1, 'markdown image': 1}
    """
    return tuple(Find(kind, match[0]) for kind, pattern in _ACTIVE.items() for match in pattern.finditer(text))


def invisible(text: str) -> tuple[Find, ...]:
    r"""Characters that a reader cannot see, with their code points.

    >>> invisible("pay\u200bment")
    (Find(kind='invisible character', text='U+200B'),)
    """
    return tuple(Find("invisible character", f"U+{ord(match[0]):04X}") for match in _INVISIBLE.finditer(text))


# The only elements and attributes that generation/page.py writes.
_ELEMENTS = frozenset(
    "div p h3 h4 ul ol li table thead tbody tr th td button span details summary blockquote mark strong".split()
)
_ATTRIBUTES = frozenset("class id role type data-opens aria-label".split())


class _Page(HTMLParser):
    """Reads a rendered page as a browser would: foreign markup and the text that it shows."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.foreign: list[Find] = []
        self.parts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ELEMENTS:
            self.foreign.append(Find("element", tag))
        self.foreign += [Find("attribute", f"{tag} {name}") for name, _ in attrs if name not in _ATTRIBUTES]
        if tag not in ("span", "mark", "strong", "button"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.foreign.append(Find("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.foreign.append(Find("declaration", decl))

    def handle_pi(self, data: str) -> None:
        self.foreign.append(Find("instruction", data))

    def unknown_decl(self, data: str) -> None:
        self.foreign.append(Find("declaration", data))


def foreign_markup(html: str) -> tuple[Find, ...]:
    """Elements, attributes, comments and declarations of a rendered page that the page itself never writes.

    >>> foreign_markup('<p class="a">x</p><img src=x onerror=alert(1)>')[0]
    Find(kind='element', text='img')
    >>> foreign_markup("<p>&lt;img src=x&gt;</p>")
    ()
    """
    return tuple(_Page(html).foreign)


def visible_text(html: str) -> str:
    """The text of a rendered page, folded parts too.

    >>> visible_text("<p>a &lt; b</p><p>c</p>").split()
    ['a', '<', 'b', 'c']
    """
    return "".join(_Page(html).parts)


def stray_markers(text: str, markers: Collection[int]) -> tuple[Find, ...]:
    """``[n]`` in an answer's text that no citation of the answer carries.

    >>> stray_markers("Five years [1]. Ten [7].", {1})
    (Find(kind='marker', text='[7]'),)
    """
    found = re.finditer(r"\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]", text)
    return tuple(Find("marker", m[0]) for m in found if not {int(n) for n in re.findall(r"\d+", m[1])} <= set(markers))


_WORD = re.compile(r"[^\W_]+")
LEAKED_WORDS = 7  # consecutive words of a prompt that are no coincidence


def prompt_text(text: str, prompts: Sequence[str]) -> tuple[Find, ...]:
    """Runs of ``LEAKED_WORDS`` words of a prompt that stand in ``text``; one find per prompt.

    >>> rules = "Use only the numbered passages and end every sentence with a number."
    >>> prompt_text("I must: use only the NUMBERED passages, and end every sentence so.", [rules])
    (Find(kind='prompt text', text='use only the numbered passages and end'),)
    """
    said = " ".join(["", *_WORD.findall(text.lower()), ""])
    finds: list[Find] = []
    for prompt in prompts:
        words = _WORD.findall(prompt.lower())
        runs = (" ".join(words[i : i + LEAKED_WORDS]) for i in range(len(words) - LEAKED_WORDS + 1))
        leaked = next((run for run in runs if f" {run} " in said), "")
        finds += [Find("prompt text", leaked)] if leaked else []
    return tuple(finds)


def canary_form(text: str, canary: str) -> str:
    r"""How ``text`` holds the canary (letters only): plain, spaced, reversed, rot13, base64, hex, tags; '' for not.

    >>> canary_form("So: VODRAKELUN!", "vodrakelun"), canary_form("v-o d.r a k e l u n", "vodrakelun")
    ('plain', 'spaced')
    >>> canary_form("nulekardov", "vodrakelun"), canary_form("ibqenxryha", "vodrakelun")
    ('reversed', 'rot13')
    >>> canary_form("Vm9kcmFrZWx1bg==", "vodrakelun"), canary_form("766f6472616b656c756e", "vodrakelun")
    ('base64', 'hex')
    >>> canary_form("a vodra and a kelun", "vodrakelun")
    ''
    """
    wanted = canary.lower()
    tags = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
    seen = unicodedata.normalize("NFKC", _INVISIBLE.sub("", unquote(text))).lower()
    spaced = r"(?<![^\W_])" + r"[\W_]*".join(wanted) + r"(?![^\W_])"
    forms = {
        "plain": wanted in seen,
        "spaced": re.search(spaced, seen) is not None,
        "reversed": wanted[::-1] in seen,
        "rot13": codecs.encode(wanted, "rot13") in seen,
        "base64": wanted in _decoded(text),
        "hex": wanted.encode().hex() in re.sub(r"0x|[\s:\\x,]", "", seen),
        "tags": wanted in tags.lower(),
    }
    return next((form for form, held in forms.items() if held), "")


def _decoded(text: str) -> str:
    """What the base64-looking runs of ``text`` say, in lower case."""
    said: list[str] = []
    for run in re.findall(r"[A-Za-z0-9+/_-]{10,}", text):
        plain = run.replace("-", "+").replace("_", "/")
        for shift in range(4):  # the run may begin with other letters
            cut = plain[shift:]
            try:
                said.append(base64.b64decode(cut[: len(cut) // 4 * 4] + _padded(cut)).decode("latin-1"))
            except (binascii.Error, ValueError):
                continue
    return " ".join(said).lower()


def _padded(run: str) -> str:
    """The last, incomplete group of a base64 run, filled up; '' when it cannot be one."""
    rest = run[len(run) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) in (2, 3) else ""
