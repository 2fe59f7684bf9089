"""Whether account_risk finds leavers better than simple rules: `python bench/risk.py`.

`python bench/risk.py shuffled` asks how often a model is proposed where there is nothing to find.

Made-up companies of several kinds. What could be chosen (the order of the ranking, the terms of the
model, the best rule of thumb) was chosen on the first; the others, some of kinds that the first do
not have, measure it. An alert is an account on a monthly score date; who left, paid nothing 90 days
later. Any machine says the same.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from companies import SIZE, company, write_results
from rankings import DRAWS, RECALLS, Figures, Ranked, holm, interval, p_value
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

from engagement.errors import UsageError
from engagement.outcomes.out_of_time import EARLY, early_and_late
from engagement.outcomes.predictive_metrics import Forecast, bootstrap
from engagement.outcomes.risk_model import Observations, fit_model, propose_model

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results"
HORIZON, MIN_OUTCOMES = 90, 20
SHUFFLES, SHUFFLE_DRAWS = 400, 200
TUNING = [("saas", 501), ("saas", 502), ("saas", 503), ("weekly", 511), ("agency", 512)]
TEST = [
    *(("saas", 601), ("saas", 602), ("weekly", 603), ("monthly", 604), ("seasonal", 605)),
    *(("agency", 606), ("few_large", 607)),
]
RISK, MODEL, BOOSTING = "account_risk", "account_risk with a model", "gradient boosting"
#: What a sceptic would go by: more of it is more risk.
RULES_OF_THUMB: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "days since last activity": lambda rows: rows["days_silent"],
    "fewest events": lambda rows: -rows["events"],
    "fewest active days": lambda rows: -rows["active_days"],
    "fewest kinds of events": lambda rows: -rows["distinct_events"],
    "largest fall of points": lambda rows: -rows["change_term"],
    "fewest members": lambda rows: -rows["members"],
    "lowest MRR": lambda rows: -rows["mrr_before"].astype("float64"),
    "lowest points per member": lambda rows: -rows["points_per_member_term"],
}
#: Not points: whoever has them has the product.
PLAIN = [name for name in RULES_OF_THUMB if "points" not in name]
ROWS = f"""
select outcomes.*, risk.* exclude (score_date, account_id, plan, version, horizon_days)
from engagement_internal.int_outcomes as outcomes
inner join engagement_internal.int_outcome_risk as risk using (score_date, account_id)
where outcomes.horizon_days = {HORIZON}
order by score_date, account_id
"""
#: Of accounts that left: the first Sunday within the 120 days before on which they were among the
#: tenth with the most risk, by account_risk and by silence alone.
WARNING = """
with leavers as (
    select account_id, min(cast(valid_from as date)) as left_on
    from read_parquet('{data}/account_history.parquet')
    where status = 'churned'
    group by account_id
),
ranked as (
    select
        score_date, account_id, risk_rank / customers as by_risk,
        percent_rank() over (partition by score_date order by days_since_active desc nulls first)
            as by_silence
    from engagement_build.account_risk
    where dayofweek(score_date) = 0
)
select
    leavers.account_id,
    max(left_on - score_date) filter (where by_risk <= 0.1) as risk,
    max(left_on - score_date) filter (where by_silence < 0.1) as silence
from leavers
inner join ranked
    on leavers.account_id = ranked.account_id and score_date between left_on - 120 and left_on - 1
