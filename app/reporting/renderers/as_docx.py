"""The report as a Word document, to be worked into an annual report: headings, real tables, drawn charts with their words."""

import io
from typing import Any

from flask import current_app

from app.core.settings import Settings
from app.core.texts import all_readable
from app.reporting.renderers.drawing import pictures
from app.reporting.reports.annual_document import annual_document
from app.reporting.reports.document import Chart, Document, Figures, Funnel, Heading, Points, Quote, Sentence, Table, Terms

INK = "0F5459"


def as_docx(figures: dict[str, Any]) -> bytes:
    """The document; whose it is, its period and the page number stand on every page."""
    settings: Settings = current_app.extensions["settings"]
    document = annual_document(all_readable(figures), organisation=settings.organisation)
    return _Writer(document, pictures(document.drawn)).bytes()


class _Writer:
    """Puts blocks into a Word file one after the other."""

    def __init__(self, document: Document, drawn: list[bytes]) -> None:
        import docx  # noqa: PLC0415  (slow to import, and needed for Word only)

        self.source, self.drawn = document, iter(drawn)
        self.file: Any = docx.Document()
        self._set_up()

    def bytes(self) -> bytes:
        """The file."""
        self.file.add_heading(self.source.title, 0)
        self.file.add_paragraph(f"{self.source.whose}. {self.source.dates}.")
        for block in self.source.blocks:
            self._add(block)
        kept = io.BytesIO()
        self.file.save(kept)
        return kept.getvalue()

    def _set_up(self) -> None:
        from docx.oxml import OxmlElement  # noqa: PLC0415
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import Cm, Pt, RGBColor  # noqa: PLC0415

        properties = self.file.core_properties
        properties.title, properties.author, properties.language = self.source.title, self.source.whose, "en-GB"
        properties.subject, properties.comments = f"Training, {self.source.dates}", ""
        for name in ("Normal", "Title", "Heading 1", "List Bullet", "Caption", "Quote"):
            style = self.file.styles[name]
            style.font.name = "Arial"
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
                fonts.set(qn(script), "Arial")
            for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
                fonts.attrib.pop(qn(theme), None)
            if name in ("Title", "Heading 1", "Caption"):
                style.font.color.rgb = RGBColor.from_string(INK)
        self.file.styles["Normal"].font.size = Pt(10.5)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-GB")
        self.file.styles["Normal"].element.get_or_add_rPr().append(language)
        section = self.file.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.3)
        section.header.paragraphs[0].text = f"{self.source.whose}: {self.source.title}"
        footer = section.footer.paragraphs[0]
        footer.add_run(f"{self.source.dates}. Page ")
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            run = footer.add_run()
            if kind:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
            else:
                mark = OxmlElement("w:instrText")
                mark.set(qn("xml:space"), "preserve")
                mark.text = text
            run._r.append(mark)

    def _add(self, block: Any) -> None:
        if isinstance(block, Heading):
            self.file.add_heading(block.text, 1)
        elif isinstance(block, Sentence):
            run = self.file.add_paragraph().add_run(block.text)
            run.bold, run.italic = block.leading, block.note
        elif isinstance(block, Figures):
            self._figures(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Chart | Funnel):
            self._chart(block)
        elif isinstance(block, Terms):
            for term, text in block.pairs:
                paragraph = self.file.add_paragraph()
                paragraph.add_run(f"{term}: ").bold = True
                paragraph.add_run(text)
        elif isinstance(block, Quote):
            paragraph = self.file.add_paragraph(f"“{block.text}”", style="Quote")
            paragraph.paragraph_format.keep_with_next = True
            self.file.add_paragraph(block.who)
        elif isinstance(block, Points):
            for item in block.items:
                self.file.add_paragraph(item, style="List Bullet")

    def _figures(self, block: Figures) -> None:
        rows = [[figure.what.capitalize(), f"{figure.number} {figure.of}".strip(), figure.note] for figure in block.figures]
        self._table(Table("In numbers", ["What", "How many", "Note"], rows))

    def _table(self, block: Table) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
        from docx.oxml import OxmlElement  # noqa: PLC0415
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import Cm, Pt  # noqa: PLC0415

        caption = self.file.add_paragraph(block.title, style="Caption")
        caption.paragraph_format.keep_with_next = True
        rows = [list(block.head), *(list(row) for row in block.rows), *([list(block.total)] if block.total else [])]
        table = self.file.add_table(rows=len(rows), cols=len(block.head), style="Light Grid Accent 1")
        table.autofit = False
        first = 4.4 if len(block.head) > 4 else 16.4 * (0.4 if len(block.head) > 2 else 0.7)
        widths = [Cm(first), *[Cm((16.4 - first) / (len(block.head) - 1))] * (len(block.head) - 1)]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        numeric = {index for index in range(1, len(block.head)) if all(_is_number(row[index]) for row in rows[1:])}
        repeat = OxmlElement("w:tblHeader")
        repeat.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(repeat)
        for row, cells in zip(table.rows, rows, strict=True):
            whole = OxmlElement("w:cantSplit")
            row._tr.get_or_add_trPr().append(whole)
            for index, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
                cell.width = widths[index]
                paragraph = cell.paragraphs[0]
                run = paragraph.add_run(text)
                if len(block.head) > 4:
                    run.font.size = Pt(9)
                if index in numeric:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.file.add_paragraph()

    def _chart(self, block: Chart | Funnel) -> None:
        from docx.shared import Cm  # noqa: PLC0415

        caption = self.file.add_paragraph(block.title, style="Caption")
        caption.paragraph_format.keep_with_next = True
        shape = self.file.add_picture(io.BytesIO(next(self.drawn)), width=Cm(16))
        described = shape._inline.docPr
        described.set("descr", block.alternative)
        described.set("title", block.title)
        self._table(block.table)


def _is_number(text: str) -> bool:
    """Whether a cell stands under other numbers: a count, or a count that is withheld or not known."""
    return text.replace(",", "").isdigit() or text in ("withheld", "not known", "")
