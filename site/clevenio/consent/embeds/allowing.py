"""What the button of a placeholder does."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.consent import browser, ledger
from clevenio.consent.embeds.notices import embed_notice
from clevenio.consent.embeds.pieces import Piece
from clevenio.i18n import LANGUAGES
from clevenio.registry import load


def allow(
    session: Session, receipt: UUID | None, piece: Piece, shown: str | None, now: datetime
) -> browser.Answer:
    """Record that a browser always wants what this maker has; every other choice stays as it is.

    `shown` is the version that the form carried. Raises `browser.NoticeChangedError` where it is not today's.
    """
    category = piece.embed.category
    wanted = {category, f"{category}:{piece.embed.vendor}"}
    before = browser.answer(session, receipt)
    held = {p for p in before.granted if before.covers([p], now)} if before else set[str]()
    # The category's other makers are decided as well, where they were not: else it would let them in.
    within = {category, *(f"{category}:{vendor.id}" for vendor in load().vendors_of(category))}
    asked = wanted | within - held
    is_part = before is not None and before.covers(set(load().browser_purposes) - asked, now)
    current = {embed_notice(piece.embed.id, language).id for language in LANGUAGES}
    return browser.decide(
        session,
        receipt,
        frozenset(held | wanted),
        notice=piece.notice,
        shown=None if shown is None or shown in current else "unknown",
        channel=ledger.Channel.EMBED,
        now=now,
        asked=frozenset(asked) if is_part else None,
    )
