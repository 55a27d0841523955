"""Keys that are not those of the data are noticed before they are used: by the doctor, as by a restore."""

import json
from dataclasses import replace

import pytest

from clevenio.backups import keyring
from clevenio.doctor import examine
from tests.support.factories import NOW

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
OTHER = "o" * 40


def faults(database, settings):
    with database.session(write=False) as session:
        return list(keyring.faults(session, settings))


def test_the_keys_that_signed_last_are_noted_without_giving_them_away(settings):
    keyring.remember(settings)
    text = (settings.data / "seals" / "keys.json").read_text()
    assert json.loads(text) == {name: prints[:1] for name, prints in keyring.named(settings).items()}
    assert settings.suppression_key not in text


def test_the_right_keys_are_no_fault(live, people, seal, settings):
    seal()
    keyring.remember(settings)
    assert faults(live, settings) == []


def test_another_suppression_key_does_not_fit_the_people(live, people, settings):
    assert faults(live, replace(settings, suppression_key=OTHER)) == ["CLEVENIO_SUPPRESSION_KEY"]


def test_another_suppression_key_does_not_fit_the_seals_where_nobody_is_left(live, seal, settings):
    seal()
    assert faults(live, replace(settings, suppression_key=OTHER)) == ["CLEVENIO_SUPPRESSION_KEY"]


@pytest.mark.parametrize("name", ["mail_keys", "secret_keys"])
def test_a_ring_without_the_key_that_signed_last_is_a_fault_that_does_not_heal_by_itself(
    live, settings, name
):
    keyring.remember(settings)
    other = replace(settings, **{name: (OTHER,)})
    keyring.remember(other)
    [fault] = faults(live, other)
    assert fault.startswith(f"CLEVENIO_{name.upper()} ")


def test_a_rotation_is_no_fault_and_the_old_key_may_leave_once_the_new_one_signs(live, settings):
    keyring.remember(settings)
    rotated = replace(settings, mail_keys=(OTHER, *settings.mail_keys))
    assert faults(live, rotated) == []
    keyring.remember(rotated)
    assert faults(live, replace(settings, mail_keys=(OTHER,))) == []


def test_the_doctor_says_which_key_is_wrong(app, live, people):
    kit = app.extensions["clevenio"]
    kit.clock = lambda: NOW
    found = {each.name: each for each in examine(kit)}
    assert found["keys"].verdict == "good"
    kit.settings = replace(kit.settings, suppression_key=OTHER)
    found = {each.name: each for each in examine(kit)}
    assert found["keys"].verdict == "bad"
    assert "CLEVENIO_SUPPRESSION_KEY" in str(found["keys"].text)
