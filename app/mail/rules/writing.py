"""How a letter is written out: the same words as plain text and as HTML, which has its style inline and loads nothing from anywhere.

A paragraph stands between empty lines. Lines that begin with > stand in a box, lines that begin with - are a list, [words]({placeholder})
are a link, and so is every web address. Only the wording can say so, and what the product itself puts into it; never a text that somebody gave,
such as a name or a reason. What is given in a letter's own language is taken in that; what is there in English only stands so in a Welsh
letter, and its HTML says that it is English.
"""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from app.mail.rules.frame import FRAMES
from app.mail.rules.languages import BARE, INVISIBLE, Both, Kept, Language, bare, in_language, in_one_line, lacks, of_one_line
from app.mail.rules.wording import ACT, fill, paragraphs

ADDRESS = re.compile("https?://[^\\s<>\"'\ue000-\ue005]*[^\\s<>\"'.,;:!?)\\]\ue000-\ue005]")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
NAMED = re.compile(r"\[([^\[\]\n]+)\]\((\{[a-z_]+\})\)")
NAMED_FILLED = re.compile("\ue000([^\ue001]*)\ue001([^\ue002]*)\ue002")
"""A link with its words, once it is known: between characters that nothing that was given can hold."""
ENGLISH_BEGINS, ENGLISH_ENDS = "\ue003", "\ue004"
"""Around what is in English in a letter in another language, until it is written out."""
UNSEEN = re.compile("[\ue003-\ue005]")
ITEM = re.compile(r"^(> ?|- |[ \t]*)(\S.*)$", re.M)

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
    sender: str = ""
    """The address that letters come from; none while they do not leave."""
    host: str = "localhost"
    """Where people reach the site."""

    @property
    def answers_to(self) -> str:
        """The address at which somebody reads answers; while none is known and no letter leaves, one at the site's host, as whoever invites
        has one (RFC 5546, 3.2.2)."""
        return self.contact_email or self.sender or f"no-reply@{self.host}"


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
    because: Both


@dataclass(frozen=True)
class _Written:
    """A letter in one language before it takes a form: what stands between the marks of English is in English."""

    subject: str
    note: str
    parts: list[str | None]
    act: tuple[str, str] | None
    foot: list[str]
    language: Language


def write(
    subject: str, body: str, given: Mapping[str, Kept], act: tuple[str | Both, str] | None, house: House, foot: Footing,
    *, copied_to: str = "", language: Language = Language.ENGLISH,
) -> Page:
    """The letter from its wording, which is in `language`, and what was given; `act` is the button: its words (English, if they are not
    given in both) and its address.

    `copied_to` is whom the letter went to, of which this is a copy; the copy says so before all else.

    Raises:
        KeyError: a placeholder of the wording was not given.
    """
    said = {name: _said(value, language) for name, value in given.items()}
    line = CONTROL.sub(" ", UNSEEN.sub("", in_one_line(fill(subject, said)))).strip()
    button = None if act is None else (_said(_by_language(act[0]), language), act[1])
    note = FRAMES[language].copy.format(to=bare(copied_to)) if copied_to else ""
    written = _Written(line, note, _parts(body, said, with_act=act is not None), button, _foot(house, foot, language), language)
    return Page(line, _as_text(written, house), _as_html(written, house))


def _by_language(text: str | Both) -> Kept:
    return (text if isinstance(text, Both) else Both(text)).by_language()


def _said(value: Kept, language: Language) -> str:
    """The text in the letter's language, what somebody gave as no more than text; each line between marks when it is in English for want of that."""
    text = bare(value) if isinstance(value, str) else INVISIBLE.sub("", in_language(value, language))
    return ITEM.sub(f"\\1{ENGLISH_BEGINS}\\2{ENGLISH_ENDS}", text) if lacks(value, language) else text


def _parts(body: str, given: Mapping[str, str], *, with_act: bool) -> list[str | None]:
    """The paragraphs, filled in; none stands for the button. A paragraph of which nothing is left goes, and so do lines left empty."""
    parts: list[str | None] = []
    for raw in paragraphs(body):
        if raw == f"{{{ACT}}}":
            parts.append(None)
            continue
        for part in paragraphs(_filled(raw, {**given, ACT: ""})):
            lines = [line.rstrip() for line in part.split("\n") if line.strip() not in ("", ">", "-")]
            parts += ["\n".join(lines)] if lines else []
    if None not in parts:
        parts.append(None)
    return [part for part in parts if part is not None or with_act]


