"""How a command tells running workers that it has written rows."""

from runtime.broker_wake_up import BrokerWakeUp
from runtime.settings import Settings


def call_workers(settings: Settings) -> None:
    """Send a wake-up where there is a broker; an embedded worker looks by itself every second."""
    if settings.embedded:
        return
    wake_up = BrokerWakeUp(settings.broker_url)
    wake_up.call()
    wake_up.close()
