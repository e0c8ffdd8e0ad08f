"""What we remember: notifications and jobs, resource versions, assessments, proposals, cards.

`storage.database` opens it, `storage.inbox` takes what the EHR tells, and every other module is
one kind of record; its functions take an open connection first. Only storage sees the tables.
"""
