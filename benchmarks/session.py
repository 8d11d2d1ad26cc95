"""A learner who is signed in, with a seat in the course."""

import asyncio

from benchmarks.deployment import Deployment
from benchmarks.school import BenchSchool, new_cohort
from scholr.contexts.auth import facade as auth
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.settings import platform_settings
from scholr.entrypoints.wiring import build_platform

PASSWORD = "benchmarks run for a while"
EMAIL = "l0@bench.example"


def learner_session(deployment: Deployment, school: BenchSchool) -> str:
    """Give the first learner a password and a seat, sign in through the form, and return the Cookie header."""
    asyncio.run(_give_password(deployment))
    cohort = new_cohort(deployment, school, 10)
    with deployment.client(school.tenant_id) as client:
        seat = client.post(f"/api/cohorts/{cohort}/enrollments", json={"learner_id": school.learner_ids[0]})
        seat.raise_for_status()
    with deployment.client() as client:
        answer = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        if not cookies:
            raise RuntimeError(f"could not sign in: {answer.status_code}")
        return cookies


async def _give_password(deployment: Deployment) -> None:
    environment = Environment(app_database_url=deployment.app_dsn, data_dir=deployment.directory, port=deployment.port)
    platform = build_platform(platform_settings(environment))
    try:
        await auth.create_person_with_password(platform, email=EMAIL, name="Learner 0", password=PASSWORD)
    finally:
        await platform.db.close()