def _filled(paragraph: str, given: Mapping[str, str]) -> str:
    """The paragraph with what was given; in a line of a box or of a list that stays one line."""
    short = {name: in_one_line(value) for name, value in given.items()}
    return "\n".join(fill(line, short if of_one_line(line) else given)
                     for line in NAMED.sub("\ue000\\1\ue001\\2\ue002", paragraph).split("\n"))


def _foot(house: House, foot: Footing, language: Language) -> list[str]:
    frame = FRAMES[language]
    lines = [frame.questions.format(contact=house.contact_email)] if house.contact_email else []
    return [*lines, f"{frame.reference.format(reference=foot.reference)} {_because(foot.because, language)}".strip()]


def _because(because: Both, language: Language) -> str:
    if not because.english:
        return ""
    welsh = None if because.welsh is None else FRAMES[Language.WELSH].because.format(because=because.welsh)
    return _said(Both(FRAMES[Language.ENGLISH].because.format(because=because.english), welsh).by_language(), language)


def _as_text(letter: _Written, house: House) -> str:
    out = [_wrapped(letter.note)] if letter.note else []
    act = letter.act
    out += [f"{act[0]}:\n{act[1]}" if part is None and act else _wrapped(NAMED_FILLED.sub(r"\1 (\2)", part or "")) for part in letter.parts]
    return UNSEEN.sub("", "\n\n".join([*out, "-- \n" + "\n".join([house.service_name, house.organisation, *letter.foot])]) + "\n")


def _wrapped(part: str) -> str:
    return "\n".join(line if ADDRESS.search(line) else textwrap.fill(line, 76, break_long_words=False, break_on_hyphens=False)
                     for line in UNSEEN.sub("", part).split("\n"))


def _as_html(letter: _Written, house: House) -> str:
    tag, subject, act = letter.language.tag, letter.subject, letter.act
    blocks = [f'<p style="{PARAGRAPH}">{_with_addresses(letter.note)}</p>'] if letter.note else []
    blocks += [_button(*act) if part is None and act else _block(part or "") for part in letter.parts]
    inner = "\n".join(blocks)
    quiet = f"font-size:16px;line-height:24px;color:{QUIET}"
    return _with_languages(
        f'<!doctype html>\n<html lang="{tag}">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(subject)}</title></head>\n'
        f'<body style="margin:0;padding:0;background-color:{PAPER};color:{INK};{FONT}">\n'
        f'<div role="article" aria-label="{escape(subject)}" lang="{tag}" style="max-width:560px;margin:0 auto;padding:24px 16px;'
        f'background-color:{PAPER};color:{INK};{FONT}">\n'
        f'<p style="margin:0 0 24px;{quiet}">{escape(house.service_name)}<br>{escape(house.organisation)}</p>\n'
        f'<h1 style="margin:0 0 16px;font-size:26px;line-height:32px;color:{INK}">{escape(subject)}</h1>\n'
        f"{inner}\n"
        f'<hr style="border:0;border-top:1px solid #d8d3ca;margin:24px 0 16px">\n'
        f'<p style="margin:0;{quiet}">{"<br>".join(_linked(line) for line in letter.foot)}</p>\n</div>\n</body>\n</html>\n'
    )


def _with_languages(html: str) -> str:
    return html.replace(ENGLISH_BEGINS, f'<span lang="{Language.ENGLISH.tag}">').replace(ENGLISH_ENDS, "</span>").replace(BARE, "")


def _button(label: str, address: str) -> str:
    style = (f"display:inline-block;padding:14px 22px;border-radius:4px;background-color:{TEAL};color:#ffffff;font-size:18px;font-weight:bold;"
             "text-decoration:none")
    return f'<p style="margin:0 0 24px"><a href="{escape(address)}" style="{style}">{escape(label)}</a></p>'


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
