-- One row per account whose score moved most on the date, per owner and direction. Accounts without
-- an owner count only if no account has one; a change that rounds to 0 is none. Accounts whose signals
-- are held out are left out. Read by engagement digest.

with

owned as (
    select count(owner) as accounts from {{ ref('account_profiles') }}
),

held_out as (
    select distinct account_id
    from {{ ref('signals') }}
    where is_held_out
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
    left join held_out on profiles.account_id = held_out.account_id
    cross join owned
    where
        held_out.account_id is null
        and scores.score_date = cast('{{ var('as_of', '2026-01-01') }}' as date)
        and abs(scores.score_change) >= 1
        and (profiles.owner is not null or owned.accounts = 0)
)

select * from moved
where position <= {{ var('movers', '5') }}
order by position
