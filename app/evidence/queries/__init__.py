"""What is the case here, read and never written. A report takes its quotes through `approved_quotes`, and through nothing else."""

from app.evidence.queries.for_reports import ApprovedQuote, approved_counts, approved_quotes, printable
from app.evidence.queries.promises import promised_until

__all__ = ["ApprovedQuote", "approved_counts", "approved_quotes", "printable", "promised_until"]
