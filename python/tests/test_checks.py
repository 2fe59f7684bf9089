"""What a run is given and does not know is refused by name, before anything starts."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from engagement.checks import check
from engagement.errors import UsageError
from engagement.project import CHECKOUT, Settings


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"timzone": "Europe/Berlin"}, "There is no var timzone: perhaps timezone is meant"),
        ({"timezone": "Berlin"}, "The var timezone is Berlin: it must be a zone"),
        ({"clock_skew_minutes": "abc"}, "clock_skew_minutes is abc: it must be a number"),
        ({"clock_skew_minutes": True}, "clock_skew_minutes is True: it must be a number"),
        ({"max_rejected_share": "1 %"}, "max_rejected_share is 1 %: it must be a number"),
        ({"input_columns": "x"}, "input_columns is x: it must be a mapping"),
        ({"outcome_horizons": 30}, "outcome_horizons is 30: it must be a list"),
        ({"test_all_rows": "yes"}, "test_all_rows is yes: it must be true or false"),
        ({"score_history_days": 0}, "score_history_days is 0: it must be a whole number from 1 on"),
        ({"earliest_event_date": "1.1.2000"}, "earliest_event_date is 1.1.2000: it must be a date"),
        ({"reference_time": "noon"}, "reference_time is noon: it must be a time"),
        ({"input_columns": {"event": {}}}, "names the input event: perhaps events is meant"),
        (
            {"input_columns": {"users": {"userid": "id"}}},
            "names the column userid of users: perhaps user_id is meant",
        ),
    ],
)
def test_a_wrong_var_is_named(variables: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as stopped:
        check(Settings(CHECKOUT, variables=variables))
    assert sentence in str(stopped.value)


def test_a_mapping_of_a_column_by_which_segments_are_formed_is_known() -> None:
    variables = {
        "segment_attributes": {"users": ["team"]},
        "input_columns": {"users": {"team": "department", "role": {"sql": "upper(job)"}}},
    }
    check(Settings(CHECKOUT, variables=variables))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ENGAGEMENT_DATBASE", "x", "no environment variable ENGAGEMENT_DATBASE: perhaps"),
        ("ENGAGEMENT_SCHEMA", 'a"; drop schema raw', "it must be a plain name"),
        ("ENGAGEMENT_READERS", 'bi, x"; --', "it must be names of roles"),
        ("ENGAGEMENT_TARGET", "duck db", "it must be a plain name"),
        ("ENGAGEMENT_DBT_THREADS", "0", "it must be a whole number from 1 on"),
        ("ENGAGEMENT_MEMORY_LIMIT", "much", "it must be a size such as 8GB"),
        ("ENGAGEMENT_AS_OF", "yesterday", "it must be a date"),
    ],
)
def test_a_wrong_environment_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as stopped:
        check(Settings(CHECKOUT))
    assert name in str(stopped.value)
    assert sentence in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENGAGEMENT_MEMORY_LIMIT", "80%"),
        ("ENGAGEMENT_MEMORY_LIMIT", "6.5 GiB"),
        ("ENGAGEMENT_READERS", "bi, analysts"),
        ("ENGAGEMENT_SCHEMA", ""),
    ],
)
def test_a_right_environment_variable_is_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    check(Settings(CHECKOUT))


def test_a_day_that_is_not_over_cannot_be_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENGAGEMENT_AS_OF", raising=False)
    today = date.today()
    with pytest.raises(UsageError, match="is not over: name a day before today"):
        check(Settings(CHECKOUT, as_of=today + timedelta(days=1)))
    check(Settings(CHECKOUT, as_of=today - timedelta(days=2)))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("daily_cap", "daily_capp", "has the column daily_capp: perhaps daily_cap is meant"),
        ("weight,", "", "lacks the column weight: add it to the header"),
        ("logged_in,1,1,true", "logged_in,1", "line 2 has 4 values, and the header 6"),
        ("\n", "\n\n", ""),
    ],
)
def test_a_wrong_column_or_row_of_a_seed_is_named(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(CHECKOUT / "seeds", seeds)
    file = seeds / "event_weights.csv"
    file.write_text(file.read_text().replace(old, new, 1))
    if not sentence:
        check(Settings(CHECKOUT, seeds=seeds))
        return
    with pytest.raises(UsageError) as stopped:
        check(Settings(CHECKOUT, seeds=seeds))
    assert str(file) in str(stopped.value)
    assert sentence in str(stopped.value)
