"""The peers of an account, and what an account is calibrated within, worked out by hand."""

from datetime import date

from conftest import VERSION_COLUMNS, Company, event

AS_OF = date(2026, 5, 20)


def test_peers_have_the_same_plan_and_have_not_left(company: Company) -> None:
    """Of the plan pro a and b have 2 reports, c 5, d none, and e, which has left, 9. Without a plan
    are f, and i, which no table lists. g, which moved to free, and h, on max, are alone."""
    company.score_reports()
    plans = {"a": "pro", "b": "pro", "c": "pro", "d": "pro", "e": "pro", "f": None, "g": "pro"}
    company.write(
        "accounts", [{"account_id": k, "plan": v} for k, v in (plans | {"h": "max"}).items()]
    )
    company.write(
        "account_history",
        [
            {"account_id": "e", "valid_from": "2026-05-16", "plan": "", "status": "churned"},
            {"account_id": "g", "valid_from": "2026-05-01", "plan": "free", "status": ""},
        ],
    )
    counts = {"a": 2, "b": 2, "c": 5, "e": 9, "f": 1, "g": 1, "h": 3, "i": 4}
    company.write(
        "events",
        [
            event(key, "report", key, "2026-05-15 09:00:00", account_id=key, quantity=quantity)
            for key, quantity in counts.items()
        ],
    )
    company.build(only="account_profiles", tests=True, as_of=AS_OF)
    assert company.query(
        "select account_id, normalization_group, peers, peer_percentile_rank"
        " from engagement.account_profiles order by 1"
    ) == [
        ("a", "all", 4, 0.25),
        ("b", "all", 4, 0.25),
        ("c", "all", 4, 0.75),
        ("d", "all", 4, 0.0),
        ("e", "all", None, None),
        ("f", "all", 2, 0.0),
        ("g", "all", 1, None),
        ("h", "all", 1, None),
        ("i", "all", 2, 0.5),
    ]
    assert company.differences(as_of=AS_OF) == []


def test_the_version_in_force_says_what_an_account_is_calibrated_within(company: Company) -> None:
    company.configure(
        "scoring_versions",
        f"{VERSION_COLUMNS}\nv1,1970-01-01,7,0.5,0,,1,,frozen\n"
        "v2,2026-05-19,14,0.9,1,3.5,2,plan,rolling\nv3,2026-06-01,7,0.5,0,,1,,rolling",
    )
    company.configure(
        "calibration_caps",
        "version,entity_type,normalization_group,cap\nv1,user,all,10\nv1,account,all,10",
    )
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,report,1,7,true
        v2,report,1,3,true
        v2,view,0,,true
        v3,report,1,4,true""",
    )
    company.write("accounts", [{"account_id": "a", "plan": "pro"}, {"account_id": "b"}])
    company.write(
        "events",
        [
            event(f"{day}", "report", "u", f"2026-05-{day} 09:00:00", account_id="a")
            for day in range(10, 21)
        ],
    )
    company.build(
        only="account_profiles score_calibrations event_inventory", tests=True, as_of=AS_OF
    )
    assert company.query(
        "select account_id, normalization_group from engagement.account_profiles order by 1"
    ) == [("a", "pro"), ("b", "unknown")]
    assert company.query(
        "select distinct version, window_days, half_life_days, min_population, normalize_by,"
        " calibration from engagement.score_calibrations order by 1"
    ) == [("v1", 7, None, 1, None, "frozen"), ("v2", 14, 3.5, 2, "plan", "rolling")]
    assert company.query(
        "select event_name, daily_cap from engagement.event_inventory where weight is not null"
        " order by 1"
    ) == [("report", 3), ("view", None)]
    assert company.differences(as_of=AS_OF) == []
