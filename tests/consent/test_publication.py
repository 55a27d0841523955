"""The seals are public: whoever kept yesterday's document sees in today's that something was rewritten."""

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from clevenio import chain
from clevenio.consent import publication, sealing, verification
from clevenio.consent.ledger import State
from clevenio.errors import BadInput
from tests.consent.acts import subjects
from tests.support.factories import NOW

KEYS = ["newest-key"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "seals"


def decide(database, number=2):
    with database.session() as session:
        made = subjects(session, number, newsletter=State.GRANTED)
        session.commit()
    return made


@pytest.fixture
def sealed(database, folder):
    """Seals three days, each with two decisions of its own."""
    for day in range(3):
        decide(database)
        sealing.seal(database, folder, KEYS, NOW + timedelta(days=day))


def document(database):
    with database.session(write=False) as session:
        return json.dumps({"seals": publication.published(session)})


def findings(database, folder, published=None):
    with database.session(write=False) as session:
        return {f.kind: f.text for f in verification.verify(session, folder, KEYS, published)}


def rewrite(database, folder, *, keep_fingerprints=False):
    """What somebody with the database, the files and the key can do: drop the first decision, and seal all of it anew."""
    with database.session() as session:
        kept = session.execute(text("SELECT content FROM consent_seals ORDER BY id")).scalars().all()
        kept = [content if isinstance(content, dict) else json.loads(content) for content in kept]
        disarm(session)
        (subject,) = session.execute(text("SELECT subject FROM consent_decisions ORDER BY id LIMIT 1")).one()
        for table in ("decisions", "heads", "standing"):
            session.execute(text(f"DELETE FROM consent_{table} WHERE subject = :s"), {"s": subject})
        session.execute(text("DELETE FROM consent_seals"))
        session.commit()
    for file in folder.iterdir():
        file.unlink()
    with pytest.MonkeyPatch.context() as patch:
        for number, content in enumerate(kept):
            if keep_fingerprints:
                patch.setattr(publication, "fingerprint", lambda *_, was=content: was["fingerprint"])
            made = sealing._made
            patch.setattr(sealing, "_made", lambda s, since, _, to=content: up_to(s, since, to["position"]))
            sealing.seal(database, folder, KEYS, NOW + timedelta(days=number))
            patch.setattr(sealing, "_made", made)


def up_to(session, since, position):
    return chain.seal(sealing.seals.links(session, since, position), since, position)


def disarm(session):
    if session.bind.dialect.name == "sqlite":
        for table in ("consent_decisions", "consent_seals"):
            session.execute(text(f"DROP TRIGGER {table}_no_delete"))
    else:
        for table in ("consent_decisions", "consent_seals"):
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def test_a_reader_computes_each_fingerprint_by_what_the_document_says(database, sealed):
    seals = json.loads(document(database))["seals"]
    assert [(seal["rows"], seal["subjects"]) for seal in seals] == [(2, 2)] * 3
    previous = "0" * 64
    for seal in seals:
        fields = {name: seal[name] for name in ("at", "since", "position", "subjects", "rows", "root")}
        covered = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        assert seal["previous"] == previous
        previous = hashlib.sha256(f"{previous}\n{covered}".encode()).hexdigest()
        assert seal["fingerprint"] == previous


def test_yesterdays_document_stands_in_todays(database, folder, sealed):
    yesterday = document(database)
    decide(database)
    sealing.seal(database, folder, KEYS, NOW + timedelta(days=3))
    today = json.loads(document(database))["seals"]
    assert today[:3] == json.loads(yesterday)["seals"]
    assert len(today) == 4
    assert findings(database, folder, yesterday) == {}


def test_a_ledger_that_was_rewritten_and_sealed_anew_is_whole_and_yet_found(database, folder, sealed):
    yesterday = document(database)
    rewrite(database, folder)
    # By itself nothing is wrong with it: every chain, seal and file fits.
    assert findings(database, folder) == {}
    was, now = json.loads(yesterday)["seals"], json.loads(document(database))["seals"]
    assert [seal["at"] for seal in was] == [seal["at"] for seal in now]
    assert all(before["fingerprint"] != after["fingerprint"] for before, after in zip(was, now, strict=True))
    found = findings(database, folder, yesterday)
    assert found == {
        "published": f"the seal of {(NOW + timedelta(days=2)).isoformat()} is not the one that was published"
    }


def test_old_fingerprints_on_new_seals_are_found(database, folder, sealed):
    yesterday = document(database)
    rewrite(database, folder, keep_fingerprints=True)
    was, now = json.loads(yesterday)["seals"], json.loads(document(database))["seals"]
    assert [seal["fingerprint"] for seal in was] == [seal["fingerprint"] for seal in now]
    assert {"fingerprint", "published"} == set(findings(database, folder, yesterday))


def test_a_published_seal_that_is_gone_is_found(database, folder, sealed):
    kept = json.loads(document(database))
    at = "2026-01-01T00:00:00+00:00"
    kept["seals"].append({**kept["seals"][-1], "at": at})
    assert findings(database, folder, json.dumps(kept)) == {
        "published": f"the seal of {at}, which was published, is missing"
    }


def test_the_document_has_a_limit_and_still_says_what_came_before(database, folder, sealed, monkeypatch):
    whole = json.loads(document(database))["seals"]
    monkeypatch.setattr(publication, "SHOWN", 2)
    assert json.loads(document(database))["seals"] == whole[1:]


def test_what_was_sealed_before_there_were_fingerprints_is_left_out(database, folder, sealed, monkeypatch):
    with database.session() as session:
        disarm(session)
        change = (
            "UPDATE consent_seals SET content = json_remove(content, '$.fingerprint') WHERE id = 1"
            if database.is_sqlite
            else "UPDATE consent_seals SET content = (content::jsonb - 'fingerprint')::json WHERE id = 1"
        )
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER consent_seals_no_update"))
        session.execute(text(change))
        session.commit()
    assert len(json.loads(document(database))["seals"]) == 2


def test_a_document_without_a_seal_proves_nothing_and_is_refused(database, folder, sealed):
    for kept in ('{"seals": []}', '{"seals": {}}'):
        with pytest.raises(BadInput, match="no seal in it"):
            findings(database, folder, kept)


@pytest.mark.parametrize("kept", ["", "{}", "[]", '{"seals": [1]}', '{"seals": [{"at": "x"}]}', "null"])
def test_another_file_is_refused(database, folder, kept):
    with pytest.raises(BadInput):
        findings(database, folder, kept)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_everybody_can_read_it_and_nobody_is_in_it(client, database, folder):
    assert client.get("/.well-known/seals.json").json["seals"] == []
    people = decide(database)
    sealing.seal(database, folder, KEYS, NOW)
    answer = client.get(client.get("/.well-known/choices.json").json["seals"])
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    (seal,) = answer.json["seals"]
    assert set(seal) == {*publication.FIELDS, "previous", "fingerprint"}
    assert not any(str(person) in answer.text or person.hex in answer.text for person in people)
