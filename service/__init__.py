"""What answers now: notifications, CDS Hooks, assessments for other software, pages, health."""

from service.app import create_app

__all__ = ["create_app"]
