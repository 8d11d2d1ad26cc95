"""Blocks as HTML: nothing that an author wrote, or that got into the database some other way, runs."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.blocks import Heading, Table, stored_blocks
from scholr.web.blocks import highlighted, mathml, safe_html, view_block

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<p onclick='alert(1)'>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<style>@import 'javascript:alert(1)'</style><p style='background:url(javascript:alert(1))'>x</p>",
    "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>x</button></form>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<<script>script>alert(1)<</script>/script>",
]

RUNNING = {"script", "style", "iframe", "object", "embed", "form", "base", "meta", "svg", "img", "link", "template"}


class _Audit(HTMLParser):
    """Reads HTML as a browser would begin to, and notes what could run."""

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.allowed = allowed
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in RUNNING - self.allowed:
            self.found.append(tag)
        for name, value in attrs:
            address = re.sub(r"[\s\0]", "", (value or "").lower())
            if name.startswith("on") or name == "style" or address.startswith(("javascript:", "data:", "vbscript:")):
                self.found.append(f"{tag} {name}={value}")


def dangers(markup: str) -> list[str]:
    audit = _Audit()
    audit.feed(markup)
    audit.close()
    return audit.found


@pytest.mark.parametrize("attack", ATTACKS)
def test_html_that_was_never_sanitised_on_its_way_in_does_not_run(attack: str) -> None:
    for kind in ("rich_text", "callout"):
        stored = stored_blocks([{"type": kind, "id": "1", "html": attack, "tone": "note", "title": ""}])
        assert dangers(str(view_block(stored[0], {}).html)) == []


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("wrap", ["{}", "\\text{{{}}}", "\\href{{{}}}{{x}}", "\\mathrm{{{}}}", "\\operatorname{{{}}}"])
def test_formulae_are_made_of_mathml_only(attack: str, wrap: str) -> None:
    assert dangers(str(mathml(wrap.format(attack)))) == []


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("\\{}^_&<>'\"=/ \nabfrctexhs1$%#~"), max_size=40))
def test_any_formula_is_shown_somehow(latex: str) -> None:
    made = mathml(latex)
    assert isinstance(made, Markup)
    assert dangers(str(made)) == []


def test_a_formula_becomes_mathml() -> None:
    assert "<mfrac>" in mathml(r"\frac{a}{b}")
    assert mathml(r"\frac{") == "<code>\\frac{</code>"
    assert "&#x0003C;" in mathml("a < b")


@pytest.mark.parametrize("language", ["html", "python", "javascript", "", "no-such-language", "text"])
def test_code_is_text_whatever_its_language(language: str) -> None:
    made = str(highlighted("<script>alert('1')</script><img src=x onerror=alert(1)>", language))
    assert dangers(made) == []
    assert "&lt;" in made


def test_code_is_coloured_by_classes() -> None:
    assert '<span class="k">def</span>' in highlighted("def rate(): return 1", "python")


def test_only_recognised_pages_are_framed() -> None:
    for address in (
        "https://evil.example/embed/x",
        "javascript:alert(1)",
        "https://youtube.com.evil.example/embed/abcdefghijk",
    ):
        stored = stored_blocks([{"type": "embed", "id": "1", "provider": "youtube", "address": address, "title": "x"}])
        assert view_block(stored[0], {}).frame is None
    known = "https://www.youtube-nocookie.com/embed/abcdefghijk"
    stored = stored_blocks([{"type": "embed", "id": "1", "provider": "youtube", "address": known, "title": "x"}])
    assert view_block(stored[0], {}).frame == known


def test_a_file_that_is_gone_has_no_address() -> None:
    source = "asset:01a20414-29e7-7921-a34b-4f5323be3147"
    stored = stored_blocks(
        [{"type": "image", "id": "1", "source": source, "alt": "x", "decorative": False, "caption": ""}]
    )
    assert view_block(stored[0], {}).url is None


def test_what_is_stored_comes_back_as_it_was() -> None:
    blocks: list[catalog.Block] = [
        Heading(id="h", text="Rates", level=2),
        Table(id="t", caption="", header=True, rows=(("Age", "Rate"), ("40", "3"))),
    ]
    assert stored_blocks([catalog.block_as_json(block) for block in blocks]) == tuple(blocks)


@given(st.text(max_size=200))
def test_sanitising_again_changes_nothing(text: str) -> None:
    once = safe_html(text)
    assert safe_html(str(once)) == once
