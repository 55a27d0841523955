"""The record's codes in words, translated when shown."""

from clevenio.i18n import lazy_gettext as _l
from clevenio.registry import Treatment, Whose

WHOSE = {
    Whose.VISITOR: _l("visitors of the site"),
    Whose.PERSON: _l("people who wrote to us, subscribed or were named to us"),
    Whose.CUSTOMER: _l("customers with an account"),
    Whose.STAFF: _l("our staff"),
    Whose.NOBODY: _l("nobody"),
}
TREATMENTS = {
    Treatment.DELETED: _l("deleted"),
    Treatment.ANONYMISED: _l("made anonymous"),
    Treatment.KEPT: _l("kept"),
}
# Art. 30(1)(g), in general: what the program does wherever it runs.
MEASURES = (
    _l("Each member of staff opens what their role needs, by password and a second factor."),
    _l(
        "Whoever looks at, changes or exports somebody’s data leaves an entry in a trail that cannot be edited unnoticed."
    ),
    _l(
        "Passwords are kept as Argon2id hashes, secrets of authenticator apps encrypted, mailed links as signed random numbers."
    ),
    _l("What must outlive an erasure is kept under keyed hashes, without name and address."),
    _l("Decisions about consent are chained, sealed daily and checked against seals outside the database."),
    _l("What is no longer needed is removed daily by rule, and what is erased is erased from the disk."),
)
