"""The shorter ways to those of whom something must not go find the same people as the long ones."""

from random import Random

import pytest
from sqlalchemy import func, select

from clevenio.audiences import exceptions, removals
from clevenio.audiences.platforms import platform
from clevenio.audiences.preview import preview
from clevenio.audiences.segments import Choice
from clevenio.audiences.selection import upload
from clevenio.consent.ledger import Basis
from clevenio.people import suppression
from clevenio.people.canonical import FORMS
from clevenio.people.models import Person
from tests.support.factories import NOW

PURPOSES = "ad_audiences:google ad_audiences:meta ad_audiences:tiktok ad_audiences:reddit"
PLATFORMS = ("google", "meta", "tiktok", "reddit-email")
MAILBOXES = ["{}@gmail.com", "{}+x@gmail.com", "{}.y@example.fi", "{}y@example.fi", "{}y+x@example.fi"]
SPELLINGS = [
    *MAILBOXES,
    "{}+@gmail.com",
    "{}.x@googlemail.com",
    "{}x@gmail.com",
    "{}.x+y@gmail.com",
    "+{}@example.fi",
]
EVERYBODY, IN_FINNISH = Choice("all", {}), Choice("in_finnish", {"language": ["fi"]})
DEVICES = [f"5f3a2b18-9c4d-4e7f-b8e2-17d3a1e69b2{digit}" for digit in range(4)]


def gather(crowd, chance):
    """People who share mailboxes, numbers and devices; some said no at once, some agreed to fewer data."""
    addresses = [form.format(name) for form in MAILBOXES for name in ("aino", "eero", "maija", "olli")]
    found = []
    for email in chance.sample(addresses, 16):
        profile = {}
        if chance.random() < 0.6:
            profile["phone"] = f"+35840123456{chance.randrange(6)}"
        if chance.random() < 0.5:
            profile["advertising_id"] = chance.choice(DEVICES)
        profile["language"] = chance.choice(["fi", "en"])
        is_no = chance.random() < 0.15
        listed = chance.choice([("advertising_id",), (), None])
        said = {"grants": "", "refuses": PURPOSES} if is_no else {"grants": PURPOSES, "listed": listed}
        if chance.random() < 0.1:
            # Granted all the same, and no consent.
            said["basis"] = Basis.CUSTOMER
        found.append(crowd.add(email, **said, **profile))
    return found


def change(crowd, database, chance, people):
    """Some withdraw, come back, are restricted or suppressed."""
    for person in chance.sample(people, 7):
        act = chance.choice(["withdraw", "return", "restrict", "suppress"])
        if act in ("withdraw", "return"):
            crowd.withdraw(person, "ad_audiences")
        if act == "return":
            crowd.grant(person, "ad_audiences")
        if act == "restrict":
            crowd.change(person, restricted_at=NOW)
        if act == "suppress":
            kind = chance.choice(["email", "phone"])
            key = person.email_suppression if kind == "email" else person.phone_suppression
            if key is not None:
                with database.session() as session:
                    suppression.suppress(session, key, kind, "all", "objection", NOW)
                    session.commit()


def shared_among_everybody(mailbox):
    """Mailboxes that more than one person holds: nobody's is passed over."""
    return select(mailbox).group_by(mailbox).having(func.count() > 1)


def everybody(eligibility):
    """Whoever ever decided: nobody is passed over."""
    return select(eligibility.standing.c.subject.label("person")).cte("doubtful")


@pytest.mark.parametrize(
    "seed", [0, 1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
def test_whichever_way_is_gone_the_same_people_get_in_and_leave(
    crowd, exported, removed, database, settings, monkeypatch, seed
):
    chance = Random(seed)
    people = gather(crowd, chance)
    for name in PLATFORMS:
        exported(name)
    people += [crowd.add(f"late{number}@example.com", grants=PURPOSES) for number in range(3)]
    change(crowd, database, chance, people)

    def counted(name):
        with database.session(write=False) as session:
            return [
                preview(
                    session,
                    platform(name, settings.data),
                    segment,
                    is_added_only=is_added_only,
                    with_columns=True,
                )
                for segment in (EVERYBODY, IN_FINNISH)
                for is_added_only in (False, True)
            ]

    def fetched(name):
        return removed(name), exported(name), exported(name, IN_FINNISH)

    # What is fetched is in use from then on, and new to nobody: so all ways count first.
    answers = []
    for look in (counted, fetched):
        found = []
        shared = exceptions._shared_mailboxes
        for few, doubtful, mailboxes, notices in (
            (1, removals._doubtful, shared, 200),
            (10**9, removals._doubtful, shared, 0),
            (1, everybody, shared_among_everybody, 200),
        ):
            with monkeypatch.context() as ways:
                ways.setattr(exceptions, "FEW", few)
                ways.setattr(exceptions, "_shared_mailboxes", mailboxes)
                ways.setattr("clevenio.audiences.preview.FEW_NOTICES", notices)
                ways.setattr(removals, "_doubtful", doubtful)
                found.append([look(name) for name in PLATFORMS])
        assert found[0] == found[1] == found[2]
        answers.append(found[0])
    counts, files = answers
    assert any(rows for rows, *_files in files)
    assert any(one[1].rows for one in counts)


@pytest.mark.parametrize("seed", range(2))
def test_who_is_new_is_counted_as_the_file_finds_them(crowd, exported, database, settings, seed):
    chance = Random(seed)
    people = gather(crowd, chance)
    for name in PLATFORMS:
        exported(name)
    people += [crowd.add(f"late{number}@example.com", grants=PURPOSES) for number in range(3)]
    change(crowd, database, chance, people)
    with database.session(write=False) as session:
        for name in PLATFORMS:
            chosen = platform(name, settings.data)
            for segment in (EVERYBODY, IN_FINNISH):
                counts = preview(session, chosen, segment, is_added_only=True)
                rows = upload(chosen.layout, segment.criteria, segment.name).rows
                assert counts.rows == len(session.execute(rows).all())
                assert counts.matching == counts.rows + sum(counts.rejects.values())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(3))
def test_whoever_shares_a_mailbox_is_found_among_those_who_spell_it_otherwise(crowd, database, seed, form):
    chance = Random(seed)
    spelled = [spelling.format(name) for spelling in SPELLINGS for name in ("aino", "eero")]
    for email in chance.sample(spelled, 12):
        crowd.add(email)

    mailbox = getattr(Person, form)
    with database.session(write=False) as session:
        found = set(session.scalars(exceptions._shared_mailboxes(mailbox)))
        assert found == set(session.scalars(shared_among_everybody(mailbox))) != set()


def test_a_number_that_nobody_shares_goes_by_either_way(crowd, exported, database, monkeypatch):
    person = crowd.add("aino+x@gmail.com", grants=PURPOSES, phone="+358401234569")
    crowd.many(3)
    with database.session() as session:
        suppression.suppress(session, person.email_suppression, "email", "all", "objection", NOW)
        session.commit()
    files = []
    for few in (1, 10**9):
        monkeypatch.setattr(exceptions, "FEW", few)
        files.append(exported("tiktok"))
    assert files[0] == files[1]


def test_few_refuse_where_no_more_than_one_in_twenty_does(crowd, database, settings):
    layout = platform("google", settings.data).layout

    def few():
        with database.session(write=False) as session:
            return exceptions.few_refuse(session, layout)

    people = crowd.many(exceptions.FEW)
    assert few()
    crowd.withdraw(people[0])
    assert few()
    crowd.withdraw(people[1])
    assert not few()
