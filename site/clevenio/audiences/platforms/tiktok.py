"""TikTok customer files.

TikTok's pages contradict each other, and a file may hold three columns of each identifier, so every form goes
that one of them asks for: the address as it is (September 2025), without `+tag` (August 2025), and without dots,
too (older, and what third parties do); the number with its plus sign (September 2025) and without it (August
2025, and the digest that the page of September prints). A form that an earlier column has already is left out.
"""

from clevenio.audiences.layouts import Column, Layout
from clevenio.audiences.matchkeys import address_form, clear_form, e164_digits_form, e164_form


def without_tag(key: str) -> str:
    """An address without its `+tag`; empty where it has none, or is nothing else."""
    local, at, domain = key.rpartition("@")
    plain, plus, _tag = local.partition("+")
    return plain + at + domain if plus and plain else ""


def without_dots(key: str) -> str:
    """An address without `+tag` and without dots before the @; empty where it has no dots there, or nothing else."""
    local, at, domain = key.rpartition("@")
    tagless = local.partition("+")[0]
    plain = tagless.replace(".", "")
    return plain + at + domain if plain and plain != tagless else ""


LAYOUT = Layout(
    id="tiktok",
    vendor="tiktok",
    mailbox="match_key",
    columns=(
        Column("email", address_form),
        Column("email", without_tag),
        Column("email", without_dots),
        Column("phone", e164_form),
        Column("phone", e164_digits_form),
        Column("advertising_id", clear_form),
    ),
)
