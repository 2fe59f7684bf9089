{#- The numbers of the rule by which an event has fallen silent (docs/definitions.md, Tracking incidents):
    weeks              a stretch of days is compared with the same weekdays of so many weeks before: a habit of a month;
    fewest_days        one odd day, such as the day after a party, is no incident;
    most_days          a longer stretch would overlap with those it is compared with;
    low_share          only days on which clearly fewer accounts than usual have the event are looked at;
    active_share       an account that does less than so much of its other things is away;
    silent_share       most accounts: at least half;
    silent_one_in      the rule of succession (Laplace): what came in 4 of 4 weeks stays out of the fifth with 1 in 6;
    least_evidence     ln 10,000: chance does it less than once in 10,000 times. -#}
{% macro incident_rule() -%}
    {{ return({
        'weeks': 4, 'fewest_days': 2, 'most_days': 7, 'low_share': 0.75, 'active_share': 0.5, 'silent_share': 0.5,
        'silent_one_in': 6, 'least_evidence': 9.210340372,
    }) }}
{%- endmacro %}


{#- How surely it is no chance that of some accounts so many are silent: -ln of Chernoff's bound on the probability that
    as many or more are, if one in silent_one_in is by chance. Holds where the share is larger than that. Unit:
    nats, decimal(18,9). Source: Chernoff (1952), Hoeffding (1963, theorem 1): n times the relative entropy. -#}
{% macro evidence_of_silence(silent_accounts, accounts) -%}
    {%- set silent = 'cast(' ~ silent_accounts ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set others = 'cast(' ~ accounts ~ ' - ' ~ silent_accounts ~ ' as ' ~ type_double() ~ ')' -%}
    {%- set one_in = incident_rule().silent_one_in -%}
    {%- set evidence -%}
        case
            when {{ silent_accounts }} > 0 then {{ silent }} * ln({{ silent }} * {{ one_in }} / {{ accounts }})
            else 0
        end
        + case
            when {{ accounts }} > {{ silent_accounts }}
                then {{ others }} * ln({{ others }} * {{ one_in }} / ({{ accounts }} * {{ one_in - 1 }}))
            else 0
        end
    {%- endset -%}
    {{ comparable_score(evidence) }}
{%- endmacro %}
