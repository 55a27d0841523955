"""The inbox in the back office: one blueprint, whose views stand in a file for each thing they show."""

from clevenio.inquiries.staff import answers, redaction, templates
from clevenio.inquiries.staff.inbox import bp

__all__ = ["answers", "bp", "redaction", "templates"]
