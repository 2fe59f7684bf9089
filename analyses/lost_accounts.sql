-- One row per account that has left and risk signal, its own or of one of its users, that was published as
-- open 30 days before: what readers saw then is the latest day up to it as of which a run was published. A
-- row without a signal where none was open; without published_on where nothing had been published. Read by
-- engagement show lost.

with

lost as (
    select
        account_id,
        name,
        lost_on,
        ended_as_agreed,
        {{ add_days('lost_on', -30) }} as looked_at
    from {{ ref('account_profiles') }}
    where lost_on is not null
),

published_risk as (
    select
        *,
        row_number() over (partition by score_date, account_id order by published_at, version) as position
    from {{ ref('published_risk') }}
),

open_risks as (
    select
        score_date,
        account_id,
        entity_type,
        signal,
        min(opened_on) as opened_on
    from {{ ref('published_signals') }}
    where kind = 'risk'
    group by score_date, account_id, entity_type, signal
),

recorded_dates as (
    select score_date from {{ ref('published_risk') }}
    union distinct
    select score_date from {{ ref('published_signals') }}
),

seen as (
    select
        lost.account_id,
        max(recorded_dates.score_date) as published_on
    from lost
    inner join recorded_dates on lost.looked_at >= recorded_dates.score_date
    group by lost.account_id
)

select
    lost.account_id,
    lost.name,
    lost.lost_on,
    lost.ended_as_agreed,
    seen.published_on,
    published_risk.risk_rank,
    published_risk.customers,
    published_risk.probability,
    open_risks.entity_type,
    open_risks.signal,
    open_risks.opened_on
from lost
left join seen on lost.account_id = seen.account_id
left join published_risk
    on
        seen.published_on = published_risk.score_date
        and seen.account_id = published_risk.account_id
        and published_risk.position = 1
left join open_risks
    on
        seen.published_on = open_risks.score_date
        and seen.account_id = open_risks.account_id
order by
    lost.lost_on desc,
    {{ in_byte_order('lost.account_id') }},
    {{ in_byte_order('open_risks.entity_type') }},
    {{ in_byte_order('open_risks.signal') }}
