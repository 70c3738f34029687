"""Whatever is damaged in a file, reading it ends in a sound document or in one clear line; a short fuzz run.

The long one is benchmarks/fuzz.py.
"""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import MAIN_PART, check_reading, with_part
from benchmarks.fuzz_seeds import made
from config import IngestConfig, UserError
from ingest.readers import read

FILES = made()
LIMITS = IngestConfig(max_unpacked_megabytes=20, max_pages=50, ocr=False)
# A cut, or bytes put in the place of others: (where, as a share of the file; how many go; what comes)
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=8)),
    max_size=4,
)


def damaged(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """The bytes with every edit made."""
    for share, gone, come in edits:
        place = int(share * len(data))
        data = data[:place] + come + data[place + gone :]
    return data


def check(name: str, data: bytes) -> None:
    """A sound document or one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' remarks on damage
        try:
            reading = read(name, data, LIMITS)
        except UserError as error:
            assert name in str(error)
            assert "\n" not in str(error)
            return
    check_reading(reading)


@pytest.mark.parametrize("form", FILES)
def test_undamaged(form):
    for data in FILES[form]:
        check_reading(read(f"a.{form}", data, LIMITS))


@pytest.mark.parametrize("form", FILES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(edits=EDITS)
def test_damaged_bytes(form, edits):
    check(f"a.{form}", damaged(FILES[form][0], edits))


@pytest.mark.parametrize("form", MAIN_PART)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(edits=EDITS)
def test_damaged_part_of_a_zip_file(form, edits):
    whole = FILES[form][0]
    part = MAIN_PART[form]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        data = archive.read(part)
    check(f"a.{form}", with_part(whole, part, damaged(data, edits)))


@settings(max_examples=50)
@given(st.binary(), st.sampled_from([".txt", ".md", ".html", ".csv", ".yaml", ".json", ".eml", ".pdf", ".docx", ""]))
def test_any_bytes_under_any_name(data, suffix):
    check(f"a{suffix}", data)


@settings(max_examples=50)
@given(st.text(), st.sampled_from([".txt", ".md", ".html", ".csv", ".yaml", ".json", ".eml", ""]))
def test_any_text_under_any_name(text, suffix):
    check(f"a{suffix}", text.encode("utf-8", "surrogatepass"))
