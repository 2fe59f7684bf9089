"""Keeps the bytecode of dbt's Jinja templates from one run to the next.

dbt compiles some 400 templates in every run, an eighth of a night of a small company. Jinja keeps
bytecode by itself, beside a hash of its source, but only that of templates which a loader finds:
dbt's are strings.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path
from types import CodeType
from typing import Any

from dbt.version import __version__
from jinja2 import Environment
from jinja2.bccache import FileSystemBytecodeCache


@contextmanager
def kept_templates(folder: Path) -> Iterator[None]:
    """Reads bytecode from a folder, and adds to it, for a with block."""
    kept = folder / f"templates-{__version__}"
    kept.mkdir(parents=True, exist_ok=True)
    cache = FileSystemBytecodeCache(str(kept))
    compile_anew: Callable[..., CodeType] = Environment.compile

    def compile_once(environment: Environment, source: Any, *args: Any, **options: Any) -> CodeType:
        if args or options or not isinstance(source, str):
            return compile_anew(environment, source, *args, **options)
        content = sha1(source.encode(), usedforsecurity=False).hexdigest()
        name = f"{type(environment).__name__} {content}"
        bucket = cache.get_bucket(environment, name, None, source)
        code: CodeType = bucket.code or compile_anew(environment, source)
        if bucket.code is None:
            bucket.code = code
            cache.set_bucket(bucket)
        return code

    Environment.compile = compile_once  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Environment.compile = compile_anew  # type: ignore[method-assign, assignment]
