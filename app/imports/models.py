"""What was imported, when, by whom, and how it went."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.core.db import Base
from app.core.tokens import reference


class ImportRun(Base):
    """One upload: what it added and changed, or the rows that need a change (then nothing was imported)."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True, default=reference)
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    file_name: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    by: Mapped[Account] = relationship()


class ImportedRow(Base):
    """What files said last of a row of a table, as a digest of each value by the name of its column. The row itself may be gone."""

    __tablename__ = "imported_row"

    table: Mapped[str] = mapped_column("of_table", primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    said: Mapped[dict[str, str]] = mapped_column(sa.JSON)
