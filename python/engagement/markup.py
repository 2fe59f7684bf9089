"""HTML from templates, in which all data is escaped."""

from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(package: str) -> Environment:
    """Reads the folder `templates` of a package. A name that a template misspells is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def account_address(account_id: str) -> str:
    """Where the page of an account is within a dashboard."""
    return "#account/" + quote(account_id, safe="-_.!~*'()")
