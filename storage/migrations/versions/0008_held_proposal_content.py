"""Which content of a proposal the EHR is known to hold unchanged."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("proposals", sa.Column("ehr_digest", sa.Text()))
