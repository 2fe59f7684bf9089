-- One row per id that an input holds twice or that cannot be resolved. Duplicate or ambiguous ids
-- stop the run (docs/inputs.md).

{% set problems -%}
with

repeated_users as (
    select user_id
    from {{ ref('stg_users') }}
    group by user_id
    having count(*) > 1 or user_id is null
),

repeated_accounts as (
    select account_id
    from {{ ref('stg_accounts') }}
    group by account_id
    having count(*) > 1 or account_id is null
),

ambiguous_aliases as (
    select
        alias_id,
        cast(valid_from as date) as valid_from
    from {{ ref('stg_identities') }}
    where
        alias_id <> user_id
        and (valid_from is null or valid_to is null or cast(valid_from as date) < cast(valid_to as date))
    group by alias_id, cast(valid_from as date)
    having count(distinct user_id) > 1
),

circular_aliases as (
    select distinct alias_id from {{ ref('int_identities') }}
    where user_id is null
),

repeated_merges as (
    select merged_account_id
    from {{ ref('stg_account_identities') }}
    group by merged_account_id
    having count(*) > 1
),

circular_merges as (
    select merged_account_id from {{ ref('stg_account_identities') }}
    where surviving_account_id is null
),

ancestors as (
    select * from {{ ref('int_account_ancestors') }}
),

accounts_in_a_circle as (
    select account_id from ancestors
    where account_id = ancestor_id
),

circular_parents as (
    select distinct names
    from (
        select {{ joined_text('ancestors.ancestor_id', in_byte_order('ancestors.ancestor_id')) }} as names
        from ancestors
        inner join accounts_in_a_circle on ancestors.account_id = accounts_in_a_circle.account_id
        group by ancestors.account_id
    ) as circles
),

endless_parents as (
    select account_id from ancestors
    where levels = 100
),

rates as (
    select upper(currency) as currency from {{ seed('exchange_rates') }}
),

currencies as (
    select distinct upper(currency) as currency
    from {{ ref('stg_subscriptions') }}
    where currency is not null
),

counted_rates as (
    select count(*) as rates from rates
),

-- One currency needs no rate, unless others have one.
currencies_without_rate as (
    select {{ joined_text('currencies.currency', in_byte_order('currencies.currency')) }} as names
    from currencies
    cross join counted_rates
    left join rates on currencies.currency = rates.currency
    where rates.currency is null
    having
        count(*) > 1
        or max(counted_rates.rates) > 0
),

problems as (
    select
        'users: user_id ' || coalesce(user_id, '(empty)')
        || ' is there more than once or empty: keep one row for each user' as problem
    from repeated_users
    union all
    select
        'accounts: account_id ' || coalesce(account_id, '(empty)')
        || ' is there more than once or empty: keep one row for each account' as problem
    from repeated_accounts
    union all
    select
        'identities: alias_id ' || alias_id || ' belongs to more than one user_id'
        || coalesce(' from ' || cast(valid_from as {{ type_text() }}) || ' on', '')
        || ': keep one, or say from when on in valid_from' as problem
    from ambiguous_aliases
    union all
    select
        'identities: alias_id ' || alias_id || ' leads back to itself: name the user it belongs to' as problem
    from circular_aliases
    union all
    select
        'account_identities: alias_id ' || merged_account_id || ' belongs to more than one account_id: keep one'
            as problem
    from repeated_merges
    union all
    select
        'account_identities: alias_id ' || merged_account_id || ' leads back to itself: name the account it became'
            as problem
    from circular_merges
    union all
    select
        'accounts: parent_account_id leads in a circle (' || replace(names, '|', ', ')
        || '): correct it in one of these accounts' as problem
    from circular_parents
    union all
    select
        'accounts: account_id ' || account_id || ' has 100 accounts or more above it: correct parent_account_id'
            as problem
    from endless_parents
    union all
    select
        'subscriptions: amounts are in several currencies, and exchange_rates.csv does not say what these are worth: '
        || replace(names, '|', ', ') as problem
    from currencies_without_rate
)

select problem from problems
order by problem
{%- endset %}

{{ stop_on_problems(problems) }}
{{ problems }}
