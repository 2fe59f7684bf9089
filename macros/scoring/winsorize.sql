{#- The points limited to the cap. Unit: points, double. Range: (0, cap].
    Source: one-sided winsorization (Tukey); an outlier keeps its rank, not its distance. -#}
{% macro winsorize(points, cap) -%}
    least(cast({{ points }} as {{ type_double() }}), {{ cap }})
{%- endmacro %}


{#- Where the p-quantile lies among n sorted values, counted from 0: h = (n - 1) p, exact decimal.
    Source: Hyndman and Fan (1996), definition 7, the default of NumPy and of percentile_cont. -#}
{% macro quantile_position(population, percentile) -%}
    (({{ population }} - 1) * {{ percentile }})
{%- endmacro %}


{#- The type-7 quantile between the two values next to its position:
    lower + (h - floor(h)) x (upper - lower). Unit: that of the values, double. -#}
{% macro interpolated_quantile(position, lower_value, upper_value) -%}
    {{ lower_value }}
    + cast({{ position }} - floor({{ position }}) as {{ type_double() }}) * ({{ upper_value }} - {{ lower_value }})
{%- endmacro %}
