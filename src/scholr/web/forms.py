"""Reading what a form sent: text, boxes and files; nothing here decides whether it is right."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar.datastructures import FormMultiDict, UploadFile

from scholr.kernel.errors import DomainError
from scholr.web.page import PageRequest


@dataclass(frozen=True, slots=True)
class Form:
    _sent: FormMultiDict

    def text(self, name: str, default: str = "") -> str:
        """One value without the white space around it. Password fields are read with `secret`."""
        return self.secret(name, default).strip()

    def secret(self, name: str, default: str = "") -> str:
        """One value as it was typed. NUL, which no database text can hold, is left out."""
        found = self._sent.get(name, default)
        return found.replace("\x00", "") if isinstance(found, str) else default

    def many(self, name: str) -> list[str]:
        """Every value of a name that may come several times."""
        return [value for value in self._sent.getall(name, []) if isinstance(value, str)]

    def checked(self, name: str) -> bool:
        return name in self._sent

    def file(self, name: str) -> UploadFile | None:
        """A file that was chosen; None when the field was left empty."""
        found = self._sent.get(name)
        return found if isinstance(found, UploadFile) and found.filename else None


async def read_form(request: PageRequest) -> Form:
    return Form(await request.form())


def errors_of(error: DomainError, field: str) -> Mapping[str, str]:
    """What to show beside which field; `field` takes a message that names none."""
    return error.fields or {field: error.message}
