"""Whatever is changed in the file of an answer, or in the ledger behind it, the check says where."""

import json
import random
from datetime import datetime, timedelta

import pytest

from clevenio import chain, trees
from clevenio.audit import AuditEntry
from clevenio.consent import ledger, publication
from clevenio.errors import BadInput
from clevenio.people.models import Person
from clevenio.rights.evidence import checking, comparing, package
from clevenio.rights.evidence.questions import Question
from tests.rights.evidence.conftest import seal
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person
from tests.support.zips import unzipped

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
SEED = 20261126


@pytest.fixture
def compared(database, settings):
    """`compared(content)`: where the machine has something else than a file, and what."""

    def compare(content):
        read, found = checking.check(content)
        assert found == []
        with database.session(write=False) as session:
            return {
                (each.where, each.text)
                for each in comparing.compare(session, settings.data / "seals", [SUPPRESSION_KEY], read)
            }

    return compare


@pytest.fixture
def published(database):
    def document():
        with database.session(write=False) as session:
            return json.dumps({"seals": publication.published(session)})

    return document


def changed(content, part, **how):
    """The file with a part that somebody changed, who then made everything else fit it that they could."""
    parts = unzipped(content)
    text = parts[part].decode()
    for old, new in how.items():
        assert old in text
        text = text.replace(old, new)
    parts[part] = text.encode()
    return rebuilt(parts)


def rebuilt(parts):
    """The sums and the zip made anew around changed parts."""
    made_at = datetime.fromisoformat(json.loads(parts["answer.json"])["made_at"])
    parts = {name: part for name, part in parts.items() if name != "SHA256SUMS"}
    return package.bundle({**parts, "SHA256SUMS": package.sums(parts)}, made_at)


def wheres(content, published=None):
    return {finding.where for finding in checking.check(content, published)[1]}


def test_a_file_is_whole_by_itself_by_the_published_seals_and_on_the_machine(taken, published, compared):
    read, found = checking.check(taken, published())
    assert found == []
    assert {row["seal"] for row in read.decisions} == {NOW.isoformat()}
    assert all(row["path"] is not None for row in read.decisions)
    assert compared(taken) == set()


def test_one_byte_anywhere_is_found(taken):
    rng = random.Random(SEED)
    # All of what is around the parts at the end, and a sample of the rest.
    places = {*range(len(taken) - 600, len(taken)), *rng.sample(range(len(taken)), 400)}
    for place in places:
        broken = bytearray(taken)
        broken[place] ^= 1 << rng.randrange(8)
        _, found = checking.check(bytes(broken))
        assert found, f"byte {place} of {len(taken)}"


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ("answer.json", "answer.json"),
        ("index.html", "index.html"),
        ("how-to-check.txt", "how-to-check.txt"),
        ("ledger.json", "ledger.json"),
        ("trail.json", "trail.json"),
    ],
)
def test_a_changed_part_is_named(taken, part, where):
    parts = unzipped(taken)
    parts[part] = parts[part].replace(b" ", b"  ", 1) if part != "trail.json" else parts[part] + b"\n"
    content = package.bundle(parts, NOW)
    assert where in wheres(content)


def test_who_makes_the_sums_anew_does_not_fit_the_entry_of_the_trail(taken):
    content = changed(taken, "answer.json", **{EMAIL_DOMAIN: "example.fi"})
    assert wheres(content) == {"answer.json"}


EMAIL_DOMAIN = "example.com"


def test_who_makes_the_entry_anew_too_does_not_fit_the_machine(taken, database, settings):
    parts = unzipped(taken)
    parts["answer.json"] = parts["answer.json"].replace(b"Hello", b"Adieu")
    trail = json.loads(parts["trail.json"])
    entry = trail["entry"]
    entry["details"]["sha256"]["answer.json"] = package._sum(parts["answer.json"])
    entry["hash"] = chain.link(entry["previous"], {name: entry[name] for name in checking.ENTRY})
    trail["mark"] = None
    parts["trail.json"] = json.dumps(trail).encode()
    read, found = checking.check(rebuilt(parts))
    assert found == []
    with database.session(write=False) as session:
        told = list(comparing.compare(session, settings.data / "seals", [SUPPRESSION_KEY], read))
    assert [each.where for each in told] == ["audit trail"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("state", "refused"), ("at", "2020-01-01T00:00:00.000000+00:00"), ("evidence", {"source": "x"})],
)
def test_a_changed_decision_is_named_by_its_number(taken, name, value):
    parts = unzipped(taken)
    ledger = json.loads(parts["ledger.json"])
    ledger["chains"][0]["decisions"][1][name] = value
    parts["ledger.json"] = json.dumps(ledger).encode()
    subject = ledger["chains"][0]["subject"]
    assert f"chain {subject}, decision 2" in wheres(rebuilt(parts))


def test_a_chain_written_anew_is_not_under_its_seal(taken):
    parts = unzipped(taken)
    ledger = json.loads(parts["ledger.json"])
    [found] = ledger["chains"]
    previous = chain.START
    for row in found["decisions"]:
        row["state"] = "refused"
        row["hash"] = previous = chain.link(previous, {name: row[name] for name in checking.COVERED})
    parts["ledger.json"] = json.dumps(ledger).encode()
    told = {finding.text for finding in checking.check(rebuilt(parts))[1]}
    assert f"is not under the seal of {NOW.isoformat()}" in told


