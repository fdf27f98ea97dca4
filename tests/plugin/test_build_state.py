"""What a server keeps from one build to the next is forgotten when it is no longer right."""

from __future__ import annotations

from jinja2 import DictLoader, Environment

from mkdocs_gitops.serving.build_state import Templates


def rendered(templates: Templates, text: str, mark: str = "!") -> tuple[str, Environment]:
    """What a template gives in an environment of its own, which has a filter `marked`."""
    environment = Environment(loader=DictLoader({"page.html": text}), autoescape=True)
    environment.filters["marked"] = _FILTERS[mark]
    environment.bytecode_cache = templates.of(environment)
    return environment.get_template("page.html").render(), environment


_FILTERS = {"!": lambda text: f"{text}!", "?": lambda text: f"{text}?"}


def test_templates_are_compiled_again_when_they_differ() -> None:
    """Another text of a template counts, and so does another filter, which may have been called
    when it was compiled."""
    templates = Templates()
    assert [rendered(templates, "{{ 'a' | marked }}")[0] for _ in range(2)] == ["a!", "a!"]
    assert rendered(templates, "{{ 'b' | marked }}")[0] == "b!"
    assert rendered(templates, "{{ 'b' | marked }}", "?")[0] == "b?"


def test_templates_are_compiled_once() -> None:
    """The code of a template is that of the build before."""
    templates = Templates()
    _, first = rendered(templates, "{{ 'a' | marked }}")
    _, second = rendered(templates, "{{ 'a' | marked }}")
    codes = [one.get_template("page.html").root_render_func.__code__ for one in (first, second)]
    assert codes[0] is codes[1]
