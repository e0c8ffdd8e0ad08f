"""When a resource was last read from the EHR itself: what it was told before that is done with."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("resources", sa.Column("confirmed_at", sa.Float(53)))
