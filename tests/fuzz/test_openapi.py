"""Each JSON route, fuzzed from its own description: no 5xx, and only the answers that are documented."""

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.fuzzed import AnyCase, Fuzzed, Operation, request_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def fuzz(fuzzed: Fuzzed, operation: Operation, examples: int) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), st.randoms(use_true_random=False))
    def one(data: st.DataObject, chance: random.Random) -> None:
        mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
        case: AnyCase = data.draw(operation.as_strategy(generation_mode=mode))
        fuzzed.with_real_ids(case, chance)
        answer = fuzzed.send(request_of(case))
        case.validate_response(answer, checks=CHECKS)

    one()


def test_answers_as_documented_whatever_is_sent(fuzzed: Fuzzed, operation: Operation) -> None:
    fuzz(fuzzed, operation, examples=8)


@pytest.mark.slow
def test_answers_as_documented_whatever_is_sent_for_longer(fuzzed: Fuzzed, operation: Operation) -> None:
    fuzz(fuzzed, operation, examples=200)
