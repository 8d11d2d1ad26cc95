from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.catalog.blocks import (
    BLOCK_TYPES,
    RichText,
    block_as_json,
    block_text,
    blocks_text,
    parse_blocks,
    reading_seconds,
)
from scholr.contexts.catalog.errors import InvalidBlock
from scholr.contexts.catalog.markup import FRAME_SOURCES, embed_address, html_text, is_web_address, sanitise_html

ASSET = f"asset:{UUID(int=7)}"
SOUND: list[dict[str, Any]] = [
    {"type": "rich_text", "html": "<p>Hello <strong>world</strong></p>"},
    {"type": "heading", "text": "By hand, once", "level": 3},
    {"type": "image", "source": ASSET, "alt": "A map", "caption": "Figure 1"},
    {"type": "image", "source": "https://example.org/a.png", "decorative": True},
    {"type": "video", "source": ASSET, "title": "Stones", "duration_seconds": 90},
    {"type": "file", "source": ASSET, "name": "stones.csv", "size_bytes": 700},
    {"type": "embed", "address": "https://youtu.be/dQw4w9WgXcQ", "title": "A song"},
    {"type": "code", "language": "python", "code": "    print(1)\n", "caption": ""},
    {"type": "table", "rows": [["a", "b"], ["1", "2"]], "caption": "Table 1", "header": True},
    {"type": "callout", "tone": "definition", "title": "Stratum", "html": "<p>A group</p>"},
    {"type": "quiz", "assessment_id": str(UUID(int=9))},
    {"type": "checklist", "title": "Before you go on", "items": ["Read", "Write"]},
    {"type": "math", "latex": "\\sum_g n_g", "alt": "the sum of n over g"},
]


def ids() -> Any:
    numbers = count()
    return lambda: f"new{next(numbers)}"


def parse_one(raw: dict[str, Any]) -> Any:
    return parse_blocks([raw], ids())[0]


def test_the_samples_cover_every_type() -> None:
    assert {sample["type"] for sample in SOUND} == set(BLOCK_TYPES)


def test_sound_blocks_go_to_json_and_back() -> None:
    blocks = parse_blocks(SOUND, ids())
    assert len({block.id for block in blocks}) == len(SOUND)
    assert parse_blocks([block_as_json(block) for block in blocks], ids()) == blocks


UNSOUND = [
    ({"type": "iframe"}, "type"),
    ({}, "type"),
    ("text", "type"),
    ({"type": ["rich_text"]}, "type"),
    ({"type": "rich_text", "html": 7}, "html"),
    ({"type": "rich_text", "html": "x" * 100_001}, "html"),
    ({"type": "rich_text", "html": "", "id": "a b"}, "id"),
    ({"type": "heading", "text": ""}, "text"),
    ({"type": "heading", "text": "a", "level": 1}, "level"),
    ({"type": "heading", "text": "a", "level": True}, "level"),
    ({"type": "image", "source": ASSET}, "alt"),
    ({"type": "image", "source": "javascript:alert(1)", "alt": "a"}, "source"),
    ({"type": "image", "source": "http://example.org/a.png", "alt": "a"}, "source"),
    ({"type": "image", "source": "asset:../../etc", "alt": "a"}, "source"),
    ({"type": "video", "source": ASSET, "title": "a", "duration_seconds": -1}, "duration_seconds"),
    ({"type": "embed", "address": "https://evil.example/watch?v=dQw4w9WgXcQ", "title": "a"}, "address"),
    ({"type": "code", "code": "x", "language": 'py"><script>'}, "language"),
    ({"type": "table", "rows": []}, "rows"),
    ({"type": "table", "rows": [["a"], ["b", "c"]]}, "rows"),
    ({"type": "table", "rows": [["a", 1]]}, "rows"),
    ({"type": "table", "rows": [["a"]] * 201}, "rows"),
    ({"type": "callout", "tone": "loud", "html": ""}, "tone"),
    ({"type": "quiz", "assessment_id": "1"}, "assessment_id"),
    ({"type": "checklist", "items": ["", "a"]}, "items"),
    ({"type": "math", "latex": "nul\0"}, "latex"),
]


