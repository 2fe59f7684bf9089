"""Every wrong row of a seed stops the run before any score, naming file, row and fix."""

import re

import pytest
import yaml
from conftest import VERSION_COLUMNS, Company, event

from engagement.errors import UsageError
from engagement.project import CHECKOUT

WRONG = {
    "scoring_versions": f"""{VERSION_COLUMNS}
        v1,2026-01-01,0,1,0.001,0,0,colour,sometimes
        v1,2026-01-01,28,0.9,2,,20,,rolling
        frozen,2026-02-01,28,0.9,11,,20,,frozen
        empty,2026-03-01,,0.9,2,,20,,rolling""",
    "calibration_caps": """version,entity_type,normalization_group,cap
        v1,user,all,0
        v1,user,all,5
        v9,team,all,5""",
    "event_weights": """version,event_name,weight,daily_cap,counts_as_active
        v1,negative,-1,,true
        v1,capped,1,0,true
        v1,twice,1,,true
        v1,twice,2,,true
        v9,unknown,1,,true
        v1,unweighted,,,true""",
    "key_features": """feature,event_name,launched_on,plans
        tasks,task_created,,
        tasks,task_created,,
        boards,board_viewed,2026-01-01,
        boards,board_opened,,pro
        reports,report_created,,pro | free""",
    "activation_milestones": """milestone,entity_type,event_name,min_count,min_days,within_days,\
any_days,position
        first,user,task_created,0,,,,1
        first,user,task_created,1,,-1,,1
        other,user,task_created,1,,,,1
        second,team,task_created,1,,,0,2
        both,user,task_created,1,1,,,3
        neither,user,task_created,,,,,4
        none,user,task_created,,0,,,5
        week,user,task_created,,8,,7,6
        soon,user,task_created,,3,1,,7""",
    "score_bands": """band,min_score
        low,5
        low,5
        inactive,101""",
    "signal_rules": """entity_type,signal,kind,severity,is_enabled,min_score,max_score,\
min_previous_score,min_change,min_fall,min_share,max_share,min_days,max_days,min_count,\
alert_budget,fact,min_fact,max_fact,sentence
        account,at_risk,danger,critical,true,,,,,0.5,,0.1,,27,,,,,,a
        account,at_risk,risk,urgent,true,,3,,,50,,0.1,,27,,-1,,,,a {who} b
        user,cross_sell,risk,low,true,35,,,,,,,,,2,,,,,a
        user,power_user,risk,low,true,700,,,,,,,-1,,,,nps,,,a
        team,advocate,risk,low,true,,,,,,,,,,,,,1,,a
        account,advocate,risk,low,true,1,,,,,1,,1,,,,,,,a {user} b""",
    "risk_coefficients": """version,term,coefficient
        v1,horizon_days,90
        v1,intercept,1
        v1,charm,1
        v1,plan:pro,
        v1,intercept,2
        v9,intercept,1
        frozen,score,1""",
    "derived_events": """position,derived_event,source_event,property,comparison,value,\
quantity_property,unit
        0,a,x,to,is,pro,,
        1,a,x,to,like,pro,,
        1,b,x,to,is,pro,,
        2,c,x,to,exists,pro,,
        3,d,x,to,at_least,five,,
        4,e,x,to,is,,,
        5,f,x,to,,,,
        6,g,x,/to,is,a,a//b,0
        7,h,x,,,,,5
        8,,x,,,,,""",
    "actor_rules": """position,field,comparison,value,actor
        0,name,is,x,robot
        1,user_id,is,x,agent
        1,user_id,is,y,api
        2,properties/,is,x,agent
        3,actor,at_most,1.2.3,agent
        4,event_name,like,x,agent
        5,user_id,missing,,""",
    "exchange_rates": """currency,rate
        EUR,0
        eur,2""",
    "free_mail_domains": """domain,kind
        gmail.com,free
        gmail.com,free
        Yahoo.com,free
        @aol.com,free
        localhost,free
        ,disposable""",
    "excluded_users": """user_id,reason
        u,one
        u,two""",
}
SENTENCES = [
    "scoring_versions.csv, row v1: the same version is there more than once",
    "scoring_versions.csv, row 2026-01-01: the same valid_from is there more than once",
    "scoring_versions.csv, row v1: window_days must be 1 or more",
    "scoring_versions.csv, row v1: winsor_percentile must lie between 0 and 1",
    "scoring_versions.csv, row v1: curvature must be 0, or 0.01 to 10 in size",
    "scoring_versions.csv, row frozen: curvature must be 0, or 0.01 to 10 in size",
    "scoring_versions.csv, row v1: half_life_days must be more than 0",
    "scoring_versions.csv, row v1: min_population must be 1 or more",
    "scoring_versions.csv, row v1: normalize_by must be plan, status, owner, industry",
    "scoring_versions.csv, row v1: calibration must be rolling or frozen",
    "scoring_versions.csv, row frozen: a frozen version needs a row in calibration_caps.csv",
    "scoring_versions.csv, row empty: window_days is empty",
    "scoring_versions.csv, row frozen: the version has no row in event_weights.csv",
    "scoring_versions.csv, row empty: the version has no row in event_weights.csv",
    "key_features.csv, row reports: plans must be separated by | without spaces",
    "calibration_caps.csv, row v1: cap must be more than 0",
    "calibration_caps.csv, row v1 / user / all: the same version and entity_type",
    "calibration_caps.csv, row v9: the version is not in scoring_versions.csv",
    "calibration_caps.csv, row v9: entity_type must be user or account",
    "event_weights.csv, row negative: weight must be 0 or more",
    "event_weights.csv, row capped: daily_cap must be 1 or more",
    "event_weights.csv, row v1 / twice: the same version and event_name is there more than once",
    "event_weights.csv, row unknown: the version is not in scoring_versions.csv",
    "event_weights.csv, row unweighted: weight is empty",
    "key_features.csv, row tasks / task_created: the same feature and event_name",
    "key_features.csv, row boards: launched_on and plans must be the same in every row",
    "activation_milestones.csv, row user / first / task_created: the same entity_type and"
    " milestone and event_name",
    "activation_milestones.csv, row user / 1: the same entity_type and position",
    "activation_milestones.csv, row user / first: min_count, min_days, within_days, any_days and"
    " position must be the same in every row of a milestone",
    "activation_milestones.csv, row both: fill in either min_count or min_days",
    "activation_milestones.csv, row neither: fill in either min_count or min_days",
    "activation_milestones.csv, row none: min_days must be 1 or more",
    "activation_milestones.csv, row second: any_days must be 1 or more",
    "activation_milestones.csv, row week: so many days do not fit",
    "activation_milestones.csv, row soon: so many days do not fit",
    "activation_milestones.csv, row first: min_count must be 1 or more",
    "activation_milestones.csv, row first: within_days must be 0 or more",
    "activation_milestones.csv, row second: entity_type must be user or account",
    "score_bands.csv, row (lowest): the lowest band must start at 0",
    "score_bands.csv, row low: the same band is there more than once",
    "score_bands.csv, row 5.000: the same min_score is there more than once",
    "score_bands.csv, row inactive: min_score must lie between 0 and 100",
    "score_bands.csv, row inactive: inactive is the band of whoever has no points",
    "signal_rules.csv, row account / at_risk: the same entity_type and signal is there more than",
    "signal_rules.csv, row at_risk: kind must be risk or opportunity",
    "signal_rules.csv, row at_risk: severity must be critical, high, medium or low",
    "signal_rules.csv, row at_risk: shares and falls must lie between 0 and 1",
    "signal_rules.csv, row at_risk: the sentence knows only {score}, {previous_score},"
    " {measured_value}",
    "signal_rules.csv, row account / at_risk: alert_budget is empty: fill it in",
    "signal_rules.csv, row at_risk: days and counts must be 0 or more",
    "signal_rules.csv, row advocate: the sentence knows only {score}, {previous_score},"
    " {measured_value}, {percent}, {evidence}, {window_days} and, of a user, {user}",
    "risk_coefficients.csv, row v1 / intercept: the same version and term is there more than once",
    "risk_coefficients.csv, row charm: the term must be horizon_days, intercept, score,"
    " points_per_member",
    "risk_coefficients.csv, row plan:pro: coefficient is empty",
    "risk_coefficients.csv, row intercept: the version is not in scoring_versions.csv",
    "risk_coefficients.csv, row intercept: the version lacks the row horizon_days or intercept",
    "risk_coefficients.csv, row score: the version lacks the row horizon_days or intercept",
    "signal_rules.csv, row user / cross_sell: there is no such rule",
    "signal_rules.csv, row team / advocate: there is no such rule",
    "signal_rules.csv, row power_user: scores must lie between 0 and 100",
    "signal_rules.csv, row power_user: days and counts must be 0 or more",
    "signal_rules.csv, row power_user: facts are of accounts",
    "signal_rules.csv, row advocate: entity_type must be user or account",
    "signal_rules.csv, row advocate: min_fact and max_fact are limits of a fact",
    "derived_events.csv, row 0: position must be 1 or more",
    "derived_events.csv, row 1: comparison must be is, is_not, starts_with, ends_with, contains,"
    " at_least, at_most, exists or missing",
    "derived_events.csv, row 1: derived_event, source_event, quantity_property and unit must be the"
    " same in every row of a position",
    "derived_events.csv, row 2: exists and missing compare with nothing: leave value empty",
    "derived_events.csv, row 3: value must be a number, such as 10 or 0.5",
    "derived_events.csv, row 4: value is empty: fill it in",
    "derived_events.csv, row 5: property, comparison and value are one condition",
    "derived_events.csv, row 6: property must be keys joined by /, such as plan/name",
    "derived_events.csv, row 6: quantity_property must be keys joined by /",
    "derived_events.csv, row 6: unit must be more than 0, or empty for 1",
    "derived_events.csv, row 7: unit is one of a quantity_property",
    "derived_events.csv, row 8: derived_event is empty",
    "actor_rules.csv, row 0: position must be 1 or more",
    "actor_rules.csv, row 0: field must be user_id, account_id, event_name, actor, or properties/",
    "actor_rules.csv, row 0: actor must be human, agent or api",
    "actor_rules.csv, row 1: actor must be the same in every row of a position",
    "actor_rules.csv, row 2: field must be keys joined by /",
    "actor_rules.csv, row 3: value must be a number, such as 10 or 0.5",
    "actor_rules.csv, row 4: comparison must be is, is_not, starts_with",
    "actor_rules.csv, row 5: actor is empty",
    "exchange_rates.csv, row EUR: the same currency is there more than once",
    "exchange_rates.csv, row EUR: rate must be more than 0",
    "free_mail_domains.csv, row gmail.com: the same domain is there more than once",
    "free_mail_domains.csv, row Yahoo.com: domain must be what follows the @ of an address",
    "free_mail_domains.csv, row @aol.com: domain must be what follows the @ of an address",
    "free_mail_domains.csv, row localhost: domain must be what follows the @ of an address",
    "free_mail_domains.csv, row disposable: domain is empty",
    "excluded_users.csv, row u: the same user_id is there more than once",
]


