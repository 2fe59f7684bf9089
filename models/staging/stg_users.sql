-- One row per user, as the company's systems list them. With the var accounts_from_email_domains, a user whom
-- they list in no account belongs to the one named by the domain of the e-mail address, else of the user id
-- if that is an address; free-mail domains name none.

{% set users = input('users') -%}
{% set email, user_id = input_column(users, 'email'), input_column(users, 'user_id') -%}

with

users as (
    select
        {{ user_id }} as received_user_id,
        {{ input_column(users, 'account_id') }} as account_id,
        {{ email }} as email,
        {{ email_domain('coalesce(' ~ email ~ ', ' ~ user_id ~ ')') }} as email_domain,
        {{ input_column(users, 'role') }} as role,
        {{ input_column(users, 'is_internal') }} as is_internal,
        {{ input_column(users, 'is_champion') }} as is_champion,
        {{ credible_time(input_column(users, 'created_at')) }} as created_at
    from {{ users['from'] }}
),

free_mail_domains as (
    select * from {{ seed('free_mail_domains') }}
),

account_identities as (
    select * from {{ ref('stg_account_identities') }}
),

company_users as (
    select
        users.*,
        case when free_mail_domains.domain is null then users.email_domain end as company_domain
    from users
    left join free_mail_domains on users.email_domain = free_mail_domains.domain
),

final as (
    select
        {{ person_id('company_users.received_user_id') }} as user_id,
        coalesce(
            account_identities.surviving_account_id,
            company_users.account_id,
            {{ domain_account_id('company_users.company_domain') }}
        ) as account_id,
        {{ unless_erased('company_users.email', 'company_users.received_user_id') }} as email,
        company_users.role,
        company_users.is_internal,
        company_users.is_champion,
        company_users.created_at
    from company_users
    left join account_identities
        on
            coalesce(company_users.account_id, company_users.company_domain)
            = account_identities.merged_account_id
)

select * from final
