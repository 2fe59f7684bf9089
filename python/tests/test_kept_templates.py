"""A template is compiled once: later runs find its bytecode, and only its own."""

from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.nativetypes import NativeEnvironment

from engagement.kept_templates import kept_templates


def test_bytecode_is_found_again_by_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept_templates(tmp_path):
        assert Environment().from_string("{{ 1 + 1 }}").render() == "2"
        assert repr(NativeEnvironment().from_string("{{ 1 + 1 }}").render()) == "2"

    def compiles(*_: object, **__: object) -> None:
        raise AssertionError("it compiles")

    monkeypatch.setattr(Environment, "_generate", compiles)
    with kept_templates(tmp_path):
        assert Environment().from_string("{{ 1 + 1 }}").render() == "2"
        assert repr(NativeEnvironment().from_string("{{ 1 + 1 }}").render()) == "2"
        with pytest.raises(AssertionError, match="it compiles"):
            Environment().from_string("{{ 1 + 2 }}")
    with pytest.raises(AssertionError, match="it compiles"):
        Environment().from_string("{{ 1 + 1 }}")