def test_every_wrong_row_is_named_and_no_score_is_touched(company: Company) -> None:
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    company.build(only="user_scores")
    scores = company.query("select * from engagement.user_scores")
    for seed, text in WRONG.items():
        company.configure(seed, text)
    with pytest.raises(UsageError) as raised:
        company.build()
    said = str(raised.value)
    assert [sentence for sentence in SENTENCES if sentence not in said] == []
    assert [line for line in said.splitlines() if not any(s in line for s in SENTENCES)] == []
    assert len(said.splitlines()) == len(SENTENCES)
    assert company.query("select * from engagement.user_scores") == scores


@pytest.mark.parametrize(
    ("seed", "row", "sentence"),
    [
        (
            "event_weights",
            "v1,task_created,heavy,,true,",
            r"event_weights.csv: line 3: weight is heavy, not a number such as 0.5",
        ),
        ("event_weights", "v1,task_created,.5,1.5,true,", "daily_cap is 1.5, not a whole number"),
        ("event_weights", "v1,task_created,2,1,maybe,", "counts_as_active is maybe, not true or"),
        (
            "key_features",
            "tasks,task_created,06/07/2026,,",
            "launched_on is 06/07/2026, not a date",
        ),
        (
            "key_features",
            "tasks,task_created,2026-13-01,,",
            "launched_on is 2026-13-01, not a date",
        ),
    ],
)
def test_a_seed_cell_of_the_wrong_type_names_seed_line_and_column(
    company: Company, seed: str, row: str, sentence: str
) -> None:
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    header, first, *_ = (company.seeds / f"{seed}.csv").read_text().splitlines()
    company.configure(seed, "\n".join([header, first, row]))
    with pytest.raises(UsageError, match=sentence):
        company.build()


