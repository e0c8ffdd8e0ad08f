"""What happens later: read what changed, assess the patients it concerns, draft proposals.

Rows say what is to be done; a wake-up only says that there is something. Never imports `service`.
"""
