"""The command doctor: what is wrong with a set-up, and the remedy, without a build."""

import json

from conftest import Company, event
from test_command_line import engagement, options

AREAS = ("versions", "settings", "disk", "permissions", "inputs", "seeds", "mapping")


def examined(company: Company, *arguments: object) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """The exit status, and the findings by area."""
    done = engagement("doctor", *options(company), *arguments, "--json")
    found: dict[str, list[dict[str, str]]] = {}
    for finding in json.loads(done.out):
        found.setdefault(finding["area"], []).append(finding)
    return done.status, found


def write(company: Company, **columns: object) -> None:
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00", **columns)])


def test_a_sound_set_up_is_good_and_nothing_is_built(company: Company) -> None:
    write(company, account_id="a", loaded_at="2026-05-01 10:00")
    status, found = examined(company)
    assert status == 0
    assert {finding["state"] for findings in found.values() for finding in findings} == {"good"}
    assert found.keys() == set(AREAS)
    assert not company.database.exists()
    assert not company.working_file.exists()


def test_what_is_wrong_is_told_with_its_remedy(company: Company) -> None:
    status, found = examined(company, "--vars", "{timezon: UTC}")
    assert (status, found["settings"][0]["state"]) == (1, "wrong")
    assert "perhaps timezone is meant" in found["settings"][0]["remedy"]
    assert "inputs" not in found

    status, found = examined(company)
    assert (status, found["inputs"][0]["state"]) == (1, "wrong")
    assert "set ENGAGEMENT_DATA to a folder" in found["inputs"][0]["remedy"]

    write(company)
    company.configure("score_bands", "band,min_score\nlow,0\nlow,5")
    status, found = examined(company)
    assert (status, found["seeds"][0]["state"]) == (1, "wrong")
    assert "score_bands.csv" in found["seeds"][0]["found"]


def test_doubtful_mappings_are_told(company: Company) -> None:
    company.write(
        "events",
        [
            event(str(number), "task_created", "u", "01/05/2026" if number else "2026-05-01")
            for number in range(4)
        ],
    )
    status, found = examined(company)
    told = " ".join(f"{row['state']}: {row['found']}" for row in found["mapping"])
    assert status == 1
    assert "wrong: events.occurred_at can be read in 25.0% of 4 rows" in told
    assert "look at: no event has an account" in told
    assert "look at: no event says when it was loaded" in told
