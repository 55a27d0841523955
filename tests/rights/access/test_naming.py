"""The copy's page names what a row is about: which newsletter, which file, and no try that does not come."""

import json
import re
from html import unescape

import pytest
from sqlalchemy import update

from clevenio.accounts.models import MailRequest
from clevenio.audiences.models import Export, Membership
from clevenio.audiences.platforms import names
from clevenio.newsletter.models import Campaign, Delivery, DeliveryState, Edition
from clevenio.outbox import Mail
from clevenio.registry import load
from tests.support.factories import NOW


def cells(page, title):
    """The rows of the table under a heading, as text, each by the heads of its columns."""
    part = unescape(page).partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]
    if "<table>" not in part:
        found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", part)
        return [dict(found)]
    head = re.findall(r'<th scope="col">(.*?)</th>', part)
    rows = part.partition("<tbody>")[2].split("</tr>")[:-1]
    return [dict(zip(head, re.findall(r"<td>(.*?)</td>", row), strict=True)) for row in rows]


@pytest.fixture
def mailed(session, everything):
    """`mailed(state, subject)`: one more newsletter in Finnish; of `None` nobody wrote a text."""

    def mail(state, subject="Kesän {{ topic }}"):
        campaign = Campaign(topic="product_news", state="finished", created_at=NOW, candidates=1)
        session.add(campaign)
        session.flush()
        if subject is not None:
            texts = {"fi": subject, "en": "Of another language"}
            session.add_all(
                Edition(campaign=campaign.id, language=language, subject=text, source=f"# {text}")
                for language, text in texts.items()
            )
        session.add(
            Delivery(
                campaign=campaign.id,
                person=everything.id,
                language="fi",
                basis="consent",
                decision=1,
                notice="n",
                state=state,
                due_at=NOW,
            )
        )
        session.flush()

    return mail


def test_newsletters_are_told_apart_by_topic_and_subject(made, everything, mailed):
    mailed(DeliveryState.SENT)
    mailed(DeliveryState.SENT, None)
    files = made(everything, "fi")
    rows = cells(files["index.html"], load().holdings["deliveries"].what.fi)
    topics = [load().purposes[name].name.fi for name in ("newsletter", "product_news", "product_news")]
    assert [row["aihe"] for row in rows] == topics
    assert [row["viestin otsikko"] for row in rows] == ["–", f"Kesän {topics[1]}", "–"]
    kinds = {kind["id"]: kind for kind in json.loads(files["data.json"])["kinds"]}
    [table] = kinds["deliveries"]["tables"]
    assert all("campaign" in row and "topic" not in row for row in table["rows"])


def test_what_is_not_tried_again_has_no_next_try(made, everything, mailed, session):
    session.execute(update(Mail).values(state="sent"))
    session.execute(update(MailRequest).values(due_at=NOW))
    mailed(DeliveryState.FAILED)
    mailed(DeliveryState.DEFERRED)
    files = made(everything)
    waits = [
        row["next try"] != "–" for row in cells(files["index.html"], load().holdings["deliveries"].what.en)
    ]
    assert waits == [False, False, True]
    assert {row["next try"] for row in cells(files["index.html"], load().holdings["mails"].what.en)} == {"–"}
    assert cells(files["index.html"], load().holdings["mail_requests"].what.en)[0]["next try"] != "–"
    # The file for programs has what stands in the table.
    assert files["data.json"].count('"due_at": null') == 0


def test_a_file_for_a_platform_is_told_by_platform_day_and_what_it_was_for(made, everything, session):
    for platform, kind in (("google", "upload"), ("meta", "removal")):
        session.add(
            export := Export(
                kind=kind, state="finished", platform=platform, vendor=platform, segment="all", criteria={},
                actor="staff:1", created_at=NOW, finished_at=NOW, ledger_position=0, notices=[], rows=1,
                rejects={}, files=[],
            )
        )  # fmt: skip
        session.flush()
        has = {"has_email": True, "has_phone": False, "has_advertising_id": False}
        session.add(Membership(person_id=everything.id, export_id=export.id, **has))
    session.flush()
    rows = cells(made(everything)["index.html"], load().holdings["memberships"].what.en)
    assert [list(row.values())[:3] for row in rows] == [
        ["Google Ads Customer Match", "01/06/2026", "to be put into an audience"],
        [str(names()["meta"]), "01/06/2026", "to be taken out"],
    ]
    assert list(rows[0])[:3] == ["advertising platform", "file made", "kind"]