def test_a_seal_written_anew_is_not_the_published_one(taken, published):
    parts = unzipped(taken)
    ledger = json.loads(parts["ledger.json"])
    [seal_] = ledger["seals"]
    [found] = ledger["chains"]
    previous = chain.START
    for row in found["decisions"]:
        row["purpose"] = "surveys" if row["purpose"] == "newsletter" else row["purpose"]
        row["hash"] = previous = chain.link(previous, {name: row[name] for name in checking.COVERED})
        row["path"] = []
    [*_, last] = found["decisions"]
    leaf = chain.leaf(last["number"], last["subject"], last["sequence"], last["hash"])
    seal_["buckets"][last["subject"][:2]] = trees.climbed(leaf, [])
    seal_["root"] = chain.root(seal_["buckets"])
    seal_["fingerprint"] = publication.fingerprint(seal_["previous"], seal_)
    found["decisions"] = [last]
    parts["ledger.json"] = json.dumps(ledger).encode()
    where = f"seal of {seal_['at']}"
    assert where not in wheres(rebuilt(parts))
    assert where in wheres(rebuilt(parts), published())


def test_a_copy_of_later_days_proves_the_seal_too(taken, published, database, settings, ask):
    for day in (1, 2):
        with database.session() as session:
            grant(session, make_person(session), "newsletter")
            session.commit()
        seal(database, settings, NOW + timedelta(days=day))
    later = json.loads(published())
    later["seals"] = later["seals"][-1:]
    # The older file ends before that seal, one that is taken now goes on to it.
    assert wheres(taken, json.dumps(later)) == {"the published seals"}
    again = ask(Question.MAIL, file=True)
    assert wheres(again, json.dumps(later)) == set()
    later["seals"][0]["fingerprint"] = "0" * 64
    assert wheres(again, json.dumps(later)) == {f"seal of {later['seals'][0]['at']}"}


def test_a_copy_vouches_for_no_seal_after_its_own(taken, aino, published, database, settings, ask):
    older = published()
    with database.session() as session:
        person = session.get_one(Person, aino)
        grant(session, person, "surveys")
        session.commit()
    seal(database, settings, NOW + timedelta(days=1))
    read, found = checking.check(ask(Question.MAIL, file=True), older)
    assert found == []
    everything = len(read.decisions)
    assert checking.under_seals(read) == everything
    assert checking.under_seals(read, older) == everything - 1
    assert checking.under_seals(read, published()) == everything


def test_a_chain_written_anew_with_its_head_is_seen_before_a_file_is_taken(aino, ask, tamper, other_session):
    assert ask(Question.MAIL).findings == []
    with other_session() as session:
        rows = ledger.history(session, aino)
    previous = chain.START
    for row in rows:
        previous = chain.link(previous, {**row.fields(), "language": "sv"})
        tamper(f"UPDATE consent_decisions SET language = 'sv', hash = '{previous}' WHERE id = {row.id}")
    tamper(f"UPDATE consent_heads SET hash = '{previous}' WHERE subject = '{aino.hex}'")
    told = ask(Question.MAIL).findings
    assert told == [f"decision {row.sequence} is not under the seal of {NOW.isoformat()}" for row in rows]


def test_a_row_of_the_ledger_that_was_changed_is_named(taken, aino, tamper, compared):
    tamper(f"UPDATE consent_decisions SET state = 'refused' WHERE subject = '{aino.hex}' AND sequence = 1")
    told = compared(taken)
    assert (f"chain {aino}, decision 1", "is another one in the ledger now: state") in told
    assert (f"chain {aino}", "decision 1 was changed") in told


def test_a_row_that_is_gone_is_named_and_so_is_its_seal(taken, aino, tamper, compared):
    tamper(f"DELETE FROM consent_decisions WHERE subject = '{aino.hex}' AND sequence = 2")
    told = compared(taken)
    assert (f"chain {aino}, decision 2", "is missing from the ledger") in told
    assert any(where == f"seal of {NOW.isoformat()}" for where, _ in told)


def test_somebody_elses_row_under_the_same_seal_is_found_with_the_beginning_of_its_number(
    taken, aino, tamper, compared
):
    tamper(f"DELETE FROM consent_decisions WHERE subject != '{aino.hex}'")
    told = compared(taken)
    assert {where for where, _ in told} == {f"seal of {NOW.isoformat()}"}
    assert "are missing" in next(iter(told))[1]


def test_an_entry_that_was_cut_off_the_trail_is_named(taken, tamper, compared, other_session):
    with other_session() as session:
        last = session.query(AuditEntry).order_by(AuditEntry.sequence.desc()).first().sequence
    tamper(f"DELETE FROM audit_entries WHERE sequence = {last}")
    assert {where for where, _ in compared(taken)} == {"audit trail"}


def test_a_decision_after_the_last_seal_says_that_none_covers_it_yet(aino, ask, database):
    with database.session() as session:
        person = make_person(session, "uusi@example.com")
        grant(session, person, "newsletter")
        session.commit()
    read, found = checking.check(ask(Question.MAIL, "uusi@example.com", file=True))
    assert found == []
    assert [(row["seal"], row["path"]) for row in read.decisions] == [(None, None)]


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"{}" * 100])
def test_what_is_no_zip_is_said(backend, content):
    read, found = checking.check(content)
    assert read is None
    assert [finding.where for finding in found] == ["the zip"]


def test_a_zip_of_something_else_names_what_is_missing(backend):
    _, found = checking.check(package.bundle({"a.txt": b"a"}, NOW))
    assert {finding.where for finding in found} == set(checking.PARTS)


def test_a_copy_that_is_none_is_refused(taken):
    with pytest.raises(BadInput, match="not a document of published seals"):
        checking.check(taken, "{}")
