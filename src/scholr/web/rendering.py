"""Templates to text. Knows no framework: whoever serves pages calls `render`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from scholr.platform.http.idempotency import FORM_FIELD
from scholr.web.assets import Assets, load_assets
from scholr.web.covers import cover_svg, frontispiece_svg
from scholr.web.localisation import FILTERS, viewing
from scholr.web.shell import Page
from scholr.web.tenant_colour import tenant_css

TEMPLATES = Path(__file__).parent / "templates"
COMPONENTS = "components/"
AVATAR_TONES = ("", "b", "c")

_ATTRIBUTE_NAME = re.compile(r"(?!on)(?!style$)[a-z][a-z0-9:_.-]*")


class BadAttribute(ValueError):
    """A name that the content security policy or HTML does not allow on an element."""


def attrs(values: Mapping[str, object] | None) -> Markup:
    """Attributes from a mapping; True writes the bare name, False and None write nothing."""
    written: list[str] = []
    for name, value in (values or {}).items():
        if not _ATTRIBUTE_NAME.fullmatch(name):
            raise BadAttribute(f"{name!r} may not be written as an attribute")
        if value is None or value is False:
            continue
        written.append(name if value is True else f'{name}="{escape(value)}"')
    return Markup("".join(f" {each}" for each in written))


def initials(name: str) -> str:
    """AH for Amira Haddad; titles such as Dr are left out."""
    words = [word for word in name.split() if not word.endswith(".") and word not in {"Dr", "Prof"}]
    chosen = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in chosen).upper() or "?"


def avatar_tone(name: str) -> str:
    """One of three quiet tones, always the same for a name."""
    return AVATAR_TONES[sum(name.encode()) % len(AVATAR_TONES)]


def described(field_id: str, hint: str | None, error: str | None) -> str | None:
    """The ids for aria-describedby of a field with these notes."""
    noted = [field_id + end for end, text in (("-hint", hint), ("-err", error)) if text]
    return " ".join(noted) or None


class Components:
    """The macros of templates/components, all under one name: `ui.button(...)`."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._macros: dict[str, Callable[..., Markup]] = {}

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        if not self._macros:
            self._macros.update(self._load())
        try:
            return self._macros[name]
        except KeyError:
            raise AttributeError(f"There is no component macro called {name!r}") from None

    def names(self) -> list[str]:
        """Every macro there is, sorted."""
        return sorted(self._macros or self._load())

    def _load(self) -> dict[str, Callable[..., Markup]]:
        files = self._environment.list_templates(filter_func=lambda name: name.startswith(COMPONENTS))
        found: dict[str, Callable[..., Markup]] = {}
        for file in files:
            module = self._environment.get_template(file).module
            found.update({name: macro for name, macro in vars(module).items() if hasattr(macro, "catch_kwargs")})
        return found


def _icon(assets: Assets) -> Callable[..., Markup]:
    sprite = escape(assets.url("icons.svg"))

    def icon(name: str, extra: str = "", label: str | None = None) -> Markup:
        """An icon of the sprite; decorative unless it has a label. `extra`: i-sm, i-lg, i-dir."""
        naming = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
        classes = f"i {extra}".strip()
        return Markup(f'<svg class="{escape(classes)}" {naming}><use href="{sprite}#i-{escape(name)}"/></svg>')

    return icon


def _stylesheet(assets: Assets) -> Callable[[str], Markup]:
    def stylesheet(name: str) -> Markup:
        return Markup(f'<link rel="stylesheet" href="{escape(assets.url(name))}">')

    return stylesheet


def tenant_style(colour: str, nonce: str) -> Markup:
    """A style element with the tenant's colour; `nonce` is the response's."""
    return Markup(f'<style nonce="{escape(nonce)}">{tenant_css(colour)}</style>')


def cover(course_id: object) -> Markup:
    """The engraving that belongs to a course, framed."""
    return Markup(f'<span class="cover">{cover_svg(str(course_id))}</span>')


def art(seed: object) -> Markup:
    """The same engraving without a frame, for large surfaces."""
    return Markup(cover_svg(str(seed)))


def frontispiece(name: str) -> Markup:
    """The picture beside a sign-in form."""
    return Markup(frontispiece_svg(name))


def _per_viewer(function: Callable[..., str]) -> Callable[..., str]:
    """Keeps Jinja from computing `{{ 3|plural(…) }}` once, at compile time, in the first viewer's language."""

    @pass_context
    def formatted(_context: Context, *args: object, **kwargs: object) -> str:
        return function(*args, **kwargs)

    return formatted


def create_environment(assets: Assets, *, reload: bool = False) -> Environment:
    """An environment that always escapes and refuses undefined names.

    `reload` looks at the files' times on every use; leave it off in production.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=reload,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: _per_viewer(function) for name, function in FILTERS.items()})
    environment.filters.update(attrs=attrs, initials=initials, avatar_tone=avatar_tone)
    environment.globals.update(
        ui=Components(environment),
        icon=_icon(assets),
        glyph=_icon(assets),  # for macros whose own argument is called icon
        described=described,
        stylesheet=_stylesheet(assets),
        asset=assets.url,
        preload_fonts=assets.preload_fonts(),
        tenant_style=tenant_style,
        cover=cover,
        art=art,
        frontispiece=frontispiece,
        form_key_name=FORM_FIELD,
    )
    return environment


class Templates:
    """The pages of one process."""

    def __init__(self, assets: Assets, *, reload: bool = False) -> None:
        self.environment = create_environment(assets, reload=reload)
        self._reload = reload

    def render(self, template: str, *, page: Page, **context: object) -> str:
        """The template as text, in the page's locale and time zone."""
        if self._reload:
            self.environment.globals["ui"] = Components(self.environment)
        with viewing(page.locale, page.time_zone, page.now):
            return self.environment.get_template(template).render(page=page, **context)


@cache
def default_templates() -> Templates:
    """The templates with the built bundle; raises AssetsMissing when there is none."""
    return Templates(load_assets())


def render(template: str, *, page: Page, **context: object) -> str:
    """Renders with `default_templates`."""
    return default_templates().render(template, page=page, **context)