where left_on - 120 >= (select min(score_date) from ranked)
group by leavers.account_id
"""


def rows_of(kind: str, seed: int) -> pd.DataFrame:
    """int_outcomes with int_outcome_risk, of 90 days."""
    _, database = company(kind, seed)
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(ROWS).df()
    return rows.assign(score_date=pd.to_datetime(rows["score_date"]))


def risk_of(rows: pd.DataFrame) -> pd.Series:
    """The ranking of account_risk without a model: larger is more at risk."""
    return pd.Series(Observations.of(rows).ranking, index=rows.index)


def measured(rows: pd.DataFrame, rules: dict[str, pd.Series]) -> dict[str, Figures]:
    """Rule -> figures, all by the same samples."""
    ranked = Ranked.of(rows, rules)
    weights = ranked.samples()
    return {name: ranked.figures(name, weights) for name in rules}


def of_rules(rows: pd.DataFrame) -> dict[str, Figures]:
    """account_risk without a model, and the rules of thumb."""
    rules = {name: rule(rows) for name, rule in RULES_OF_THUMB.items()}
    return measured(rows, {RISK: risk_of(rows), **rules})


def out_of_time(rows: pd.DataFrame) -> tuple[dict[str, Figures], Forecast] | None:
    """Models of the early dates on the later ones; None if there are too few leavers."""
    try:
        is_early, is_late = early_and_late(rows, "churned", MIN_OUTCOMES)
    except UsageError:
        return None
    whole = Observations.of(rows)
    early, late = (Observations.of(rows[which]) for which in (is_early, is_late))
    names = whole.columns.columns
    x_early, x_late = (
        part.columns.reindex(columns=names).fillna(0.0).to_numpy() for part in (early, late)
    )
    model = fit_model(
        Observations(
            early.observed,
            early.left,
            early.columns.reindex(columns=names).fillna(0.0),
            early.ranking,
        )
    )
    probability = model.probability(x_late)
    later = late.observed.rows
    rules = {MODEL: pd.Series(probability), RISK: pd.Series(late.ranking)}
    for boosted in (
        GradientBoostingClassifier(random_state=0),
        HistGradientBoostingClassifier(random_state=0),
    ):
        boosted.fit(x_early, early.left)
        name = f"{BOOSTING} ({type(boosted).__name__.removesuffix('Classifier')})"
        rules[name] = pd.Series(boosted.predict_proba(x_late)[:, 1])
    forecast = Forecast(probability, late.left, late.observed.accounts)
    return measured(later, rules), forecast


def pooled(found: list[dict[str, Figures]]) -> dict[str, Figures]:
    """The mean over companies: each company counts once, its samples are its own."""
    return {
        rule: {
            measure: np.mean([one[rule][measure] for one in found], axis=0)
            for measure in found[0][rule]
        }
        for rule in found[0]
        if all(rule in one for one in found)
    }


def best_rule(found: dict[str, Figures], among: list[str]) -> str:
    """The rule of thumb with the largest mean precision at the three recalls."""
    return max(among, key=lambda rule: sum(found[rule][f"precision_at_{r}"][0] for r in RECALLS))


def warning_days(kind: str, seed: int) -> pd.DataFrame:
    """account_id, risk, silence: days from the first warning to the end; null without one."""
    data, database = company(kind, seed)
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(WARNING.format(data=data)).df()


def reliability(forecasts: list[Forecast], draws: int = 1000) -> list[dict[str, float]]:
    """Tenths of the probabilities of all companies: expected, observed and its 95 % band."""
    offsets = np.cumsum([0, *[int(one.accounts.max()) + 1 for one in forecasts]])
    together = Forecast(
        np.concatenate([one.probability for one in forecasts]),
        np.concatenate([one.happened for one in forecasts]),
        np.concatenate([one.accounts + at for one, at in zip(forecasts, offsets, strict=False)]),
    )
    found = []
    for number, tenth in together.tenths():
        drawn = np.concatenate([tenth.observed(t) for t in bootstrap(int(offsets[-1]), draws)])
        lower, upper = tenth.bounds(drawn)
        found.append(
            {
                "tenth": number,
                "expected": tenth.expected(),
                "observed": float(tenth.happened.mean()),
                "lower": lower,
                "upper": upper,
            }
        )
    return found


def differences(found: dict[str, Figures], rule: str, other: str) -> dict[str, dict[str, float]]:
    """Measure -> the difference of two rules, its interval and its p-value."""
    result = {}
    for measure in found[rule]:
        drawn = found[rule][measure] - found[other][measure]
        lower, upper = interval(drawn[1:])
        result[measure] = {
            "difference": float(drawn[0]),
            "lower": lower,
            "upper": upper,
            "p": p_value(drawn[1:]),
        }
    return result


def precision_at_recall(found: dict[str, Figures]) -> dict[str, dict[str, float]]:
    """Rule -> recall -> precision, and the area under the curve."""
    return {
        rule: {
            **{str(r): round(float(figures[f"precision_at_{r}"][0]), 4) for r in RECALLS},
            "pr_auc": round(float(figures["pr_auc"][0]), 4),
        }
        for rule, figures in found.items()
    }


def shuffled(kind: str, seed: int, shuffles: int = SHUFFLES) -> dict[str, float]:
    """How often a model is proposed where accounts have the outcomes of other accounts.

    Each account keeps its dates and takes over what became of another one: of one on the early
    dates, of another on the late ones, by which the model is judged. Nothing known of it says who
    leaves, and outcomes stay as many and as long. With the same one on both, who was there early
    would say how old that one is on the late dates, and so how likely it is to leave.
    """
    rows = rows_of(kind, seed)
    dates = sorted(rows["score_date"].unique())
    is_late = rows["score_date"] >= dates[int(len(dates) * EARLY)]
    rng = np.random.default_rng(0)
    proposed, tried = 0, 0
    for _ in range(shuffles):
        mixed = pd.concat([_mixed(rows[part], rng) for part in (~is_late, is_late)])
        try:
            proposal = propose_model(
                mixed.reset_index(drop=True), "v1", MIN_OUTCOMES, SHUFFLE_DRAWS
            )
        except UsageError:
            continue
        proposed += proposal.is_better()
        tried += 1
        print(f"{tried} shuffles, {proposed} models proposed", flush=True)
    return {"shuffles": tried, "proposed": proposed}


def _mixed(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The rows on which an account and that whose outcomes it takes over were both there."""
    wide = rows.pivot(index="account_id", columns="score_date", values="is_churned")
    others = wide.set_axis(rng.permutation(wide.index)).stack().rename("theirs").reset_index()
    others.columns = ["account_id", "score_date", "theirs"]
    mixed = rows.merge(others, on=["account_id", "score_date"])
    return mixed.assign(is_churned=mixed["theirs"].astype(bool)).drop(columns="theirs")


