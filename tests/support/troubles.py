"""Every stage of a conversation with a relay, and every way in which it may go wrong there."""

from tests.support.smtp_sink import Stage, Trouble, Way

BEFORE_THE_BODY: tuple[Stage, ...] = ("greeting", "ehlo", "starttls", "handshake", "mail", "rcpt", "data")
WAYS: tuple[Way, ...] = ("silence", "end", "nonsense", "refusal")
TROUBLES = [
    *(Trouble(stage, how) for stage in BEFORE_THE_BODY for how in WAYS),
    # The envelope of the second leaves with the body of the first, where the relay offers it.
    *(Trouble(stage, how, after=1) for stage in BEFORE_THE_BODY[4:] for how in WAYS),
    *(Trouble("dot", how, after) for how in WAYS for after in (0, 1)),
]


def may_have_arrived(trouble: Trouble) -> bool:
    """Whether nobody can know what became of the message: it has gone, and nothing was said of it."""
    return trouble.stage == "dot" and trouble.how != "refusal"
