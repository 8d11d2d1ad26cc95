"""Templates: escaping, the content security policy, and every layout and component rendering."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import UndefinedError

from scholr.web.assets import DIST, load_assets
from scholr.web.gallery import gallery_context, gallery_page
from scholr.web.rendering import BadAttribute, Templates, attrs, default_templates, initials, tenant_style
from scholr.web.shell import Flash, Organisation, Page, Viewer, places_for

NOW = datetime(2026, 11, 23, 10, 44, tzinfo=UTC)
FORBIDDEN = re.compile(r"<[a-z][^>]*\s(?:style|on[a-z]+)\s*=", re.IGNORECASE)
BARE_SCRIPT = re.compile(r"<(script|style)(?![^>]*\bnonce=)", re.IGNORECASE)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return default_templates()


@pytest.fixture
def page() -> Page:
    return Page(
        title="Home",
        organisation=Organisation(name="Aldersea"),
        viewer=Viewer(name="Amira Haddad", role_line="Year 2", areas=("learn", "teach", "account")),
        places=places_for("learn", "/learn", {"/learn/courses": 4}),
        form_key="token-1",
        csp_nonce="nonce-1",
        now=NOW,
    )


def component(templates: Templates, source: str, page: Page, **context: object) -> str:
    return templates.environment.from_string(source).render(page=page, **context)


LAYOUTS = ["shell.html", "reader.html", "auth.html", "gallery.html"]
ERRORS = [f"errors/{name}.html" for name in ("403", "404", "409", "500", "503", "offline")]


@pytest.mark.parametrize("template", [*LAYOUTS, *ERRORS])
def test_every_layout_keeps_the_content_security_policy(templates: Templates, page: Page, template: str) -> None:
    context = gallery_context() | {"back_href": "/", "back_label": "Back"}
    html = templates.render(template, page=page, **context)
    assert FORBIDDEN.findall(html) == []
    assert BARE_SCRIPT.findall(html) == []
    assert html.count("<h1") <= 1
    assert 'id="main"' in html or template == "reader.html"


@pytest.mark.parametrize("template", [*LAYOUTS, *ERRORS])
def test_ids_are_unique_on_a_page(templates: Templates, page: Page, template: str) -> None:
    context = gallery_context() | {"back_href": "/", "back_label": "Back"}
    ids = re.findall(r'\sid="([^"]+)"', templates.render(template, page=page, **context))
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("template", ERRORS)
def test_error_pages_need_no_viewer_and_no_context(templates: Templates, template: str) -> None:
    page = Page(title="Error", organisation=Organisation(name="Aldersea"), now=NOW)
    assert "<h1" in templates.render(template, page=page)


def test_names_the_request_that_failed(templates: Templates, page: Page) -> None:
    assert "req-5d1c" in templates.render("errors/500.html", page=page, request_id="req-5d1c")


def test_escapes_what_people_typed(templates: Templates, page: Page) -> None:
    evil = '"><script>alert(1)</script>'
    rude = replace(page, title=evil, organisation=Organisation(name=evil), flashes=(Flash(text=evil),))
    html = templates.render("shell.html", page=rude)
    assert "<script>alert" not in html
    field = component(templates, '{{ ui.input("a", "A", value=value, error=value, hint=value) }}', page, value=evil)
    assert "<script>" not in field


def test_refuses_names_that_were_never_given(templates: Templates, page: Page) -> None:
    with pytest.raises(UndefinedError):
        component(templates, "{{ nobody }}", page)


def test_refuses_a_component_that_does_not_exist(templates: Templates, page: Page) -> None:
    with pytest.raises(UndefinedError):
        component(templates, '{{ ui.buton("x") }}', page)


@pytest.mark.parametrize("name", ["style", "onclick", "on", 'x" y', "Data-X", ""])
def test_refuses_attributes_that_the_policy_forbids(name: str) -> None:
    with pytest.raises(BadAttribute):
        attrs({name: "x"})


def test_writes_attributes() -> None:
    written = attrs({"required": True, "disabled": False, "hx-get": "/x?a=1&b=2", "data-x": None, "rows": 3})
    assert written == ' required hx-get="/x?a=1&amp;b=2" rows="3"'


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Amira Haddad", "AH"), ("Dr Tomasz Wilk", "TW"), ("Prof. Hana M. Kovář", "HK"), ("Pelé", "P"), ("", "?")],
)
def test_shortens_names_to_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_field_ties_its_label_hint_and_error_together(templates: Templates, page: Page) -> None:
    source = '{{ ui.input("email", "E-mail", value="a@b", hint="Yours", error="No ending", required=true) }}'
    html = component(templates, source, page)
    assert '<label for="email">E-mail' in html
    assert 'value="a@b"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="email-hint email-err"' in html
    assert 'id="email-hint"' in html
    assert 'id="email-err"' in html


def test_a_field_in_order_mentions_no_error(templates: Templates, page: Page) -> None:
    html = component(templates, '{{ ui.input("email", "E-mail", value=none) }}', page)
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html
    assert 'value=""' in html


def test_the_error_summary_leads_to_the_fields(templates: Templates, page: Page) -> None:
    html = component(templates, '{{ ui.form_errors({"email": "No ending"}, {"email": "E-mail"}) }}', page)
    assert 'href="#email"' in html
    assert "E-mail: No ending" in html
    assert component(templates, "{{ ui.form_errors({}) }}", page).strip() == ""


def test_a_textarea_keeps_its_first_empty_line(templates: Templates, page: Page) -> None:
    html = component(templates, '{{ ui.textarea("t", "T", value="\n\nafter") }}', page)
    # HTML drops one newline right after the tag, so one more has to be written.
    assert ">\n\n\nafter</textarea>" in html


def test_choices_remember_what_was_chosen(templates: Templates, page: Page) -> None:
    source = '{{ ui.choices("d", "Days", [("mo", "Mon"), ("tu", "Tue")], value=["tu"], multiple=true) }}'
    html = component(templates, source, page)
    assert re.findall(r'value="(\w+)" checked', html) == ["tu"]


def test_progress_needs_no_style_attribute(templates: Templates, page: Page) -> None:
    html = component(templates, '{{ ui.bar(64, "64 percent") }}{{ ui.ring(54) }}{{ ui.ring(0) }}', page)
    assert '<progress class="bar " max="100" value="64"' in html
    assert 'stroke-dasharray="54 100"' in html
    assert html.count("stroke-dasharray") == 1


def test_parts_of_a_whole_fill_it(templates: Templates, page: Page) -> None:
    html = component(templates, '{{ ui.proportion([(3, "good"), (1, "bad"), (0, "warn")], "3 of 4") }}', page)
    assert re.findall(r' x="([\d.]+)"', html) == ["0", "750.0"]
    assert "warn" not in html


def test_a_chart_brings_its_numbers_as_a_table(templates: Templates, page: Page) -> None:
    source = (
        '{% call ui.chart("Sunday leads", "Minutes", rows, ("Day", "Minutes")) %}'
        '{{ ui.bar_chart(rows, "Bars") }}{% endcall %}'
    )
    html = component(templates, source, page, rows=[("Sat", 0), ("Sun", 1820, "accent")])
    assert '<td class="n">1,820</td>' in html
    assert 'role="img" aria-label="Bars"' in html


def test_an_empty_chart_still_draws(templates: Templates, page: Page) -> None:
    source = '{{ ui.bar_chart([]) }}{{ ui.bar_chart([("a", 0)]) }}{{ ui.line_chart([0]) }}{{ ui.dot_chart([], []) }}'
    assert "<svg" in component(templates, source, page)


def test_the_timer_carries_the_servers_clock(templates: Templates, page: Page) -> None:
    source = "{{ ui.timer(deadline, page.now, form='quiz') }}"
    html = component(templates, source, page, deadline=NOW + timedelta(minutes=20))
    assert 'data-deadline="2026-11-23T11:04:00+00:00"' in html
    assert 'data-server-now="2026-11-23T10:44:00+00:00"' in html
    assert 'data-form="quiz"' in html


def test_a_flash_offers_its_way_back_without_script(templates: Templates, page: Page) -> None:
    html = templates.render("shell.html", page=replace(page, flashes=(Flash(text="Archived", undo_url="/undo/1"),)))
    form = re.search(r'<form method="post" action="/undo/1">.*?</form>', html, re.DOTALL)
    assert form
    assert 'name="form_key" value="token-1"' in form[0]


def test_the_frame_shows_theme_direction_and_tenant(templates: Templates, page: Page) -> None:
    html = templates.render("shell.html", page=replace(page, theme="dark", locale="ar"))
    assert 'lang="ar" dir="rtl" data-theme="dark"' in html
    assert '<style nonce="nonce-1">:root{--tenant:#2348bd}' in html
    assert "data-theme" not in templates.render("shell.html", page=page).split(">", 2)[1]


def test_filters_use_the_pages_locale(templates: Templates) -> None:
    html = templates.render("gallery.html", page=replace(gallery_page(), locale="de"), **gallery_context())
    assert "1.031" in html


def test_every_icon_on_the_gallery_is_in_the_sprite(templates: Templates, page: Page) -> None:
    html = templates.render("gallery.html", page=page, **gallery_context())
    sprite = (DIST / load_assets().files["icons.svg"]).read_text()
    asked = set(re.findall(r'#(i-[\w-]+)"/>', html))
    assert asked
    assert {name for name in asked if f'id="{name}"' not in sprite} == set()


def test_tenant_style_escapes_its_nonce() -> None:
    assert 'nonce="&#34;&gt;"' in tenant_style("#2348bd", '">')
