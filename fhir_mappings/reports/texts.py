"""The words of a report as plain text: its conclusion and its text forms, decoded and bounded.

Nothing is fetched: a form that is only a link is listed. What is too long is not read in part,
because a correction stands at the end.
"""

from __future__ import annotations

import binascii
import html
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator

import msgspec

from fhir_mappings.elements import Attachment

LONGEST_TEXT = 100_000
MOST_FORMS = 8
_SHORTEST = 8

TOO_LONG = f"a text of more than {LONGEST_TEXT:,} characters is not read"
TOO_MANY = f"more than {MOST_FORMS} forms of the report; the others are not read"
ONLY_A_LINK = "its text is only linked, and links of a report are not followed"
NOT_TEXT = "a form of the report that is no plain text or HTML is not read"
NOT_DECODED = "the text of the report cannot be decoded"

# Other names of a character set are refused rather than guessed.
_CHARSETS = {
    "": "utf-8",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
}
_ATTACHMENT = msgspec.json.Decoder(Attachment)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_BLOCK = re.compile(r"<(?:/(?:p|div|li|tr|table|h[1-6]|ul|ol|section)|br\s?/?)>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]>", re.IGNORECASE)
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]{0,2000}>")
_HIDDEN = ("script", "style", "head")


def texts_of(forms: Iterable[msgspec.Raw], conclusion: str | None) -> tuple[list[str], list[str]]:
    """The texts, the conclusion last; and why others are not read."""
    texts: list[str] = []
    refused: list[str] = []
    for place, form in enumerate(forms):
        if place == MOST_FORMS:
            refused.append(TOO_MANY)
            break
        try:
            texts += _text_in(form)
        except _NotReadError as error:
            refused.append(str(error))
    if conclusion and len(conclusion) > LONGEST_TEXT:
        refused.append(TOO_LONG)
    elif conclusion and conclusion.strip():
        texts.append(conclusion)
    return texts, refused


def is_narrative(text: str | None) -> bool:
    """Whether it may be a sentence rather than a word or a number with its unit."""
    return text is not None and len(text) >= _SHORTEST and " " in text.strip()


class _NotReadError(Exception):
    """A form that is not read; its text is the reason."""


def _text_in(raw: msgspec.Raw) -> Iterator[str]:
    try:
        form = _ATTACHMENT.decode(raw)
    except msgspec.DecodeError:
        raise _NotReadError(NOT_DECODED) from None
    kind = (form.contentType or "").partition(";")[0].strip().lower()
    if kind not in ("text/plain", "text/html", "application/xhtml+xml", "text/markdown"):
        raise _NotReadError(NOT_TEXT)
    if not form.data:
        raise _NotReadError(ONLY_A_LINK if form.url else NOT_DECODED)
    text = _decoded(form.data, form.contentType or "")
    yield without_markup(text) if "html" in kind else text


def _decoded(data: str, content_type: str) -> str:
    if len(data) > 6 * LONGEST_TEXT:
        raise _NotReadError(TOO_LONG)
    named = _CHARSET.search(content_type)
    charset = _CHARSETS.get(named[1].lower() if named else "")
    if charset is None:
        raise _NotReadError(NOT_DECODED)
    try:
        text = b64decode("".join(data.split()), validate=True).decode(charset)
    except (binascii.Error, ValueError):
        raise _NotReadError(NOT_DECODED) from None
    if len(text) > LONGEST_TEXT:
        raise _NotReadError(TOO_LONG)
    return text.removeprefix("\ufeff")


def without_markup(text: str) -> str:
    """HTML as text: blocks end lines, cells a tab, scripts and styles vanish, `<3 %` stays."""
    for name in _HIDDEN:
        text = _without_element(text, name)
    text = _CELL.sub("\t", _BLOCK.sub("\n", _without_comments(text)))
    text = _TAG.sub(" ", text)
    return html.unescape(text)


def _without_comments(text: str) -> str:
    kept, rest = [], text
    while (begin := rest.find("<!--")) >= 0:
        kept.append(rest[:begin])
        end = rest.find("-->", begin)
        rest = rest[end + 3 :] if end >= 0 else ""
    return "".join([*kept, rest])


def _without_element(text: str, name: str) -> str:
    pieces = re.split(rf"<{name}[\s>]", text, flags=re.IGNORECASE)
    kept = [pieces[0]]
    for piece in pieces[1:]:
        inside = re.split(rf"</{name}\s?>", piece, maxsplit=1, flags=re.IGNORECASE)
        kept.append(inside[1] if len(inside) > 1 else "")
    return " ".join(kept)
