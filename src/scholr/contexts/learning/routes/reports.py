"""JSON: figures of all courses."""

from scholr.contexts.learning.schemas import CourseReportOut, CourseReportsOut
from scholr.contexts.learning.service import reports
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE

TAGS = ["learning"]


@api.get(
    "/api/reports/courses",
    cost=EXPENSIVE,
    tags=TAGS,
    summary="Seats, activity and completion of each course, counted now",
)
async def course_report(actor: TheActor, platform: ThePlatform) -> CourseReportsOut:
    found = await reports.course_report(platform, actor)
    return CourseReportsOut(
        [
            CourseReportOut(
                row.id,
                row.title,
                row.status,
                row.learners,
                row.enrolled,
                row.waiting,
                row.begun,
                row.active,
                row.completed,
                row.rate,
                row.median_percent,
            )
            for row in found
        ]
    )


ROUTES = (course_report,)
