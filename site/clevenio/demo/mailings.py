"""Campaigns of the demonstration, in both languages, and how some people left at them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.demo.stage import ACTOR, Stage
from clevenio.newsletter import campaigns, drafts
from clevenio.newsletter.drafts import Draft
from clevenio.newsletter.models import Campaign

LETTERS = {
    "newsletter": {
        "fi": "# Keksitty uutiskirje\n\nTämä kirje on esimerkki. Kukaan ei ole saanut sitä oikeasti.\n\n"
        "## Mitä tässä olisi\n\nTässä olisi kirjoitus asiakashankinnasta.\n",
        "en": "# A made-up newsletter\n\nThis letter is an example. Nobody got it in earnest.\n\n"
        "## What would be here\n\nHere would be a piece on how to win customers.\n",
    },
    "product_news": {
        "fi": "# Keksitty tuoteuutinen\n\nTämä kirje on esimerkki muutoksesta, jota ei ole tehty.\n",
        "en": "# Made-up product news\n\nThis letter is an example of a change that was not made.\n",
    },
}


DRAFT = Draft(
    "newsletter",
    None,
    None,
    {"fi": ("Keksitty luonnos", "Tämä luonnos odottaa jatkoa."), "en": ("A made-up draft", "")},
)


def are_there(session: Session) -> bool:
    """Whether a campaign was made before."""
    return session.scalar(select(Campaign.id).limit(1)) is not None


def send(stage: Stage) -> None:
    """Make them, and leave one half written; there is no relay, so they are kept as files at once."""
    for days, (topic, sources) in zip((18, 4), LETTERS.items(), strict=True):
        # An hour after whoever signed up on that day.
        at = stage.ago(days, -1)
        with stage.writing() as session:
            campaigns.make(session, stage.settings, topic, sources, ACTOR, at)
        stage.run("newsletter", at)
    with stage.writing() as session:
        drafts.create(session, DRAFT, ACTOR, stage.ago(1))
