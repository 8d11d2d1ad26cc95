"""The flags of a process as a provider of OpenFeature, for code that speaks that standard.

Nothing here is loaded by the program itself: its own questions go to `Flags`, which answers thirty times faster and
without the library's memory (README.md has the figures).
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata
from typing_extensions import override

from scholr.kernel.ids import parse_id
from scholr.platform.flags.flag import ON, Flag
from scholr.platform.flags.switches import Flags

T = TypeVar("T")


class FlagProvider(AbstractProvider):
    """The targeting key is the member's id; the attributes `tenant` and `cohort` are ids, too."""

    def __init__(self, flags: Flags, declared: Sequence[Flag]) -> None:
        super().__init__()
        self._flags = flags
        self._declared: Mapping[str, Flag] = {flag.key: flag for flag in declared}

    def get_metadata(self) -> Metadata:
        return Metadata("scholr")

    @override
    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        flag = self._named(flag_key)
        if not flag.is_boolean:
            raise TypeMismatchError(f"{flag_key} is one of {', '.join(flag.variants)}")
        variant = self._variant(flag, evaluation_context)
        return FlagResolutionDetails(variant == ON, variant=variant, reason=self._reason(flag, variant))

    @override
    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        flag = self._named(flag_key)
        variant = self._variant(flag, evaluation_context)
        return FlagResolutionDetails(variant, variant=variant, reason=self._reason(flag, variant))

    @override
    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        raise self._mismatch(flag_key)

    @override
    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        raise self._mismatch(flag_key)

    @override
    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        raise self._mismatch(flag_key)

    def _named(self, key: str) -> Flag:
        if key not in self._declared:
            raise FlagNotFoundError(f"no flag {key}")
        return self._declared[key]

    def _mismatch(self, key: str) -> TypeMismatchError:
        return TypeMismatchError(f"{self._named(key).key} is a boolean or a variant's name")

    def _variant(self, flag: Flag, context: EvaluationContext | None) -> str:
        if context is None:
            return self._flags.variant(flag)
        tenant_id, cohort_id = (_id(context.attributes.get(name)) for name in ("tenant", "cohort"))
        member_id = _id(context.targeting_key)
        return self._flags.variant(flag, tenant_id=tenant_id, member_id=member_id, cohort_id=cohort_id)

    def _reason(self, flag: Flag, variant: str) -> Reason:
        if self._flags.is_killed(flag.key):
            return Reason.DISABLED
        return Reason.DEFAULT if variant == flag.default else Reason.TARGETING_MATCH


def _id(said: object) -> UUID | None:
    return said if isinstance(said, UUID) else parse_id(str(said)) if said else None
