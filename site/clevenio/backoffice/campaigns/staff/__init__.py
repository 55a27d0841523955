"""The screens of campaigns: one blueprint, whose views stand in a file for each thing they show."""

from clevenio.backoffice.campaigns.staff import checking, following, sending, writing
from clevenio.backoffice.campaigns.staff.room import bp

__all__ = ["bp", "checking", "following", "sending", "writing"]