def main() -> None:
    """Chooses on the tuning companies, measures on the others, and writes the results."""
    if "shuffled" in sys.argv:
        write_results(shuffled=shuffled(*TUNING[0]))
        return
    tuning = {f"{kind}-{seed}": of_rules(rows_of(kind, seed)) for kind, seed in TUNING}
    chosen = pooled(list(tuning.values()))
    best = best_rule(chosen, PLAIN)
    best_of_all = best_rule(chosen, list(RULES_OF_THUMB))
    tested, models, forecasts, warned = {}, {}, [], []
    for kind, seed in TEST:
        rows, name = rows_of(kind, seed), f"{kind}-{seed}"
        tested[name] = of_rules(rows)
        warned.append(warning_days(kind, seed).assign(company=name))
        late = out_of_time(rows)
        if late is not None:
            models[name], forecast = late
            forecasts.append(forecast)
        print(name, precision_at_recall(tested[name])[RISK], flush=True)
    together = pooled(list(tested.values()))
    content: dict[str, Any] = {
        "best_rule_of_thumb": best,
        "best_rule_of_all": best_of_all,
        "precision_at_recall": {
            **{name: precision_at_recall(one) for name, one in tuning.items()},
            **{name: precision_at_recall(one) for name, one in tested.items()},
            "pooled, not used for tuning": precision_at_recall(together),
        },
        "difference": {
            other: {
                "pooled": differences(together, RISK, other),
                **{name: differences(one, RISK, other) for name, one in tested.items()},
            }
            for other in dict.fromkeys((best, best_of_all))
        },
        "out_of_time": {
            **{name: precision_at_recall(one) for name, one in models.items()},
            "pooled": precision_at_recall(pooled(list(models.values()))),
        },
        "reliability": reliability(forecasts),
        "warning": _warned(pd.concat(warned)),
    }
    content["holm"] = {
        other: {
            measure: holm({name: found[name][measure]["p"] for name in tested})
            for measure in next(iter(found.values()))
        }
        for other, found in content["difference"].items()
    }
    write_results(**content)
    (RESULTS / "risk.md").write_text(report(content))


