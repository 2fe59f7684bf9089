"""A digest as one HTML file, for mail clients and phones: no scripts, no images, inline styles."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from engagement.digest import phrasing
from engagement.digest.document import Digest


def render(digest: Digest) -> str:
    """The digest as HTML, with all data escaped."""
    environment = Environment(
        loader=PackageLoader("engagement.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("digest.html").render(digest=digest, phrasing=phrasing)
