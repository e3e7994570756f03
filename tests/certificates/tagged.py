"""Reads how a PDF is tagged, with nothing but the standard library: what is painted where, and what its structure tree reaches (ISO 32000, 14.7)."""

import re
import zlib

STRING = rb"\((?:[^\\()]|\\.)*\)|<[0-9A-Fa-f\s]*>(?!>)"
PAINTS = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"Do", b"sh"}


def streams(pdf):
    """What is unpacked of every stream that can be."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            yield zlib.decompress(found.group(1))
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
