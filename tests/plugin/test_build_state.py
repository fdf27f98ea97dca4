"""What a server keeps from one build to the next is forgotten when it is no longer right."""

from __future__ import annotations

import gc
from pathlib import Path

from jinja2 import DictLoader, Environment
from mkdocs.config import load_config
from mkdocs.structure.files import Files

from mkdocs_gitops.serving import theme
from mkdocs_gitops.serving.build_state import BuildState, Templates


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


def test_another_site_is_collected() -> None:
    """What a build leaves out of the search for garbage is looked at again in the next site of the
    process."""
    one, other = BuildState(), BuildState()
    one.begin()
    one.keep()
    assert gc.get_freeze_count()
    other.begin()
    assert not gc.get_freeze_count()


def test_theme_gives_the_same_files(tmp_path: Path) -> None:
    """MkDocs takes the same static files from the theme as without the plugin, those of a custom
    directory included, though the icons are not listed."""
    (tmp_path / "docs").mkdir()
    for name in ("own/extra.css", "own/.hidden/a.css", "own/b/.c.css", "own/assets/d.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: a\ntheme: {name: material, custom_dir: own}\nplugins: []\n"
    )
    taken, listed = [], []
    for is_prepared in (False, True):
        config = load_config(str(tmp_path / "mkdocs.yml"))
        if is_prepared:
            theme.prepare(config.theme, Templates())
        files, env = Files([]), config.theme.get_env()
        files.add_files_from_theme(env, config)
        taken.append([(file.src_uri, file.abs_src_path) for file in files])
        listed.append(env.list_templates())
    assert taken[0] == taken[1]
    assert {"extra.css", "assets/d.js"} <= {name for name, _ in taken[0]}
    assert len(listed[1]) < len(listed[0]) / 10


def test_theme_is_compiled_once(tmp_path: Path) -> None:
    """A template of the theme is compiled in the first build only, whoever asks for it."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: a\ntheme: material\nplugins: []\n")
    templates, codes = Templates(), []
    for _ in range(2):
        config = load_config(str(tmp_path / "mkdocs.yml"))
        theme.prepare(config.theme, templates)
        page = config.theme.get_env().get_template("partials/language.html")
        codes.append(page.root_render_func.__code__)
    assert codes[0] is codes[1]
