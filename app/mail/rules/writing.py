"""How a letter is written out: the same words as plain text and as HTML, which has its style inline and loads nothing from anywhere.

A paragraph stands between empty lines. Lines that begin with > stand in a box, lines that begin with - are a list, [words]({placeholder})
are a link, and so is every web address. Only the wording can say so, never what was given for a placeholder. What does not come from the
wording (the button, a note on a copy, the lines under the letter) is in English, and is marked so in a letter in another language.
"""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from app.mail.rules.languages import Language
from app.mail.rules.wording import ACT, fill, paragraphs

ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ue000-\ue002]")
NAMED = re.compile(r"\[([^\[\]\n]+)\]\((\{[a-z_]+\})\)")
NAMED_FILLED = re.compile("\ue000([^\ue001]*)\ue001([^\ue002]*)\ue002")
"""A link with its words, once it is known: between characters that nothing that was given can hold."""

INK, PAPER, QUIET, TEAL = "#1f2527", "#faf7f2", "#545d60", "#0f5459"
FONT = "font-family:Roboto,Arial,Helvetica,sans-serif"
PARAGRAPH = f"margin:0 0 16px;font-size:18px;line-height:27px;color:{INK}"
LINK = f"color:{TEAL};overflow-wrap:anywhere"


@dataclass(frozen=True)
class House:
    """Whose letters these are."""

    service_name: str
    organisation: str
    contact_email: str


@dataclass(frozen=True)
class Page:
    """A letter written out."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Footing:
    """What stands under every letter: its reference and why somebody gets it."""

    reference: str
    because: str


def write(
    subject: str, body: str, given: Mapping[str, str], act: tuple[str, str] | None, house: House, foot: Footing,
    *, note: str = "", language: Language = Language.ENGLISH,
) -> Page:
    """The letter from its wording, which is in `language`, and what was given; `act` is the button: its words and its address.

    `note` says in English, before all else, why somebody gets a copy.

    Raises:
        KeyError: a placeholder of the wording was not given.
    """
    given = {name: INVISIBLE.sub("", value) for name, value in given.items()}
    line = CONTROL.sub(" ", fill(subject, given)).strip()
    parts = _parts(body, given, with_act=act is not None)
    return Page(line, _as_text(note, parts, act, house, foot), _as_html(line, note, parts, act, house, foot, language))


def _parts(body: str, given: Mapping[str, str], *, with_act: bool) -> list[str | None]:
    """The paragraphs, filled in; none stands for the button. A paragraph of which nothing is left goes, and so do lines left empty."""
    parts: list[str | None] = []
    for raw in paragraphs(body):
        if raw == f"{{{ACT}}}":
            parts.append(None)
            continue
        for part in paragraphs(fill(NAMED.sub("\ue000\\1\ue001\\2\ue002", raw), {**given, ACT: ""})):
            lines = [line.rstrip() for line in part.split("\n") if line.strip() not in ("", ">", "-")]
            parts += ["\n".join(lines)] if lines else []
    if None not in parts:
        parts.append(None)
    return [part for part in parts if part is not None or with_act]


def _as_text(note: str, parts: list[str | None], act: tuple[str, str] | None, house: House, foot: Footing) -> str:
    out = [_wrapped(note)] if note else []
    out += [f"{act[0]}:\n{act[1]}" if part is None and act else _wrapped(NAMED_FILLED.sub(r"\1 (\2)", part or "")) for part in parts]
    return "\n\n".join([*out, "-- \n" + "\n".join(_foot(house, foot))]) + "\n"


def _wrapped(part: str) -> str:
    return "\n".join(
        line if ADDRESS.search(line) else textwrap.fill(line, 76, break_long_words=False, break_on_hyphens=False) for line in part.split("\n")
    )


def _foot(house: House, foot: Footing) -> list[str]:
    lines = [house.service_name, house.organisation]
    lines += [f"Questions: {house.contact_email}"] if house.contact_email else []
    because = f" We write to you because {foot.because}." if foot.because else ""
    return [*lines, f"Reference {foot.reference}.{because}"]


def _as_html(
    subject: str, note: str, parts: list[str | None], act: tuple[str, str] | None, house: House, foot: Footing, language: Language,
) -> str:
    tag, english = language.tag, "" if language is Language.ENGLISH else f' lang="{Language.ENGLISH.tag}"'
    blocks = [f'<p{english} style="{PARAGRAPH}">{_with_addresses(note)}</p>'] if note else []
    blocks += [_button(*act, english) if part is None and act else _block(part or "") for part in parts]
    inner = "\n".join(blocks)
    lines = _foot(house, foot)
    quiet = f"font-size:16px;line-height:24px;color:{QUIET}"
    return (
        f'<!doctype html>\n<html lang="{tag}">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(subject)}</title></head>\n'
        f'<body style="margin:0;padding:0;background-color:{PAPER};color:{INK};{FONT}">\n'
        f'<div role="article" aria-label="{escape(subject)}" lang="{tag}" style="max-width:560px;margin:0 auto;padding:24px 16px;'
        f'background-color:{PAPER};color:{INK};{FONT}">\n'
        f'<p style="margin:0 0 24px;{quiet}">{escape(house.service_name)}<br>{escape(house.organisation)}</p>\n'
        f'<h1 style="margin:0 0 16px;font-size:26px;line-height:32px;color:{INK}">{escape(subject)}</h1>\n'
        f"{inner}\n"
        f'<hr style="border:0;border-top:1px solid #d8d3ca;margin:24px 0 16px">\n'
        f'<p{english} style="margin:0;{quiet}">{"<br>".join(_linked(line) for line in lines[2:])}</p>\n</div>\n</body>\n</html>\n'
    )


def _button(label: str, address: str, english: str) -> str:
    style = (f"display:inline-block;padding:14px 22px;border-radius:4px;background-color:{TEAL};color:#ffffff;font-size:18px;font-weight:bold;"
             "text-decoration:none")
    return f'<p style="margin:0 0 24px"><a href="{escape(address)}"{english} style="{style}">{escape(label)}</a></p>'


def _block(part: str) -> str:
    lines = part.split("\n")
    if all(line.startswith(">") for line in lines):
        first, *others = (_linked(line[1:].strip()) for line in lines)
        inner = "<br>".join([f"<strong>{first}</strong>", *others])
        return f'<p style="{PARAGRAPH};padding:14px 16px;border-left:5px solid {TEAL};background-color:#ffffff">{inner}</p>'
    if all(line.startswith("- ") for line in lines):
        inner = "".join(f'<li style="margin:0 0 6px">{_linked(line[2:].strip())}</li>' for line in lines)
        return f'<ul style="{PARAGRAPH};padding-left:24px">{inner}</ul>'
    return f'<p style="{PARAGRAPH}">{"<br>".join(_linked(line) for line in lines)}</p>'


def _linked(line: str) -> str:
    out, at = [], 0
    for found in NAMED_FILLED.finditer(line):
        words, address = found.groups()
        out += [_with_addresses(line[at:found.start()]), _link(address, words) if ADDRESS.fullmatch(address) else escape(words)]
        at = found.end()
    return "".join([*out, _with_addresses(line[at:])])


def _with_addresses(text: str) -> str:
    out, at = [], 0
    for found in ADDRESS.finditer(text):
        out += [escape(text[at:found.start()]), _link(found.group(0), found.group(0))]
        at = found.end()
    return "".join([*out, escape(text[at:])])


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}" style="{LINK}">{escape(words)}</a>'
