"""One organisation asks for twenty times its share: what does its neighbour notice?

Both have the same share. The neighbour asks for two thirds of its own, at a steady rate; the noisy one for twenty
times its own, from a process of its own. Quiet and noisy phases take turns in one run, so that a noisy machine
disturbs both alike; what is compared is the 99th percentile of each pair of phases. Where the system lets us, what is
measured and what measures run before everything else on the machine: a percentile of milliseconds would otherwise tell
of the other programs.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.deployment import Deployment
from benchmarks.load import Outcome, request
from benchmarks.paced import pace
from benchmarks.school import BenchSchool, furnish
from scholr.platform.ratelimit.quotas import STANDARD

FACTOR = 0.03
SHARE = STANDARD.tenant.rate * FACTOR
"""Units a second. Small, so that twenty times as much is what two cores can send and refuse beside the neighbour."""

TIMES = 20
NEIGHBOUR_RATE = SHARE * 2 / 3
SETTLING_SECONDS = 4.0
"""Until what the noisy one had saved up (its burst) is spent: from then on it has its share and nothing more."""

VARIABLES = {"SCHOLR_RATE_FACTOR": str(FACTOR)}


@dataclass(slots=True)
class NoisyTenant:
    """`ratios`: the neighbour's p99 beside the noisy one, divided by that without, for each pair of phases."""

    quiet: Outcome = field(default_factory=Outcome)
    noisy: Outcome = field(default_factory=Outcome)
    ratios: list[float] = field(default_factory=list)
    noise: Counter[int] = field(default_factory=Counter)
    noise_seconds: float = 0.0
    was_undisturbed: bool = False

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def times_its_share(self) -> float:
        """How much the noisy one really asked for."""
        return sum(n for status, n in self.noise.items() if status) / self.noise_seconds / SHARE

    def rows(self) -> list[tuple[str, str]]:
        """For people: what was measured, and the figure."""
        return [
            ("the noisy tenant asked for", f"{self.times_its_share:.1f} times its share of {SHARE:.0f} a second"),
            ("it was answered", ", ".join(f"{n} × {status}" for status, n in sorted(self.noise.items()))),
            ("its neighbour's p50", f"{self.quiet.percentile(0.5):.1f} → {self.noisy.percentile(0.5):.1f} ms"),
            ("its neighbour's p99", f"{self.quiet.percentile(0.99):.1f} → {self.noisy.percentile(0.99):.1f} ms"),
            ("median of the ratios of p99", f"{self.ratio:.2f} of {', '.join(f'{r:.2f}' for r in self.ratios)}"),
        ]


def measure(deployment: Deployment, *, rounds: int = 7, seconds: float = 8.0) -> NoisyTenant:
    """The deployment was started with VARIABLES. Takes about `rounds` * (2 * `seconds` + 4) seconds."""
    with _undisturbed(deployment) as undisturbed:
        found = _measured(deployment, rounds, seconds)
    found.was_undisturbed = undisturbed
    return found


@contextmanager
def _undisturbed(deployment: Deployment) -> Iterator[bool]:
    """Real-time scheduling for the deployment and for this process; False where it is not ours to give."""
    postgres = [deployment.postgres, *(each.pid for each in psutil.Process(deployment.postgres).children())]
    try:
        _schedule([*postgres, deployment.web], os.SCHED_RR, 20)
        _schedule([os.getpid()], os.SCHED_RR, 10)
    except (AttributeError, PermissionError):
        yield False
        return
    try:
        yield True
    finally:
        _schedule([os.getpid()], os.SCHED_OTHER, 0)


def _schedule(processes: Iterable[int], policy: int, priority: int) -> None:
    for process in processes:
        for thread in psutil.Process(process).threads():
            os.sched_setscheduler(thread.id, policy, os.sched_param(priority))


def _measured(deployment: Deployment, rounds: int, seconds: float) -> NoisyTenant:
    noisy_one, neighbour = (furnish(deployment, learners=2, plan=STANDARD.name) for _ in range(2))
    found = NoisyTenant()
    pace(deployment.port, _requests(neighbour), rate=NEIGHBOUR_RATE, seconds=2.0)
    for number in range(rounds):
        # In turns: whatever drifts with time favours neither.
        if number % 2:
            noisy = _beside_noise(deployment, noisy_one, neighbour, seconds, found)
            quiet = _alone(deployment, neighbour, seconds)
        else:
            quiet = _alone(deployment, neighbour, seconds)
            noisy = _beside_noise(deployment, noisy_one, neighbour, seconds, found)
        found.ratios.append(noisy.percentile(0.99) / quiet.percentile(0.99))
        found.quiet.merge(quiet)
        found.noisy.merge(noisy)
    return found


def _alone(deployment: Deployment, school: BenchSchool, seconds: float) -> Outcome:
    return pace(deployment.port, _requests(school), rate=NEIGHBOUR_RATE, seconds=seconds)


def _beside_noise(
    deployment: Deployment, noisy_one: BenchSchool, neighbour: BenchSchool, seconds: float, found: NoisyTenant
) -> Outcome:
    lasts = SETTLING_SECONDS + seconds
    arguments = [str(deployment.port), noisy_one.tenant_id, str(TIMES * SHARE), str(lasts)]
    with subprocess.Popen([sys.executable, "-m", "benchmarks.paced", *arguments], stdout=subprocess.PIPE) as noise:
        pace(deployment.port, _requests(neighbour), rate=NEIGHBOUR_RATE, seconds=SETTLING_SECONDS)
        outcome = pace(deployment.port, _requests(neighbour), rate=NEIGHBOUR_RATE, seconds=seconds)
        report, _ = noise.communicate(timeout=60)
    heard = json.loads(report)
    found.noise.update({int(status): n for status, n in heard["statuses"].items()})
    found.noise_seconds += heard["seconds"]
    return outcome


def _requests(school: BenchSchool) -> Iterator[bytes]:
    headers = {"X-Tenant-Id": school.tenant_id}
    paths = ["/api/courses?limit=20", *(f"/api/lessons/{lesson}" for lesson in school.lesson_ids[:3])]
    return itertools.cycle([request("GET", path, headers=headers) for path in paths])
