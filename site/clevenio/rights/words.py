"""A request in words: what it is, where it is, what happened to it; translated when shown."""

from clevenio.i18n import lazy_gettext as _l
from clevenio.people.holds import Ground as Hold
from clevenio.people.restrictions import Ground
from clevenio.rights.models import Asker, Channel, Identity, Kind, State, Way

KINDS = {
    Kind.ACCESS: _l("See the data"),
    Kind.RECTIFICATION: _l("Correct the data"),
    Kind.ERASURE: _l("Have the data erased"),
    Kind.RESTRICTION: _l("Restrict its use"),
    Kind.PORTABILITY: _l("Take the data along"),
    Kind.OBJECTION: _l("Object to its use"),
    Kind.DIRECT_MARKETING: _l("Refuse direct marketing"),
    Kind.WITHDRAWAL: _l("Withdraw consent"),
}
# How the form names them to whoever asks, and what each comes to.
ASKED = {
    Kind.ACCESS: (
        _l("See my data"),
        _l(
            "A copy of everything there is about you: where it came from, who received it, how long it stays."
        ),
    ),
    Kind.RECTIFICATION: (
        _l("Correct my data"),
        _l("Say below what is wrong. It is not used until it has been checked."),
    ),
    Kind.ERASURE: (
        _l("Erase my data"),
        _l(
            "Marketing ends when you confirm. If the law says that something stays, you are told what and why."
        ),
    ),
    Kind.RESTRICTION: (
        _l("Restrict the use of my data"),
        _l("It is kept and not used while a question is open, or because you need it. Say below why."),
    ),
    Kind.PORTABILITY: (
        _l("Take my data along"),
        _l("What you gave us, in a file that machines can read."),
    ),
    Kind.OBJECTION: (
        _l("Object to the use of my data"),
        _l("Where it rests on our legitimate interest. It is not used while we weigh your reasons."),
    ),
    Kind.DIRECT_MARKETING: (
        _l("Refuse all direct marketing"),
        _l("Done at once, by every channel, without a reason and without a link."),
    ),
    Kind.WITHDRAWAL: (
        _l("Withdraw my consent"),
        _l("Done at once for everything you agreed to by this address."),
    ),
}
# What needs no proof, in the mail that says it is done.
TOLD_DONE = {
    Kind.DIRECT_MARKETING: _l(
        "Direct marketing to this address has ended: no e-mail, no advertising audiences."
    ),
    Kind.WITHDRAWAL: _l("Every consent given by this address has been withdrawn."),
}
TOLD_DONE_BY_PHONE = {
    Kind.DIRECT_MARKETING: _l(
        "Direct marketing by your phone number has ended: it goes into no advertising audience."
    ),
    Kind.WITHDRAWAL: _l("Every consent given for your phone number has been withdrawn."),
}
ASKERS = {
    Asker.PERSON: _l("The person"),
    Asker.GUARDIAN: _l("A guardian"),
    Asker.RULE: _l("A retention rule"),
    Asker.LEDGER: _l("The erasure ledger"),
}
CHANNELS = {
    Channel.PAGE: _l("By the form on our site"),
    Channel.ACCOUNT: _l("In the account"),
    Channel.CONTACT_PAGE: _l("By the contact page"),
    Channel.EMAIL: _l("By e-mail"),
    Channel.PHONE: _l("By phone"),
    Channel.POST: _l("By post"),
    Channel.RETENTION: _l("By the daily retention run"),
    Channel.RESTORE: _l("As an older backup was restored"),
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
# The lists of the queue: several states that are one, then each end.
LISTS = (
    ("", _l("To answer")),
    ("unverified", _l("Not checked yet")),
    (State.EXTENDED.value, STATES[State.EXTENDED]),
    ("ended", _l("Ended")),
    *(
        (state.value, STATES[state])
        for state in (State.DONE, State.REFUSED, State.WITHDRAWN, State.DUPLICATE)
    ),
)
# What ends where an objection is granted, by the codes of `handling.granting.End`.
ENDS = {
    "improvement": _l("the log of how the service is used, for improving the service"),
    "direct_marketing": _l("direct marketing"),
    "erasure": _l("the data itself: it is erased"),
    "elsewhere": _l("what you objected to"),
}
WAYS = {
    Way.MAIL: _l("By e-mail"),
    Way.POST: _l("By post"),
    Way.PHONE: _l("By phone"),
}
IDENTITIES = {
    Identity.LOGIN: _l("By logging in"),
    Identity.LINK: _l("By a link sent to the address"),
    Identity.FACTS: _l("By comparing facts that we had already"),
}
ACTS = {
    "received": _l("The request came in"),
    "link_sent": _l("A link was sent to the address"),
    "confirmed": _l("The owner of the address confirmed it by the link"),
    "logged_in": _l("The person was logged in"),
    "confirmed_elsewhere": _l("Confirmed by the mailed link, but the answers go elsewhere: compare facts"),
    "withheld": _l("An answer on its way to the old address was stopped: send it anew"),
    "not_mine": _l("The owner of the address said that they did not ask this"),
    "doubted": _l("Doubt whose request it is"),
    "corrected": _l("Something was corrected"),
    "restricted": _l("The data was restricted: kept and not used"),
    "restriction_ends": _l("The restriction is to end, once the person has been told"),
    "contested_again": _l("The restriction does not end: the data was contested or objected to again before"),
    "unrestricted": _l("The restriction ended; the person was told first"),
    "unrestricted_at_once": _l(
        "The restriction ended at once: the person took it back, or nobody is known to be told"
    ),
    "assigned": _l("Given to somebody to look after"),
    "let_go": _l("Nobody looks after it any more"),
    "answer": _l("The answer was written"),
    "answer_by_other": _l("Answered by post or phone"),
    "forwarded": _l("Forwarded to the controller"),
    "frozen": _l("The data was frozen"),
    "joined": _l("The person asked again: their new message was joined to this request"),
    "ended": _l("What was objected to ended"),
    "by_objection": _l("A granted objection led to it"),
    "rerouted": _l("The answers go elsewhere from now on"),
    "posted": _l("A letter was posted"),
    "phoned": _l("It was said on the phone"),
    "told_again": _l("Another message about the address came in"),
    "told_elsewhere": _l("Another message about the address came in; its answer address was not kept"),
    "checked": _l("The light check was written down"),
    "extended": _l("Extended by two months"),
    "erased": _l("The data was erased; files, answer and disk follow"),
    "tables_rewritten": _l("The tables of the database were written anew: nothing of it is left in them"),
    "files_left": _l(
        "Files of no table were found in the database server’s folder, in which rows may stand: whoever keeps the server "
        "removes them"
    ),
    "log_emptied": _l("The log of the database server was emptied: nothing of it is left in it"),
    "log_left": _l(
        "The database server’s log was left: our role may not empty it, or something keeps it. It is tried again every night"
    ),
    "answered": _l("The answer was sent"),
    "answer_failed": _l("The answer could not be delivered"),
    "answer_uncertain": _l("The sending of the answer broke off: it may have arrived, or not"),
    "came_back": _l("A mail about it came back: nobody got it"),
    "done": _l("The request is done"),
    "to_post": _l("Done but for the letter, which waits to be posted"),
    "to_say": _l("Done but for the answer, which waits to be said on the phone"),
    "refused": _l("Not granted"),
    "withdrawn": _l("The person took it back"),
    "duplicate": _l("Another request did this as well"),
}

GROUNDS = {
    Ground.GUARDIAN: _l("a guardian’s message"),
    Ground.ACCURACY: _l("its accuracy is contested (GDPR Art. 18(1)(a))"),
    Ground.UNLAWFUL: _l("its use was unlawful and the person wants it kept (GDPR Art. 18(1)(b))"),
    Ground.CLAIM: _l("the person needs it for a legal claim (GDPR Art. 18(1)(c))"),
    Ground.OBJECTION: _l("there is an objection to it (GDPR Art. 18(1)(d))"),
}
# Why data is held back from the rules of retention.
HOLDS = {
    Hold.AGREEMENT: _l("An agreement with their company runs"),
    Hold.LEGAL_CLAIM: _l("A legal claim (GDPR Art. 17(3)(e))"),
}
FIELDS = {
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "name": _l("Whole name"),
    "phone": _l("Phone"),
    "company": _l("Company"),
    "website": _l("Website"),
    "role": _l("Role in the company"),
    "country": _l("Country"),
    "postal_code": _l("Postal code"),
    "other": _l("Something else"),
}
WORDS = {
    "fields": FIELDS,
    "grounds": GROUNDS,
    "kinds": KINDS,
    "askers": ASKERS,
    "channels": CHANNELS,
    "states": STATES,
    "ways": WAYS,
    "ends": ENDS,
    "identities": IDENTITIES,
    "acts": ACTS,
}