def test_no_versions_at_all(company: Company) -> None:
    company.configure("scoring_versions", VERSION_COLUMNS)
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    with pytest.raises(UsageError, match="there is no version: add one"):
        company.build()


def test_a_seed_is_read_by_the_names_of_its_columns_in_every_run(company: Company) -> None:
    """Columns move, and those that may be empty may be missing, now or in the next run."""
    company.write(
        "events",
        [
            event(str(day), "task_created", "u", f"2026-05-0{day} 09:00:00", account_id="a")
            for day in range(1, 7)
        ],
    )
    for header, row, step in (
        (
            "milestone,entity_type,event_name,position,min_count",
            "x,user,task_created,1,3",
            (3, None),
        ),
        (
            "within_days,milestone,min_count,position,entity_type,event_name",
            "7,x,2,1,user,task_created",
            (2, 7),
        ),
        (
            "milestone,entity_type,event_name,min_days,position",
            "x,user,task_created,4,1",
            (4, None),
        ),
        (
            "milestone,entity_type,event_name,min_days,position",
            "x,user,task_created,5,1",
            (5, None),
        ),
    ):
        company.configure("activation_milestones", f"{header}\n{row}")
        company.build(only="activation_steps")
        steps = "select occurrences, within_days from engagement.activation_steps"
        assert company.query(steps) == [step]


def test_the_page_lists_every_var_with_its_default() -> None:
    page = (CHECKOUT / "docs" / "configuration.md").read_text()
    listed = re.findall(
        r"^\| `(\w+)` \| ([^|]*) \|", page.partition("\n## Vars\n")[2], re.MULTILINE
    )
    told = {name: yaml.safe_load(default.strip("` ")) for name, default in listed if name.islower()}
    given = yaml.safe_load((CHECKOUT / "dbt_project.yml").read_text())["vars"]
    ids = given.pop("posthog_static_ids")
    assert told.pop("posthog_static_ids") == "two ids of PostHog's" and len(ids) == 2
    assert told == given
