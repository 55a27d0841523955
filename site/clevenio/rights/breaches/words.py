"""The register of breaches in words, translated when shown."""

from datetime import timedelta

from clevenio.i18n import lazy_gettext as _l
from clevenio.i18n import ngettext
from clevenio.rights.breaches.models import Aspect, Decision, Role

ROLES = {
    Role.CONTROLLER: _l("We are the controller"),
    Role.PROCESSOR: _l("We are a processor for others"),
    Role.BOTH: _l("Both: some of the data is ours, some is others’"),
}
ASPECTS = {
    Aspect.INCIDENT: _l("The incident in a line"),
    Aspect.KNOWN: _l("When it became known"),
    Aspect.FACTS: _l("What happened"),
    Aspect.CATEGORIES: _l("Whose and which data"),
    Aspect.EFFECTS: _l("Likely effects"),
    Aspect.MEASURES: _l("Measures"),
    Aspect.AUTHORITY: _l("The authority"),
    Aspect.PEOPLE: _l("The people concerned"),
    Aspect.CONTROLLERS: _l("The controllers we process for"),
    Aspect.CLOSED: _l("The end"),
}
HINTS = {
    Aspect.INCIDENT: _l("It stands in the list. It names nobody."),
    Aspect.KNOWN: _l("The 72 hours count from here. What stood here before stays in the history."),
    Aspect.FACTS: _l("What is known by now, and from when to when. It names nobody."),
    Aspect.CATEGORIES: _l(
        "Kinds of people and kinds of data, with numbers as near as you can tell (GDPR Art. 33(3)(a))."
    ),
    Aspect.EFFECTS: _l("What it may come to for the people concerned (GDPR Art. 33(3)(c))."),
    Aspect.MEASURES: _l(
        "What was done and what is planned, also to soften the effects (GDPR Art. 33(3)(d))."
    ),
    Aspect.AUTHORITY: _l(
        "The Office of the Data Protection Ombudsman, within 72 hours, unless a risk to people is unlikely (GDPR Art. 33(1))."
    ),
    Aspect.PEOPLE: _l("Without delay where the risk to them is likely to be high (GDPR Art. 34)."),
    Aspect.CONTROLLERS: _l(
        "Without delay after it became known; the rest is for them to decide (GDPR Art. 33(2))."
    ),
    Aspect.CLOSED: _l("Afterwards the entry is asked about no more. It can still be added to."),
}
# The next thing to do, as an act.
STEPS = {
    Aspect.CONTROLLERS: _l("Tell the controllers"),
    Aspect.AUTHORITY: _l("Notify the authority, or say why not"),
    Aspect.PEOPLE: _l("Tell the people, or say why not"),
    Aspect.CATEGORIES: _l("Say whose and which data it is about"),
    Aspect.EFFECTS: _l("Describe the likely effects"),
    Aspect.MEASURES: _l("Describe the measures"),
    Aspect.CLOSED: _l("Close the entry"),
}
DECISIONS = {
    Decision.NOTIFIED: _l("Notified, with everything that is asked for"),
    Decision.IN_PHASES: _l("Notified in part; the rest follows (Art. 33(4))"),
    Decision.NOT_NEEDED: _l("Not notified: a risk to people is unlikely"),
    Decision.TOLD: _l("Told, each of them"),
    Decision.PUBLIC: _l("Told by a public notice: each of them would be out of proportion (Art. 34(3)(c))"),
    Decision.NO_HIGH_RISK: _l("Not told: a high risk to them is unlikely (Art. 34(1))"),
    Decision.PROTECTED: _l("Not told: the data is of no use to others, such as encrypted (Art. 34(3)(a))"),
    Decision.AVERTED: _l("Not told: the high risk was averted afterwards (Art. 34(3)(b))"),
    Decision.ALL_TOLD: _l("Told; with this every controller has been"),
    Decision.MORE_TO_TELL: _l("Told; others are still to be told"),
}
WORDS = {"roles": ROLES, "aspects": ASPECTS, "hints": HINTS, "steps": STEPS, "decisions": DECISIONS}


def length(span: timedelta) -> str:
    """A length of time in whole hours, below two hours in minutes, whichever sign it has."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 120:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
