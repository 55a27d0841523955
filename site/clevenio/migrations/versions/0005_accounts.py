"""The tables of the accounts room."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """The tables of the accounts room."""
    # Nothing yet.
