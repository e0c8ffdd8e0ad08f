"""Decoding and reading resources beside a decoder that only decodes; and many of them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from bench.payload import Invented, searchset
from bench.stack import ROOT, quiet
from bench.table import Row, interleaved, median
from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.mapping_layer import Layer
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.mapping_set import laid_over, load_mapping_set
from fhir_mappings.reading import read_bundle, read_resource
from fhir_mappings.reports.candidates import candidates_in
from runtime.collector import quiet_collector

MANY = 10_000
PATIENT = "p-000042"
HOUSE = "urn:oid:1.2.3.4"
# An institution's two hundred codes, and one rule that FHIRPath decides about.
CODES = ", ".join(f"C{number}: x" for number in range(200))
OWN_CODES = f"observations: [{{id: own, like: lab.inr, codes: {{'{HOUSE}': {{{CODES}}}}}}}]"
OWN_PATH = (
    f"observations: [{{id: own, like: lab.inr, codes: {{'{HOUSE}': {{CT: x}}}}, when: 'true'}}]"
)


def _bundle(observations: int, conditions: int) -> bytes:
    invented = Invented()
    resources = [invented.observation(PATIENT, i) for i in range(observations)]
    resources += [invented.condition(PATIENT, i) for i in range(conditions)]
    return json.dumps(searchset(resources), separators=(",", ":")).encode()


def reading_rows() -> list[Row]:
    """70 resources beside orjson; a file of 10,000 in a process of its own, for its memory."""
    mapping_set, body = load_mapping_set(), _bundle(60, 10)
    layered = laid_over((Layer("own.yaml", OWN_CODES.encode()),))
    by_path = laid_over((Layer("own.yaml", OWN_PATH.encode()),))
    quiet()
    seen = interleaved(
        {
            "ours": lambda: _micros(lambda: read_bundle(body, mapping_set)),
            "orjson": lambda: _micros(lambda: orjson.loads(body)),
            "layered": lambda: _micros(lambda: read_bundle(body, layered)),
            "by path": lambda: _micros(lambda: read_bundle(body, by_path)),
        },
        9,
    )
    ours, decoder = median(seen["ours"]), median(seen["orjson"])
    with_layer, with_path = median(seen["layered"]), median(seen["by path"])
    growth, mib = _many()
    return [
        Row(
            f"decoding and reading 70 resources ({len(body) / 1e3:.0f} kB)",
            f"{ours:.0f} us",
            f"orjson.loads, decoding only {decoder:.0f} us",
            f"{ours / decoder:.2f}",
            "<= 1.3",
            ours / decoder <= 1.3,
        ),
        Row(
            "the same with 200 codes of an institution, none by FHIRPath",
            f"{with_layer:.0f} us",
            f"the shipped rules {ours:.0f} us",
            f"{with_layer / ours:.2f}",
            "no dearer (about 1)",
            with_layer / ours <= 1.1,
        ),
        Row(
            "the same with one rule by FHIRPath whose code is not among them",
            f"{with_path:.0f} us",
            f"the shipped rules {ours:.0f} us",
            f"{with_path / ours:.2f}",
            "shown only",
            True,
        ),
        Row(
            f"time per resource at {MANY:,} beside {MANY // 10:,}",
            f"{growth:.2f}",
            "–",
            f"{growth:.2f}",
            "linear (about 1)",
            growth <= 1.25,
        ),
        Row(
            f"memory while reading {MANY:,} resources one after another",
            f"{mib:.0f} MiB",
            "–",
            "–",
            "<= 150 MB",
            mib * 1.048576 <= 150,
        ),
        _combining_row(body, mapping_set, ours),
        *_words_rows(ours, len(body)),
    ]


def _combining_row(body: bytes, mapping_set: MappingSet, ours: float) -> Row:
    """What the same resources state, combined into the facts of the patient."""
    said = [one for reading in read_bundle(body, mapping_set) for one in reading.statements]
    quiet_collector()  # as web process and workers do when they start
    day = datetime.now(UTC).date()  # after the last of them, so that all of them count
    taken = median([_micros(lambda: combine_with_reasons(said, day, mapping_set)) for _ in "12345"])
    return Row(
        f"combining their {len(said)} statements into facts",
        f"{taken:.0f} us",
        f"reading them {ours:.0f} us",
        f"{taken / ours:.2f}",
        "< 100 us",
        taken < 100,
    )


REPORT = (
    "CT abdomen, triphasic. Findings: Liver: Five hypervascular metastases, the largest 42 x 38 mm"
    " in segment VII (previously 38 mm), both lobes involved. Portal vein patent. No ascites.\n"
    "Spleen, adrenals and kidneys unremarkable. No enlarged lymph nodes. Simple renal cyst.\n"
    "Impression: Five liver metastases of the known ileal NET, stable disease. Lanreotide since"
    " 2021. ECOG 1.\n"
)


def _words_rows(ours: float, body: int) -> list[Row]:
    """A report of 3 kB in words, beside structured data of that size; and growth with length."""
    text, long = REPORT * 7, REPORT * 200
    assert len(candidates_in([text])) > 5
    per_kb = _micros(lambda: candidates_in([text])) / len(text) * 1e3
    longer = min(_once(lambda: candidates_in([long])) for _ in range(3)) / len(long) * 1e9
    structured = ours / body * 1e3
    return [
        Row(
            f"reading a report in words ({len(text) / 1e3:.0f} kB)",
            f"{per_kb * len(text) / 1e6:.1f} ms",
            f"as much of Observations and Conditions {structured * len(text) / 1e6:.2f} ms",
            f"{per_kb / structured:.0f}",
            "<= 20 ms",
            per_kb * len(text) / 1e6 <= 20,
        ),
        Row(
            f"time per character of {len(long) / 1e3:.0f} kB of words, not {len(text) / 1e3:.0f}",
            f"{longer / per_kb:.2f}",
            "–",
            f"{longer / per_kb:.2f}",
            "linear (about 1)",
            longer / per_kb <= 1.3,
        ),
    ]


def _once(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _micros(work: Callable[[], object]) -> float:
    times = []
    for _ in range(100):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return median(times) * 1e6


def _many() -> tuple[float, float]:
    """Growth of the time per resource, and the peak of resident memory in MiB."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading"], cwd=ROOT, check=True, capture_output=True
    )
    growth, mib = done.stdout.split()
    return float(growth), float(mib)


def _seconds(count: int) -> float:
    """Reads that many resources, each from its own bytes, keeping what they say."""
    mapping_set, invented = load_mapping_set(), Invented()
    lines = (json.dumps(invented.observation(PATIENT, i)).encode() for i in range(count))
    kept, seconds = [], 0.0
    for line in lines:
        begin = time.perf_counter()
        kept.append(read_resource(line, mapping_set))
        seconds += time.perf_counter() - begin
    assert len(kept) == count
    return seconds


def _peak_mib() -> float:
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    few = min(_seconds(MANY // 10) for _ in range(3)) / (MANY // 10)
    print(_seconds(MANY) / MANY / few, _peak_mib())
