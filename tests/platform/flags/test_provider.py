"""The provider says in OpenFeature's words what `Flags` says."""

from datetime import date
from pathlib import Path

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from scholr.kernel.ids import new_id
from scholr.platform.flags.flag import Flag
from scholr.platform.flags.kill_file import write_keys
from scholr.platform.flags.provider import FlagProvider
from scholr.platform.flags.rules import Rule, Scope, ordered
from scholr.platform.flags.switches import Flags

SWITCH = Flag("some.switch", "A switch.", "some", date(2030, 1, 1))
LAYOUT = Flag(
    "some.layout", "Looks.", "some", date(2030, 1, 1), default="plain", killed="plain", variants=("plain", "b")
)


async def test_it_answers_as_the_flags_do(tmp_path: Path) -> None:
    file, tenant_id = tmp_path / "killed", new_id()
    flags = Flags(None, file)
    flags._rules = ordered([Rule(key=LAYOUT.key, scope=Scope.TENANT, subject=str(tenant_id), variant="b")])
    api.set_provider(FlagProvider(flags, (SWITCH, LAYOUT)), "flags-test")
    client = api.get_client("flags-test")
    try:
        there = EvaluationContext(str(new_id()), {"tenant": str(tenant_id)})
        assert client.get_string_value(LAYOUT.key, "?", there) == "b"
        assert client.get_string_details(LAYOUT.key, "?", there).reason == Reason.TARGETING_MATCH
        assert client.get_string_value(LAYOUT.key, "?") == "plain"
        assert client.get_boolean_value(SWITCH.key, False, EvaluationContext("no id", {"tenant": "neither"})) is True
        assert client.get_boolean_details(LAYOUT.key, False).error_code == ErrorCode.TYPE_MISMATCH
        assert client.get_integer_details(SWITCH.key, 7).value == 7
        assert client.get_boolean_details("no.such", True).error_code == ErrorCode.FLAG_NOT_FOUND
        write_keys(file, frozenset({SWITCH.key}))
        await flags.look()
        killed = client.get_boolean_details(SWITCH.key, True)
        assert (killed.value, killed.reason) == (False, Reason.DISABLED)
    finally:
        api.clear_providers()
