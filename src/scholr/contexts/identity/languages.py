"""Languages and time zones that people can choose."""

from functools import cache
from zoneinfo import available_timezones

LANGUAGES = {
    "en": "English",
    "ar": "العربية",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "pt": "Português",
}
"""BCP 47 tags with the language's own name. Dates, numbers and the direction of writing follow."""

THEMES = ("system", "light", "dark", "contrast")


_REGIONS = frozenset(
    ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)


def is_time_zone(name: str) -> bool:
    return name == "UTC" or name in time_zones()


@cache
def time_zones() -> list[str]:
    """IANA names of places, sorted; without the abbreviations and offsets that the database also holds."""
    regions = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return ["UTC", *sorted(name for name in available_timezones() if name.startswith(regions))]
