-- One row per account whose score moved most on the date, per owner and direction. Accounts without
-- an owner count only if no account has one; a change that rounds to 0 is none. Read by engagement
-- digest.

with

owned as (
    select count(owner) as accounts from {{ ref('account_profiles') }}
),

moved as (
    select
        profiles.account_id,
        profiles.name,
        profiles.mrr,
        profiles.owner,
        scores.previous_score,
        scores.score,
        scores.score_change,
        row_number() over (
            partition by profiles.owner, case when scores.score_change > 0 then 1 else 0 end
            order by
                abs(scores.score_change) desc,
                {{ in_byte_order('profiles.account_id') }}
        ) as position
    from {{ ref('account_scores') }} as scores
    inner join {{ ref('account_profiles') }} as profiles
        on scores.account_id = profiles.account_id
    cross join owned
    where
        scores.score_date = cast('{{ var('as_of', '2026-01-01') }}' as date)
        and abs(scores.score_change) >= 1
        and (profiles.owner is not null or owned.accounts = 0)
)

select * from moved
where position <= {{ var('movers', '5') }}
order by position
