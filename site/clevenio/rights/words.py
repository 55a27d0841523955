"""A request in words: what it is, where it is, what happened to it; translated when shown."""

from clevenio.i18n import lazy_gettext as _l
from clevenio.rights.models import Asker, Channel, Identity, Kind, State

KINDS = {
    Kind.ACCESS: _l("See the data"),
    Kind.RECTIFICATION: _l("Correct the data"),
    Kind.ERASURE: _l("Erase the data"),
    Kind.RESTRICTION: _l("Restrict its use"),
    Kind.PORTABILITY: _l("Take the data along"),
    Kind.OBJECTION: _l("Object to its use"),
    Kind.DIRECT_MARKETING: _l("Refuse direct marketing"),
    Kind.WITHDRAWAL: _l("Withdraw consent"),
}
ASKERS = {Asker.PERSON: _l("The person"), Asker.GUARDIAN: _l("A guardian")}
CHANNELS = {
    Channel.ACCOUNT: _l("In the account"),
    Channel.CONTACT_PAGE: _l("By the contact page"),
    Channel.EMAIL: _l("By e-mail"),
    Channel.PHONE: _l("By phone"),
    Channel.POST: _l("By post"),
}
STATES = {
    State.RECEIVED: _l("Received"),
    State.UNVERIFIED: _l("Not checked yet"),
    State.OPEN: _l("Open"),
    State.EXTENDED: _l("Extended"),
    State.DONE: _l("Done"),
    State.REFUSED: _l("Not granted"),
    State.WITHDRAWN: _l("Withdrawn by the person"),
    State.DUPLICATE: _l("Done by another request"),
}
IDENTITIES = {
    Identity.LOGIN: _l("By logging in and typing the password again"),
    Identity.FACTS: _l("By comparing facts that we had already"),
}
ACTS = {
    "received": _l("The request came in"),
    "frozen": _l("The data was frozen"),
    "told_again": _l("Another message about the address came in"),
    "told_elsewhere": _l("Another message about the address came in; its answer address was not kept"),
    "checked": _l("The light check was written down"),
    "extended": _l("Extended by two months"),
    "erased": _l("The data was erased; files, answer and disk follow"),
    "answered": _l("The answer was sent"),
    "answer_failed": _l("The answer could not be delivered"),
    "done": _l("Everything is done"),
    "refused": _l("Not granted"),
    "withdrawn": _l("The person took it back"),
    "duplicate": _l("Another request did this as well"),
}

WORDS = {
    "kinds": KINDS,
    "askers": ASKERS,
    "channels": CHANNELS,
    "states": STATES,
    "identities": IDENTITIES,
    "acts": ACTS,
}
