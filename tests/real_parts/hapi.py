"""HAPI FHIR JPA as the hospital's EHR: built and started by tests/hapi/run.sh, once per run."""

from pathlib import Path

import requests

from tests.real_parts.programs import Program, free_port, until

_RUN = Path(__file__).parents[1] / "hapi" / "run.sh"
_FIRST_BUILD_SECONDS = 420.0  # Maven fetches 330 MB on a new machine; 23 s from the cache


class Hapi:
    """HAPI on its way up: constructed at once, so that other tests run while it starts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}/fhir"
        self.program = Program("HAPI FHIR", [_RUN, str(self.port)], folder / "hapi.log")
        self._ready = False

    def wait(self) -> str:
        """The FHIR base URL, once HAPI answers there.

        Raises:
            ProgramFailed: it ended or did not come up; with the tail of its log.
        """
        if not self._ready:
            until(self._answers, "HAPI FHIR to answer", _FIRST_BUILD_SECONDS, 0.25, [self.program])
            self._ready = True
        return self.base_url

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.base_url}/metadata", timeout=20).ok
        except requests.RequestException:
            return False

    def stop(self) -> None:
        self.program.kill()  # its database is in memory: nothing to save
