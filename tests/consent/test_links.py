"""What the fast way through the ledger says of a decision is what `chain.canonical` says of it."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from clevenio import chain
from clevenio.consent import ledger
from clevenio.consent.ledger import Channel, Decision, State
from clevenio.consent.links import along_chains
from clevenio.consent.notices import import_notice
from tests.consent.acts import act, subjects
from tests.support.factories import NOW

EVIDENCE = {
    "source": 'Messut ”Äyräs” \\ "2026"\n\t\x1f\u2028 🙂',
    "confirmed_by": None,
    "a": {"z": [1, 2.5, True], "ä": {}},
}


@pytest.mark.parametrize(
    "moment", [NOW, datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(1999, 12, 31, tzinfo=UTC)]
)
def test_every_link_covers_the_canonical_text_of_its_row(database, moment):
    notice = import_notice('Ääkkösin "sanottu"', "fair", "fi", ["email"])
    with database.session() as session:
        made = subjects(session, 3, newsletter=State.GRANTED, surveys=State.REFUSED)
        act(session, made[1], newsletter=State.WITHDRAWN, now=moment)
        odd = ledger.Act(uuid4(), {"ad_audiences:google": State.GRANTED}, notice, "fi", EVIDENCE, is_new=True)
        ledger.record_all(session, [odd], channel=Channel.IMPORT, now=moment)
        session.commit()
        found = list(along_chains(session))
        rows = list(session.scalars(select(Decision).order_by(Decision.subject, Decision.sequence)))
    assert [(UUID(subject), sequence, text, hash_) for subject, sequence, text, hash_, *_ in found] == [
        (row.subject, row.sequence, chain.canonical(row.fields()), row.hash) for row in rows
    ]
    assert len(found) == 8


def test_each_link_knows_its_head_and_whether_the_standing_follows_from_it(database):
    with database.session() as session:
        (subject,) = subjects(session, 1, newsletter=State.GRANTED, surveys=State.GRANTED)
        *_, last = act(session, subject, newsletter=State.WITHDRAWN)
        session.commit()
        found = [link[4:] for link in along_chains(session)]
    assert found == [
        ((3, last.hash), "newsletter", False, 2),
        ((3, last.hash), "surveys", True, 2),
        ((3, last.hash), "newsletter", True, 2),
    ]
