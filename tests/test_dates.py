"""Dates of a document: labels and forms that count, sentences and impossible dates that do not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from ingest.dates import KINDS, dates_of, iso_date
from ingest.readers import read

SHARED = ROOT.parent / "shared" / "data" / "documents"
WRITTEN = [
    "2019-05-17", "2019/05/17", "2019.5.17", "17 May 2019", "17th of May 2019", "May 17, 2019", "May 17th, 2019",
    "Friday, May 17, 2019", "Fri., 17 May 2019", "17-May-2019", "17-May-19", "05-17-19", "05/17/2019", "17.05.2019",
    "5/17/19", "17 MAY 2019", "May 17 2019",
]  # fmt: skip
LABELS = {
    "Effective date: {}": "effective", "Effective {}": "effective", "EFFECTIVE FROM: {}": "effective",
    "Revised: {}": "revised", "REVISED {}": "revised", "Last updated: {}": "revised", "Last updated on {}": "revised",
    "Last reviewed: {}": "revised", "(Revised {})": "revised", "**Last updated:** {}": "revised",
    "_Updated: {}_": "revised", "# Revision date – {}": "revised", "Open Date:      {}": "opens",
    "Opening date: {} 8:00 AM Pacific": "opens", "| Date Opened | {} 08:00:00 AM |": "opens",
    "Closing Date: {} 11:59 PM": "closes", "| Filing Deadline | {} |": "closes", "Application deadline: {}": "closes",
    "Apply by: {}": "closes", "Closing date\n{}": "closes", "Review date: {}": "review", "Next review: {}": "review",
    "Review by {}": "review", "To be reviewed by: {}": "review", "Date posted: {}": "published",
    "Published on {}": "published", "Policy 7    Issued: {}": "published", "- Created: {}": "created",
    "Job 12 | Last modified: {} | page 3": "modified", "Effective date: {}, for all offices.": "effective",
}  # fmt: skip
NO_DATES = [
    "Q3 2024 goals", "Revised Q3 2024 goals", "Revised 3 plans in May 2019", "Updated 12 documents on 17 May 2019.",
    "We opened the branch on 17 May 2019.", "Effective 17 May 2019 all teams report weekly.", "Version 5.17.19",
    "Deliver the plan: 2019-05-17", "- Deadline for the launch: 2019-05-17", "Born: 1980-05-17", "Review: 4/5",
    "Closing date: as soon as filled", "Effective date: 2019", "Last updated: May 2019", "Revised: 31-02-2019",
    "Effective date: 1969-12-31", "Effective date: 2100-01-01", "Opening date: 20190517123", "Revised: 05-06-19",
    "Revised: 1.2.2019.4", "Employees reviewed by 17 May 2019 get a letter.", "Reopens: 2019-05-17",
]  # fmt: skip


@pytest.mark.parametrize("written", WRITTEN)
def test_written_forms(written):
    assert dates_of([], f"Team plan\nRevised: {written}\nGoals") == (("revised", "2019-05-17"),)


@pytest.mark.parametrize(("line", "kind"), LABELS.items())
def test_labels(line, kind):
    text = f"CLERK 1234\n\n{line.format('05-17-19')}\n\nDuties of 2018 and later."
    assert dates_of([], text) == ((kind, "2019-05-17"),)


@pytest.mark.parametrize("text", NO_DATES)
def test_no_date_of_the_document(text):
    assert dates_of([], f"Team plan\n\n{text}\n\nMore.") == ()


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [("Revised: 05/06/2019", "", None), ("Revised: 05/06/2019", "en", None), ("Revised: 05/06/2019", "en-US", None),
     ("Revised: 05/06/2019", "en-GB", "2019-06-05"), ("Revised: 05.06.2019", "de", "2019-06-05"),
     ("Revised: 05/06/2019. From 12/31/2019 on.", "", "2019-05-06"),
     ("Revised: 05/06/2019. From 31/12/2019 on.", "en-US", "2019-06-05"),
     ("Revised: 05/06/2019. From 12/31/2019 to 31/12/2020.", "en-GB", None), ("Revised: 06/06/2019", "", "2019-06-06"),
     ("Revised: 05-06-19, was 12/31/2018", "", "2019-05-06"), ("Revised: 05/06/2019, version 1.13.19", "", None),
     ("Revised: 05/06/2019. Rose Lane, Annapolis, MD 21401", "", "2019-05-06"),
     ("Revised: 05/06/2019 8:00 AM Mountain", "", "2019-05-06"),
     ("Revised: 05/06/2019. Noon Pacific Time.", "", "2019-05-06"),
     ("Revised: 05/06/2019. Rose Lane, London SW1A 1AA", "", "2019-06-05"),
     ("Revised: 05/06/2019. Rose Lane, Annapolis, MD 21401", "en-GB", None),
     ("Revised: 05/06/2019. From 31/12/2019 on, in Annapolis, MD 21401.", "", "2019-06-05"),
     ("Revised: 05/06/2019. Order, XX 21401, in the Mountain View room", "", None),
     ("Revised: 05/06/2019. Noon Central European Time.", "", None)],
)  # fmt: skip
def test_day_or_month_first_is_shown_by_the_document_or_left_out(text, language, day):
    assert dict(dates_of([], text, language=language)).get("revised") == day


PAGE = "<html><meta property='article:modified_time' content='2022-01-11'><body>{}<p>We dig. We plant. We water.</p>"


@pytest.mark.parametrize(
    ("top", "dates"),
    [("<h1>Garden Weekly</h1><h2>January 6, 2011</h2>", {"published": "2011-01-06"}),
     ("<h1>January 11, 2022</h1>", {"modified": "2022-01-11", "published": "2022-01-11"}),
     ("<h1>Garden Weekly</h1><h2>News of January 6, 2011</h2>", {"modified": "2022-01-11"}),
     ("<h1>Garden Weekly</h1><p>All the news.</p><h2>January 6, 2011</h2>", {"modified": "2022-01-11"}),
     ("<h1>Garden Weekly</h1><h2>05/06/2011</h2>", {"modified": "2022-01-11"})],
)  # fmt: skip
def test_a_page_with_a_date_for_its_heading_was_published_then(top, dates):
    reading = read("weekly.html", PAGE.format(top).encode())
    assert {name: day for name, day in reading.facts if name in KINDS} == dates
    assert ("page_dates" in {note.step for note in reading.notes}) == ("modified" not in dates)


def test_facts_go_first_and_contradictions_go_out():
    text = "Published: 2019-05-17\nCreated: 2018-01-02\nRevised: 2019-06-01\nRevised: 2020-06-01\n"
    text += "Closing date: 2021-01-01\nClosing date: 2021-02-01\nOpening date: 2020-12-01\nOpens: 1 December 2020\n"
    facts = [("published", "2019-05-20T10:00:00Z"), ("modified", "soon"), ("title", "2011-01-01")]
    assert dates_of(facts, text) == (
        ("created", "2018-01-02"), ("published", "2019-05-20"), ("revised", "2020-06-01"), ("opens", "2020-12-01"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stamp", "day"),
    [("D:20190517", "2019-05-17"), ("D:20190517083000+02'00'", "2019-05-17"), ("20190517T083000Z", "2019-05-17"),
     ("20190517083000", "2019-05-17"), ("2019-05-17T23:59:59.123-07:00", "2019-05-17"),
     ("2019-05-17 10:00", "2019-05-17"),
     ("Fri, 17 May 2019 08:30:00 +0200", "2019-05-17"), ("1601-01-01", ""), ("1970-01-01T00:00:00Z", ""),
     ("9999-12-31", ""), ("D:20191317", ""), ("yesterday", ""), ("", ""), ("05/17/2019", "2019-05-17")],
)  # fmt: skip
def test_time_stamps(stamp, day):
    assert iso_date(stamp) == day


FORMS = ["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "D:%Y%m%d"]


@given(st.dates(date(1970, 1, 2), date(2099, 12, 31)), st.sampled_from(FORMS))
def test_every_day_is_read_back(day, form):
    assert iso_date(day.strftime(form)) == day.isoformat()


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.sampled_from(["%m-%d-%y", "%d/%m/%Y", "%m/%d/%Y"]))
def test_a_numeric_date_is_right_or_left_out(day, form):
    other = day + timedelta(days=400)
    found = dict(dates_of([], f"Revised: {day.strftime(form)}\nSee {other.strftime(form)}."))
    assert found.get("revised", day.isoformat()) == day.isoformat()


@given(st.text(), st.lists(st.tuples(st.sampled_from(["created", "modified", "title"]), st.text())))
def test_any_input_gives_iso_dates_of_known_kinds(text, facts):
    for kind, day in dates_of(facts, text):
        assert kind in KINDS
        assert date.fromisoformat(day).isoformat() == day


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sets are not beside this checkout")
def test_adverts_state_when_they_open_and_close():
    found = [
        dict(dates_of([], path.read_text(encoding="utf-8", errors="replace")))
        for path in sorted((SHARED / "election_jobs").rglob("*.txt"))
    ]
    both = [dates for dates in found if {"opens", "closes"} <= dates.keys()]
    assert len(both) >= 60
    assert all(dates["opens"] <= dates["closes"] for dates in both)
