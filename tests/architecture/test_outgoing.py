"""Who may open connections to other systems: an address that a stranger chose goes through one door."""

from tests.architecture.source import imports_of, sources

CLIENTS = frozenset(
    {
        "aiohttp",
        "hvac",
        "http.client",
        "httpcore",
        "httpcore2",
        "httpx",
        "httpx2",
        "requests",
        "urllib.request",
        "urllib3",
    }
)
# Each with whose address it is.
ALLOWED = {
    "scholr.platform.outgoing.door": "anybody's: this is the door",
    "scholr.platform.search.http_engine": "the operator's, SCHOLR_SEARCH_URL",
    "scholr.platform.secrets.vault": "the operator's, SCHOLR_VAULT_ADDR",
}


def _client(name: str) -> str | None:
    return next((each for each in CLIENTS if name == each or name.startswith(f"{each}.")), None)


def test_every_client_for_http_is_known_with_its_reason() -> None:
    """A second way out would be one without the checks: the instance's metadata, the database, a neighbour."""
    found = {source.module for source in sources() for each in imports_of(source) if _client(each.name)}
    assert found == ALLOWED.keys()


def test_libraries_that_bring_their_own_client_are_the_exporters_only() -> None:
    """OpenTelemetry's exporter sends to SCHOLR_OTLP_ENDPOINT with a client of its own; obstore to the bucket."""
    own = ("opentelemetry.exporter", "obstore")
    found = {source.module for source in sources() for each in imports_of(source) if each.name.startswith(own)}
    assert all(module.startswith(("scholr.platform.observability.", "scholr.platform.storage.")) for module in found)
    assert found
