"""What the button of a placeholder does."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.consent import browser, ledger
from clevenio.consent.embeds.notices import embed_notice
from clevenio.consent.embeds.pieces import Piece
from clevenio.i18n import LANGUAGES


def allow(
    session: Session, receipt: UUID | None, piece: Piece, shown: str | None, now: datetime
) -> browser.Answer:
    """Record that a browser always wants what this maker has; every other choice stays as it is.

    `shown` is the version that the form carried. Raises `browser.NoticeChangedError` where it is not today's.
    """
    category = piece.embed.category
    before = browser.answer(session, receipt)
    held = before.granted if before and before.is_current(now) else frozenset()
    current = {embed_notice(piece.embed.id, language).id for language in LANGUAGES}
    return browser.decide(
        session,
        receipt,
        held | {category, f"{category}:{piece.embed.vendor}"},
        notice=piece.notice,
        shown=None if shown is None or shown in current else "unknown",
        channel=ledger.Channel.EMBED,
        now=now,
    )
