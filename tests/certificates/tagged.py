"""Reads how a PDF is tagged, with nothing but the standard library: what is painted where, what its structure tree reaches (ISO 32000, 14.7), and
which words a program that reads aloud finds in it (9.10)."""

import re
import zlib

STRING = rb"\((?:[^\\()]|\\.)*\)|<[0-9A-Fa-f\s]*>(?!>)"
PAINTS = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"Do", b"sh"}


def streams(pdf):
    """What is unpacked of every stream that can be. One in 256 ends with a byte that looks like the end of a line, so that may follow or not."""
    for found in re.finditer(rb"stream\r?\n(.*?)\nendstream", pdf, re.S):
        try:
            yield zlib.decompressobj().decompress(found.group(1))
        except zlib.error:
            continue


def painted(pdf):
    """(operators that paint outside any mark, content marks by number) of the pages."""
    bare, marks = [], []
    for content in streams(pdf):
        if b"BDC" not in content:
            continue
        depth = 0
        without = re.sub(STRING, b" ", re.sub(rb"BI\s.*?\sEI\s", b" ", content, flags=re.S))
        marks += [int(number) for number in re.findall(rb"/MCID\s+(\d+)", without)]
        for token in re.findall(rb"[A-Za-z'\"*]+", re.sub(rb"<<.*?>>|/[\w.+-]+", b" ", without)):
            if token in (b"BDC", b"BMC"):
                depth += 1
            elif token == b"EMC":
                depth -= 1
            elif token in PAINTS and depth == 0:
                bare.append(token)
        assert depth == 0
    return bare, marks


def elements(pdf):
    """(role, numbers of its content marks, alternative text or not) of every structure element."""
    found = []
    for body in re.findall(rb"\d+ 0 obj\s*(.*?)\s*endobj", b"\n".join([pdf, *streams(pdf)]), re.S):
        role = re.search(rb"/S\s*/(\w+)", body)
        if b"/StructElem" not in body or role is None:
            continue
        kids = re.search(rb"/K\s*(\[[^\]]*\]|\d+(?! 0 R))", body)
        numbers = re.sub(rb"\d+ 0 R", b" ", kids.group(1)) if kids else b""
        marks = [int(one) for one in re.findall(rb"/MCID\s+(\d+)", numbers) or re.findall(rb"\d+", re.sub(rb"<<.*?>>", b" ", numbers, flags=re.S))]
        found.append((role.group(1).decode(), marks, b"/Alt" in body))
    return found


def objects(pdf):
    """Every object by its number, as it is written."""
    return {int(number): body for number, body in re.findall(rb"(\d+) 0 obj\s*(.*?)\s*endobj", pdf, re.S)}


def fonts(pdf):
    """The numbers of the typefaces."""
    return [number for number, body in objects(pdf).items() if re.search(rb"/Subtype\s*/Type0\b", body)]


def signs(objects, font):
    """What each glyph of a font stands for, by its number; a font that does not say has none."""
    named = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    if named is None:
        return {}
    body = objects[int(named.group(1))]
    table = b"".join(streams(body)) or body
    return {int(glyph, 16): bytes.fromhex(sign.decode()).decode("utf-16-be")
            for glyph, sign in re.findall(rb"<([0-9A-F]{4})>\s*<((?:[0-9A-F]{4})+)>\s*\n", table)}


def read_aloud(pdf):
    """The words of each content mark, in the order of painting; a glyph that stands for nothing is None."""
    there = objects(pdf)
    by_name = {name: signs(there, int(number)) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", pdf)}
    found = {}
    for content in streams(pdf):
        for number, marked in re.findall(rb"/MCID (\d+)[^>]*>>\s*BDC(.*?)EMC", content, re.S):
            for font, shown in re.findall(rb"/(f\d+) [\d.]+ Tf.*?(\[.*?\])\s*TJ", marked, re.S):
                glyphs = b"".join(plain(one) for one in re.findall(STRING, shown))
                words = [by_name[font].get(int.from_bytes(glyphs[at:at + 2], "big")) for at in range(0, len(glyphs), 2)]
                found.setdefault(int(number), []).extend(words)
    return found


def plain(string):
    """The bytes of a string as it is written in a content stream."""
    if string.startswith(b"<"):
        return bytes.fromhex(string[1:-1].decode())
    letters = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    return re.sub(rb"\\([0-7]{1,3}|.)", lambda one: bytes([int(one[1], 8)]) if one[1].isdigit() else letters.get(one[1], one[1]), string[1:-1],
                  flags=re.S)
