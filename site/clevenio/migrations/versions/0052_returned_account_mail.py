"""Mail about accounts that came back, too: known by its Message-ID, and by what it was about."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    """What left before is not recognised. What comes back belongs to a delivery or to a mail, never to both."""
    op.add_column("mails", sa.Column("message_id", sa.String(length=64), nullable=True))
    op.add_column("mails", sa.Column("about", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_mails_message_id"), "mails", ["message_id"])
    op.create_index(op.f("ix_mails_about"), "mails", ["about"])
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("bounces", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("mail", sa.Uuid(), nullable=True))
        batch.alter_column("delivery", existing_type=number, nullable=True)
        batch.alter_column("campaign", existing_type=sa.Uuid(), nullable=True)
        batch.alter_column("person", existing_type=sa.Uuid(), nullable=True)
        batch.create_check_constraint(op.f("ck_bounces_one_message"), "(delivery IS NULL) <> (mail IS NULL)")
    op.create_index(op.f("ix_bounces_mail"), "bounces", ["mail"])