def _warned(days: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Of the accounts that left: the share warned 30 days before, and the median days of those."""
    return {
        name: {
            "left": len(days),
            "warned_30_days_before": float((days[name] >= 30).mean()),
            "median_days": float(days[name].median()),
        }
        for name in ("risk", "silence")
    }


def report(content: dict[str, Any]) -> str:
    """The results for readers."""
    lines = ["# Whether account_risk finds leavers better than simple rules", "", LEGEND, ""]
    lines += ["| company | rule | 10 % | 20 % | 40 % | PR-AUC |", "|---|---|---|---|---|---|"]
    for name, rules in content["precision_at_recall"].items():
        for rule, figures in rules.items():
            cells = " | ".join(f"{figures[key]:.1%}" for key in (*map(str, RECALLS), "pr_auc"))
            lines.append(f"| {name} | {rule} | {cells} |")
    for other, found in content["difference"].items():
        lines += ["", f"## account_risk less {other}", ""]
        lines += ["| company | at recall | difference | 95 % | p, Holm |", "|---|---|---|---|---|"]
        for name, measures in found.items():
            for measure, one in measures.items():
                adjusted = content["holm"][other][measure].get(name)
                lines.append(
                    f"| {name} | {_in_words(measure)} | {100 * one['difference']:+.1f} |"
                    f" {100 * one['lower']:+.1f} to {100 * one['upper']:+.1f} |"
                    f" {'' if adjusted is None else f'{adjusted:.2f}'} |"
                )
    lines += ["", "## With a model of the early dates, on the later ones", ""]
    lines += ["| company | rule | 10 % | 20 % | 40 % | PR-AUC |", "|---|---|---|---|---|---|"]
    for name, rules in content["out_of_time"].items():
        for rule, figures in rules.items():
            cells = " | ".join(f"{figures[key]:.1%}" for key in (*map(str, RECALLS), "pr_auc"))
            lines.append(f"| {name} | {rule} | {cells} |")
    lines += ["", "## Probabilities of the model, all companies", ""]
    lines += ["| tenth | expected | left | 95 % |", "|---|---|---|---|"]
    for one in content["reliability"]:
        lines.append(
            f"| {one['tenth']} | {one['expected']:.1%} | {one['observed']:.1%} |"
            f" {one['lower']:.1%} to {one['upper']:.1%} |"
        )
    lines += ["", "## Days of warning", ""]
    lines += [
        "| a tenth of the customers is named by | left | named 30 days before | median days |",
        "|---|---|---|---|",
    ]
    for name, one in content["warning"].items():
        lines.append(
            f"| {'account_risk' if name == 'risk' else 'silence'} | {one['left']:,} |"
            f" {one['warned_30_days_before']:.1%} | {one['median_days']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def _in_words(measure: str) -> str:
    recall = measure.removeprefix("precision_at_")
    return "PR-AUC" if recall == measure else f"{float(recall):.0%}"


LEGEND = f"""Made-up companies of {SIZE["accounts"]:,} accounts and {SIZE["users"]:,} users over
{SIZE["days"]} days, of several [kinds](../../python/engagement/simulate/kinds.py). An alert is a
paying account on a monthly score date, and right if the account pays nothing {HORIZON} days later.
Precision at the number of alerts that finds 10, 20 and 40 % of those who left; PR-AUC is the
average precision. Differences are percentage points; intervals draw accounts, {DRAWS} times.
Companies with seeds of 5xx served to choose, those of 6xx to measure. Made by
`python bench/risk.py`."""


if __name__ == "__main__":
    main()
