"""The ledger of health statements as pages: lines for a terminal, and one HTML file with figures.

In: a `Ledger`. Out: texts. Never judges: verdicts come with the ledger, and a warning is part of its statement.
"""

from acinus.report.evidence_page.lines import page_lines
from acinus.report.evidence_page.web_page import evidence_page, write_evidence_page

__all__ = ["evidence_page", "page_lines", "write_evidence_page"]
