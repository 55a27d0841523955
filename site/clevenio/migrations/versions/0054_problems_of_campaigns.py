"""Why a campaign paused by itself: a message and its values, to be said in the language of whoever reads."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    """What was kept as a sentence, with the relay's words on a line of their own, becomes a message without values."""
    op.add_column("campaigns", sa.Column("problem", sa.JSON(), nullable=True))
    campaigns = sa.table(
        "campaigns", sa.column("id", sa.Uuid()), sa.column("trouble"), sa.column("problem", sa.JSON())
    )
    connection = op.get_bind()
    query = sa.select(campaigns.c.id, campaigns.c.trouble).where(campaigns.c.trouble.is_not(None))
    for number, trouble in connection.execute(query).all():
        message, _line, said = trouble.partition("\n")
        problem = {"message": message, "values": {}, "said": said}
        connection.execute(sa.update(campaigns).where(campaigns.c.id == number).values(problem=problem))
    op.drop_column("campaigns", "trouble")