@pytest.mark.parametrize(("raw", "field"), UNSOUND)
def test_names_the_place_that_is_wrong(raw: object, field: str) -> None:
    with pytest.raises(InvalidBlock) as refused:
        parse_blocks([SOUND[0], raw], ids())
    assert set(refused.value.fields) == {f"blocks.1.{field}"}


def test_refuses_an_id_twice_and_what_is_no_list() -> None:
    for wrong in ([SOUND[0] | {"id": "a"}] * 2, "blocks", None, [SOUND[0]] * 501):
        with pytest.raises(InvalidBlock) as refused:
            parse_blocks(wrong, ids())
        assert set(refused.value.fields) == {"blocks"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
FIELD_NAMES = sorted({name for sample in SOUND for name in sample} - {"type"})


@given(
    st.lists(
        st.sampled_from(BLOCK_TYPES).flatmap(
            lambda kind: st.dictionaries(st.sampled_from(FIELD_NAMES), ANYTHING, max_size=5).map(
                lambda raw: raw | {"type": kind}
            )
        ),
        max_size=4,
    )
)
def test_any_input_gives_blocks_or_named_places(raw: list[dict[str, Any]]) -> None:
    try:
        blocks = parse_blocks(raw, ids())
    except InvalidBlock as refused:
        assert refused.fields
        assert all(place.startswith("blocks") for place in refused.fields)
    else:
        assert parse_blocks([block_as_json(block) for block in blocks], ids()) == blocks


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("<script>alert(1)</script><p>a</p>", "<p>a</p>"),
        ("<p onclick=alert(1)>a</p>", "<p>a</p>"),
        ('<p style="position:fixed" class="x" id="y">a</p>', "<p>a</p>"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<h1>a</h1>", "a"),
        ("<iframe src='https://example.org'>a</iframe>b", "b"),
        ("<form action='/x'><input name=q><button>go</button></form>", "go"),
        ("<!-- secret --><p>a</p>", "<p>a</p>"),
        ("<svg><a xlink:href='javascript:alert(1)'>x</a></svg>", ""),
        ("<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>", ""),
    ],
)
def test_authored_html_loses_what_is_not_allowed(hostile: str, safe: str) -> None:
    assert sanitise_html(hostile) == safe


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x"]
)
def test_links_lead_only_to_known_schemes(address: str) -> None:
    assert "href" not in sanitise_html(f'<a href="{address}">a</a>')


@pytest.mark.parametrize("kind", ["rich_text", "callout"])
def test_no_block_lets_html_in_unsanitised(kind: str) -> None:
    block = parse_one({"type": kind, "html": "<p onclick=alert(1)>a</p><script>alert(1)</script>"})
    assert block.html == "<p>a</p>"


def test_links_and_languages_stay() -> None:
    html = sanitise_html('<p lang="ar" dir="rtl"><a href="https://example.org/a">a</a></p>')
    assert html == '<p lang="ar" dir="rtl"><a href="https://example.org/a" rel="noopener noreferrer nofollow">a</a></p>'


FRAGMENTS = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b", ">", "<script>", "</script>", "<a href='", "javascript:", "'", '"', "<svg>", "<math>",
         "<style>", "</style>", "<table>", "<td>", "&lt;", "&#x3c;", "<!--", "-->", "<![CDATA[", "onload=",
         "<textarea>", "a "]
    ) | st.text(max_size=4),
    max_size=14,
).map("".join)  # fmt: skip


@given(FRAGMENTS)
def test_sanitising_is_idempotent_and_leaves_nothing_active(html: str) -> None:
    clean = sanitise_html(html)
    assert sanitise_html(clean) == clean
    lowered = clean.lower()
    assert not any(
        f"<{tag}" in lowered for tag in ("script", "style", "svg", "math", "iframe", "img", "form", "textarea")
    )


