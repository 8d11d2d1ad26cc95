"""The forms of a page, read as a browser reads them: where they go, and what they would send untouched."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

_UNSENT = frozenset({"submit", "button", "reset", "image", "file"})


@dataclass(slots=True)
class SentForm:
    """`fields` as they are sent when nothing was typed; `kinds` says what sort of control each one is."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.action).path


def forms_of(html: str, page: str) -> list[SentForm]:
    """Every form of the page at `page`; fields outside that name a form by `form=` are left out."""
    parser = _Forms(page)
    parser.feed(html)
    return parser.found


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[SentForm] = []
        self._page = page
        self._form: SentForm | None = None
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action") or self._page
            self._form = SentForm(given.get("method", "get").upper(), action)
            self.found.append(self._form)
        elif self._form is not None:
            self._control(self._form, tag, given)

    def _control(self, form: SentForm, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "option" and self._select is not None:
            if "selected" in given or not form.fields.get(self._select):
                form.fields[self._select] = given.get("value", "")
        elif not name:
            return
        elif tag == "input":
            self._input(form, name, given)
        elif tag == "select":
            self._select = name
            form.kinds[name] = "select"
        elif tag == "textarea":
            self._area = name
            form.fields[name], form.kinds[name] = "", "text"
        elif tag == "button" and name not in form.fields:
            form.fields[name], form.kinds[name] = given.get("value", ""), "button"

    def _input(self, form: SentForm, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in _UNSENT:
            return
        if kind in ("checkbox", "radio") and "checked" not in given and name in form.fields:
            return
        form.fields[name], form.kinds[name] = given.get("value", "on" if kind == "checkbox" else ""), kind

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area is not None:
            self._form.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None


_TYPED = {
    "email": "someone.new@example.org",
    "number": "1",
    "date": "2031-02-03",
    "datetime-local": "2031-02-03T10:00",
    "url": "https://example.org/",
    "color": "#224488",
    "text": "Something typed",
    "search": "Something",
    "password": "three lamps on a quay",
}


def typed_in(form: SentForm) -> dict[str, str]:
    """What is sent once a person has put something plausible into every empty field."""
    return {name: value or _TYPED.get(form.kinds.get(name, ""), "") for name, value in form.fields.items()}
