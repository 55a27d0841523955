"""Which keys data was written with, by fingerprint, and whether this installation has them.

Without its suppression key no opt-out holds any more, without the keys of mail no link in a letter
works, without secret keys no second factor opens: a wrong key is to be noticed before it is used.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audit_sealing import is_signed_by
from clevenio.backoffice.settings_shown import fingerprint
from clevenio.durable import replace
from clevenio.people.models import Person
from clevenio.people.suppression import email_key
from clevenio.settings import PREFIX, SECRETS, Settings

FILE = "keys.json"
Named = Mapping[str, Sequence[str]]


def rings(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The keys themselves, by the name of their setting; the first of each signs."""
    return {
        "SECRET_KEYS": settings.secret_keys,
        "MAIL_KEYS": settings.mail_keys,
        "SUPPRESSION_KEY": (settings.suppression_key,),
    }


def named(settings: Settings) -> dict[str, list[str]]:
    """Every key by its fingerprint."""
    return {name: [fingerprint(key) for key in ring] for name, ring in rings(settings).items()}


def missing(wanted: Named, settings: Settings) -> Iterator[str]:
    """The settings that lack a key which something was written with, each with that key's fingerprint."""
    there = named(settings)
    for name in SECRETS:
        lacking = [each for each in wanted.get(name, ()) if each not in there[name]]
        if lacking:
            yield " ".join([f"{PREFIX}{name}", *lacking])


def remember(settings: Settings) -> None:
    """Note by their fingerprints the keys that sign here now; a key that is not there any more stays noted."""
    path = settings.data / "seals" / FILE
    signing = {name: ring[:1] for name, ring in named(settings).items()}
    before = remembered(settings)
    if before == signing or any(missing(before, settings)):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, json.dumps(signing).encode("ascii"))


def remembered(settings: Settings) -> dict[str, list[str]]:
    """The keys that signed here last; empty where nobody noted them."""
    try:
        found = json.loads((settings.data / "seals" / FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def faults(session: Session, settings: Settings) -> Iterator[str]:
    """The settings that have other keys than those the data was written with.

    The suppression key is tried on somebody's address and on the newest seal; of the others it is known
    which signed last.
    """
    noted = remembered(settings)
    yield from missing({name: noted[name] for name in noted if name != "SUPPRESSION_KEY"}, settings)
    key = settings.suppression_key
    found = session.execute(select(Person.mailbox_key, Person.email_suppression).limit(1)).first()
    if (found and email_key(key, found[0]) != found[1]) or not is_signed_by(session, [key]):
        yield f"{PREFIX}SUPPRESSION_KEY"