def test_html_becomes_lines_of_words() -> None:
    assert html_text("<p>Fish &amp; <b>chips</b></p><ul><li>one</li><li>two</li></ul>") == "Fish & chips\none\ntwo"
    assert html_text(sanitise_html("<p>1 &lt; 2</p>")) == "1 < 2"


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=4", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("http://youtu.be/dQw4w9WgXcQ?si=x", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://m.youtube.com/shorts/dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
        ("https://vimeo.com/76979871/abcdef12", "https://player.vimeo.com/video/76979871?h=abcdef12&dnt=1"),
        ("https://www.loom.com/share/abc123", "https://www.loom.com/embed/abc123"),
        ("https://www.geogebra.org/m/abc123", "https://www.geogebra.org/material/iframe/id/abc123"),
        ("https://www.desmos.com/calculator/xyz", "https://www.desmos.com/calculator/xyz?embed"),
        ("https://www.ted.com/talks/some_talk", "https://embed.ted.com/talks/some_talk"),
        (
            "https://phet.colorado.edu/sims/html/gas-properties/latest/gas-properties_en.html",
            "https://phet.colorado.edu/sims/html/gas-properties/latest/gas-properties_en.html",
        ),
    ],
)
def test_recognises_what_may_be_embedded(address: str, target: str) -> None:
    found = embed_address(address)
    assert found is not None
    assert found.address == target
    again = embed_address(target)
    assert again == found
    assert any(target.startswith(f"{source}/") for source in FRAME_SOURCES)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/embed/dQw4w9WgXcQ",
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
        "https://evil.example\\@youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com:8443/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/redirect?q=https://evil.example",
        "https://www.youtube.com/watch?v=../../../x",
        "javascript://youtube.com/watch?v=dQw4w9WgXcQ",
        "https://[::1",
        "//youtube.com/watch?v=dQw4w9WgXcQ",
        "https://vimeo.com/about",
        "https://phet.colorado.edu/en/about",
        "",
    ],
)
def test_embeds_nothing_else(address: str) -> None:
    assert embed_address(address) is None


@given(
    st.text()
    | st.sampled_from(["youtube.com", "vimeo.com", "ted.com"]).flatmap(
        lambda host: st.text(max_size=30).map(lambda rest: f"https://{host}/{rest}")
    )
)
def test_whatever_is_framed_is_on_the_list(address: str) -> None:
    found = embed_address(address)
    assert found is None or any(found.address.startswith(f"{source}/") for source in FRAME_SOURCES)


def test_web_addresses_are_https_and_plain() -> None:
    assert is_web_address("https://example.org/a?b=c#d")
    for wrong in ("http://example.org", "https://", "https://a b", "https://u:p@example.org", "https://example.org\n"):
        assert not is_web_address(wrong)


def test_says_what_blocks_say() -> None:
    blocks = parse_blocks(SOUND, ids())
    text = blocks_text(blocks)
    for word in ("Hello world", "By hand, once", "A map", "stones.csv", "A song", "1 2", "Stratum", "Write", "the sum"):
        assert word in text
    assert block_text(blocks[10]) == ""


def words(number: int) -> RichText:
    return RichText(id="a", html=f"<p>{'word ' * number}</p>")


def test_reading_time_counts_words_pictures_and_films() -> None:
    assert reading_seconds([]) == 0
    assert reading_seconds([words(220)]) == 60
    assert reading_seconds([words(221)]) == 61
    assert reading_seconds([RichText(id="a", html=f"<p>{'学' * 500}</p>")]) == 60
    assert reading_seconds([parse_one(SOUND[4])]) == 90
    assert reading_seconds([parse_one({"type": "image", "source": ASSET, "decorative": True})]) == 10


@given(st.integers(0, 500), st.integers(0, 500))
def test_more_words_never_take_less_time(one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert reading_seconds([words(few)]) <= reading_seconds([words(many)])
