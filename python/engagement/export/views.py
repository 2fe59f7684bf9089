"""The profiles in a CRM's format: a row per account and per user, in the CRM's own terms.

Names and values follow the rules of each for custom properties (docs/export.md says where they are
written down).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Kinds of values. An id and an address are never cut: it would be another one.
ID, ADDRESS, TEXT, CHOICE, FLAG = "id", "address", "text", "choice", "flag"
COUNT, NUMBER, PERCENT, DATE = "count", "number", "percent", "date"

#: The column of the day on which all the others were measured.
MEASURED_ON = "as_of"
#: Column of account_profiles or account_priorities -> its name in a CRM, and what kind of value it
#: is; the key first.
ACCOUNTS = {
    "account_id": ("account_id", ID),
    "name": ("name", TEXT),
    "owner": ("account_owner", TEXT),
    "plan": ("plan", CHOICE),
    "status": ("account_status", CHOICE),
    "mrr": ("mrr", NUMBER),
    "seats": ("seats", COUNT),
    "renews_on": ("renews_on", DATE),
    "trial_ends_on": ("trial_ends_on", DATE),
    "score": ("engagement_score", NUMBER),
    "band": ("engagement_band", CHOICE),
    "trend": ("engagement_trend", CHOICE),
    "score_change": ("engagement_score_change", NUMBER),
    "active_users": ("active_users", COUNT),
    "members": ("members", COUNT),
    "champion_user_id": ("champion_user_id", ID),
    "adoption_rate": ("adoption_percent", PERCENT),
    "activation_rate": ("activation_percent", PERCENT),
    "next_milestone": ("next_milestone", TEXT),
    "missing_milestones": ("missing_milestones", TEXT),
    "last_seen_on": ("product_last_seen_on", DATE),
    MEASURED_ON: ("engagement_measured_on", DATE),
    "priority_rank": ("priority_rank", COUNT),
    "signals": ("open_signals", TEXT),
    "top_severity": ("top_signal_severity", CHOICE),
    "top_sentence": ("top_signal", TEXT),
}
#: Column of user_profiles -> the same.
USERS = {
    "user_id": ("user_id", ID),
    "email": ("email", ADDRESS),
    "account_id": ("account_id", ID),
    "role": ("product_role", CHOICE),
    "is_champion": ("is_champion", FLAG),
    "score": ("engagement_score", NUMBER),
    "band": ("engagement_band", CHOICE),
    "trend": ("engagement_trend", CHOICE),
    "score_change": ("engagement_score_change", NUMBER),
    "active_days": ("active_days", COUNT),
    "adoption_rate": ("adoption_percent", PERCENT),
    "activation_rate": ("activation_percent", PERCENT),
    "next_milestone": ("next_milestone", TEXT),
    "missing_milestones": ("missing_milestones", TEXT),
    "last_seen_on": ("product_last_seen_on", DATE),
    MEASURED_ON: ("engagement_measured_on", DATE),
}


@dataclass(frozen=True)
class Crm:
    """The rules of a CRM.

    Attributes:
        text_limit: The most characters that a text may have.
        name: Our name of a custom property -> the CRM's.
        date: A date in SQL, of the column {0}.
        standard: Our name -> that of a property that the CRM has of its own.
    """

    text_limit: int
    name: Callable[[str], str]
    date: str
    standard: Mapping[str, str]


CRMS = {
    # Lower case, digits and underscores. A date is ISO, or milliseconds of midnight UTC.
    "hubspot": Crm(65_536, lambda name: name, "{0}", {}),
    # Ends with __c, no other two underscores, 40 characters.
    "salesforce": Crm(
        255, lambda name: f"{name.title()}__c", "{0}", {"name": "Name", "email": "Email"}
    ),
    # A date is in seconds of midnight UTC, and its name ends with _at.
    "intercom": Crm(
        255,
        lambda name: f"{name.removesuffix('_on')}_at" if name.endswith("_on") else name,
        "cast(epoch({0}) as bigint)",
        {"account_id": "company_id", "user_id": "external_id"},
    ),
}


@dataclass(frozen=True)
class View:
    """A table in the format of a CRM.

    Attributes:
        source: What it is selected from; what another table says of the same accounts or users
            is joined here, and its columns are added to `fields`.
        tables: The public tables in it.
        fields: Column -> name in a CRM, and kind.
    """

    source: str
    tables: tuple[str, ...]
    fields: Mapping[str, tuple[str, str]]

    def columns(self, crm: Crm) -> list[str]:
        """The names of the columns, the key first."""
        return [crm.standard.get(name) or crm.name(name) for name, _ in self.fields.values()]

    def compared_columns(self, crm: Crm) -> list[str]:
        """The same without the day of measurement, which alone is no change."""
        named = zip(self.fields, self.columns(crm), strict=True)
        return [name for column, name in named if column != MEASURED_ON]

    def query(self, crm: Crm) -> str:
        """The rows, in DuckDB's SQL."""
        values = [_value(crm, column, kind) for column, (_, kind) in self.fields.items()]
        named = zip(values, self.columns(crm), strict=True)
        chosen = ", ".join(f'{value} as "{name}"' for value, name in named)
        return f"select {chosen} {self.source}"

    def cut_query(self, crm: Crm) -> str:
        """How many texts are longer than the CRM takes, in DuckDB's SQL."""
        cut = [
            f'count(*) filter (length("{column}") > {crm.text_limit})'
            for column, (_, kind) in self.fields.items()
            if kind in (TEXT, CHOICE)
        ]
        return f"select {' + '.join(cut)} {self.source}"


VIEWS = {
    "accounts": View(
        """from account_profiles left join (
            select account_id, priority_rank, signals, top_severity, top_sentence
            from account_priorities
        ) as priorities using (account_id)""",
        ("account_profiles", "account_priorities"),
        ACCOUNTS,
    ),
    "users": View("from user_profiles", ("user_profiles",), USERS),
}


def _value(crm: Crm, column: str, kind: str) -> str:
    """A value in the format of the CRM, in DuckDB's SQL."""
    limit = crm.text_limit
    cut = f"left({{0}}, {limit - 1}) || '…'"
    text = f"case when length({{0}}) > {limit} then {cut} else {{0}} end"
    written = {
        TEXT: text,
        CHOICE: text,
        NUMBER: "round({0}, 2) + 0",  # + 0 makes 0 of the -0 that rounding leaves
        PERCENT: "round(100 * {0}, 1)",
        DATE: crm.date,
    }
    return written.get(kind, "{0}").format(f'"{column}"')
