"""A real browser without a window, driven by its own driver; nothing is fetched to run it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.real_parts.programs import find_program

_SWITCHES = (
    "--headless=new",
    "--no-sandbox",  # test runs are often root's, for whom the sandbox does not start
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
)


class Chromium:
    """One browser; `driver` is selenium's."""

    def __init__(self, profile: Path) -> None:
        options = ChromeOptions()
        options.binary_location = str(find_program("chromium", "chromium"))
        for switch in (*_SWITCHES, f"--user-data-dir={profile}"):
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = find_program("chromedriver", "chromium-driver")
        self.driver = Chrome(options=options, service=Service(str(driver)))
        self.driver.set_page_load_timeout(30)

    def tell(self, command: str, **more: Any) -> Mapping[str, Any]:
        """A command of the DevTools protocol."""
        found: Mapping[str, Any] = self.driver.execute_cdp_cmd(command, more)
        return found

    def resize(self, width: int, height: int = 1000, scale: float = 1.0) -> None:
        """The window in CSS pixels; a scale of 2 on half the width is a zoom of 200 %."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    def pretend(self, media: str = "", scheme: str = "light") -> None:
        """As if printing, or with another color scheme."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.tell("Emulation.setEmulatedMedia", media=media, features=[feature])

    def complaints(self) -> list[str]:
        """What the console has said since last asked: errors, blocked styles, failed loads."""
        return [str(line["message"]) for line in self.driver.get_log("browser")]

    def stop(self) -> None:
        with suppress(WebDriverException):
            self.driver.quit()
