"""Two versions side by side: the same order, other scores; and nothing else is touched."""

from pathlib import Path

import pandas as pd
import pytest
from conftest import VERSION_COLUMNS, Company, event

from engagement.compare import compare, write_comparison
from engagement.errors import UsageError


@pytest.fixture
def two_versions(company: Company) -> Company:
    """v2, not yet in force, doubles every weight, against a cap of 100 in both."""
    versions = ["v1,1970-01-01,7,0.5,0,,1,,frozen", "v2,2999-01-01,7,0.5,0,,1,,frozen"]
    company.configure("scoring_versions", "\n".join([VERSION_COLUMNS, *versions]))
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,report,1,,true
        v2,report,2,,true""",
    )
    company.configure(
        "calibration_caps",
        """version,entity_type,normalization_group,cap
        v1,user,all,100
        v2,user,all,100
        v1,account,all,100
        v2,account,all,100""",
    )
    company.write(
        "events",
        [
            event(f"{user}{number}", "report", user, f"2026-03-0{day} 09:00", account_id="a")
            for user, count in (("one", 10), ("two", 20), ("three", 40))
            for number in range(count)
            for day in (1, 2)
            if day == 1 or number == 0
        ],
    )
    return company


def test_twice_the_weight_moves_scores_and_no_ranks(two_versions: Company, tmp_path: Path) -> None:
    files = {file: file.read_bytes() for file in two_versions.seeds.iterdir()}
    users, accounts = compare(two_versions.settings(), ("v1", "v2"))
    assert users.rank_correlation == pytest.approx(1)
    assert users.entities[["entity_id", "score_a", "score_b", "band_a", "band_b"]].round(9).to_dict(
        "split"
    )["data"] == [
        ["one", 10.9, 20.8, "fair", "good"],
        ["three", 40.6, 80.2, "strong", "champion"],
        ["two", 20.8, 40.6, "good", "strong"],
    ]
    assert users.movers()["entity_id"].to_list() == ["three", "two", "one"]
    assert users.distribution.to_dict("split")["data"] == [
        [10, 1, 0],
        [20, 1, 1],
        [40, 1, 1],
        [80, 0, 1],
    ]
    assert accounts.rank_correlation is None  # one account has no order
    assert accounts.movers()["change"].round(9).to_list() == [29.7]

    write_comparison(tmp_path, users)
    assert len(pd.read_csv(tmp_path / "users.csv")) == 3
    assert "<svg" in (tmp_path / "users.svg").read_text()

    assert {file: file.read_bytes() for file in two_versions.seeds.iterdir()} == files
    assert not two_versions.database.exists()


def test_a_version_that_is_not_there_is_one_sentence(two_versions: Company) -> None:
    with pytest.raises(UsageError, match=r"The version v3 is not in scoring_versions\.csv"):
        compare(two_versions.settings(), ("v3", "v1"))
