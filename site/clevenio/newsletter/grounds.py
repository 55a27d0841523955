"""On what ground a marketing mail may stand, and what has to be shown for each (Act 917/2014, sections 200 to 203).

A natural person agreed. A customer was told about the company's own similar services, and could refuse
when the address was collected. Somebody in a role gets what concerns the duties of that role.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

from clevenio.consent.ledger import Basis
from clevenio.registry import load

# What the decision of each ground has to name. A consent is shown by its decision and its wording.
EVIDENCE: dict[Basis, tuple[str, ...]] = {
    Basis.CONSENT: (),
    Basis.CUSTOMER: ("agreement", "form"),
    Basis.ROLE: ("role", "source", "relevance"),
}


def bears(topic: str, basis: ColumnElement[str], evidence: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a ground bears mails on a topic: the topic allows it, and everything it needs was named."""
    allowed = (Basis(one) for one in load().topics[topic].bases)
    return or_(
        false(),
        *(
            and_(basis == one.value, *(evidence[name].as_string() > "" for name in EVIDENCE[one]))
            for one in allowed
        ),
    )
