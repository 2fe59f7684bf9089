"""A first look at the scores: the tables that matter, and where to look next."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from engagement.errors import UsageError
from engagement.project import use


@dataclass(frozen=True)
class View:
    """One question, and the query on the public tables that answers it."""

    title: str
    query: str


VIEWS = (
    View(
        "How engaged is the product, today and 4 and 8 weeks ago? (product_scores)",
        """
        select score_date, composite_score as composite, active_users as users,
            active_accounts as accounts, mean_user_score as user_score,
            mean_account_score as account_score, adoption_rate as adoption,
            stickiness_rate as stickiness, growth_rate as growth
        from product_scores
        where score_date in (
            select (select max(score_date) from product_scores) - days
            from (values (0), (28), (56)) as offsets (days)
        )
        order by score_date desc
        """,
    ),
    View(
        "Which accounts lead? (account_profiles)",
        """
        select rank, coalesce(name, account_id) as account, plan, score, band, trend,
            active_users as users, adoption_rate as adoption, activation_rate as activation
        from account_profiles
        where rank is not null
        order by rank, account_id
        limit 5
        """,
    ),
    View(
        "Which accounts are cooling, by revenue? (account_profiles)",
        """
        select coalesce(name, account_id) as account, owner, mrr, score, score_change as change,
            active_users as users, days_since_last_seen as days_silent, renews_on
        from account_profiles
        where trend = 'cooling'
        order by mrr desc nulls last, score_change, account_id
        limit 5
        """,
    ),
    View(
        "Where does onboarding stop? (activation_steps)",
        """
        select entity_type as "of", position as step, milestone,
            avg(cast(is_reached as integer)) as reached,
            count(*) - count(reached_on) as missing
        from activation_steps
        group by all
        order by entity_type, position
        """,
    ),
    View(
        "How do scores spread? (score_calibrations, latest date)",
        """
        select entity_type as "of", population, calibration_status as status, cap, p10_score as p10,
            p25_score as p25, p50_score as p50, p75_score as p75, p90_score as p90
        from score_calibrations
        where score_date = (select max(score_date) from score_calibrations)
        order by entity_type, normalization_group
        """,
    ),
)

NEXT = """\
Where to look next
  account_priorities, signals   which accounts need somebody today, why, and what to say
  user_scores, account_scores   every score of every date, with rank, band and trend
  feature_adoption              which features are used, by whom they could be
  activity, lifecycle           daily, weekly and monthly actives; who came, stayed, left
  rejected_events               the rows that could not be used, and why
  docs/definitions.md           how each number is computed, to the letter"""


def print_overview(console: Console, database: Path, schema: str) -> None:
    """Prints each view as a table.

    Raises:
        UsageError: The file holds no scores yet.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        for view in VIEWS:
            try:
                use(connection, schema)
                cursor = connection.execute(view.query)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                raise UsageError(
                    f"{database} holds no scores: run engagement build first."
                ) from error
            columns = [column[0] for column in cursor.description or []]
            table = Table(
                *columns, title=view.title, title_justify="left", box=None, pad_edge=False
            )
            for row in cursor.fetchall():
                table.add_row(*map(_text, row))
            console.print(table, end="\n\n")
    console.print(NEXT, soft_wrap=True)


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
