"""Reddit customer lists, by e-mail address.

Reddit's page on manual advanced matching: of the local part `+tag` goes and then everything that is neither letter
nor digit, at any domain. Third parties take off dots and tags alone, which differs where a dash or an
underscore stands; Reddit's own rule is followed, and its digest of `Al.ice$+Apple@Example.Com` confirms it.
"""

from clevenio.audiences.layouts import Column, Layout


def email(key: str) -> str:
    """An address; empty for one whose local part has neither letter nor digit."""
    local, at, domain = key.rpartition("@")
    plain = "".join(filter(str.isalnum, local.partition("+")[0]))
    return plain and plain + at + domain


LAYOUT = Layout(id="reddit-email", vendor="reddit", columns=(Column("email", email),), mailbox="match_key")
