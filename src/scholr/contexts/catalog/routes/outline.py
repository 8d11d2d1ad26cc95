"""Sections and lessons of a draft: add, name, order, remove, bring back."""

from uuid import UUID

from litestar.params import FromPath, JSONBody

from scholr.contexts.catalog.schemas import (
    Created,
    CreateLesson,
    CreateSection,
    Order,
    OutlineOrder,
    OutlineOut,
    UpdateSection,
    outline_out,
)
from scholr.contexts.catalog.service import outline
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform

TAGS = ["course outline"]


@api.post("/api/courses/{course_id:uuid}/sections", tags=TAGS, summary="Add a section")
async def add_section(
    course_id: FromPath[UUID], data: JSONBody[CreateSection], actor: TheActor, platform: ThePlatform
) -> Created:
    return Created(await outline.add_section(platform, actor, course_id=course_id, title=data.title, index=data.index))


@api.put("/api/courses/{course_id:uuid}/outline", tags=TAGS, summary="Arrange sections and lessons")
async def arrange(
    course_id: FromPath[UUID], data: JSONBody[OutlineOrder], actor: TheActor, platform: ThePlatform
) -> OutlineOut:
    """The order names everything that is there, once; 409 `outline_changed` otherwise."""
    order = [(section.id, section.lessons) for section in data.sections]
    return outline_out(await outline.arrange(platform, actor, course_id=course_id, order=order))


@api.put("/api/courses/{course_id:uuid}/sections/order", tags=TAGS, summary="Order the sections")
async def order_sections(
    course_id: FromPath[UUID], data: JSONBody[Order], actor: TheActor, platform: ThePlatform
) -> OutlineOut:
    return outline_out(await outline.arrange_sections(platform, actor, course_id=course_id, section_ids=data.order))


@api.put("/api/sections/{section_id:uuid}/lessons/order", tags=TAGS, summary="Order the lessons of a section")
async def order_lessons(
    section_id: FromPath[UUID], data: JSONBody[Order], actor: TheActor, platform: ThePlatform
) -> OutlineOut:
    return outline_out(await outline.arrange_lessons(platform, actor, section_id=section_id, lesson_ids=data.order))


@api.patch("/api/sections/{section_id:uuid}", tags=TAGS, summary="Rename a section")
async def rename_section(
    section_id: FromPath[UUID], data: JSONBody[UpdateSection], actor: TheActor, platform: ThePlatform
) -> Created:
    await outline.rename_section(platform, actor, section_id=section_id, title=data.title)
    return Created(section_id)


@api.delete("/api/sections/{section_id:uuid}", tags=TAGS, summary="Remove a section with its lessons")
async def remove_section(section_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await outline.remove_section(platform, actor, section_id=section_id)


@api.post("/api/sections/{section_id:uuid}/restore", tags=TAGS, summary="Bring a section back", status_code=200)
async def restore_section(section_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Created:
    await outline.restore_section(platform, actor, section_id=section_id)
    return Created(section_id)


@api.post("/api/sections/{section_id:uuid}/lessons", tags=TAGS, summary="Add a lesson")
async def add_lesson(
    section_id: FromPath[UUID], data: JSONBody[CreateLesson], actor: TheActor, platform: ThePlatform
) -> Created:
    return Created(await outline.add_lesson(platform, actor, section_id=section_id, title=data.title, index=data.index))


@api.post("/api/lessons/{lesson_id:uuid}/duplicate", tags=TAGS, summary="Copy a lesson")
async def duplicate_lesson(lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Created:
    return Created(await outline.duplicate_lesson(platform, actor, lesson_id=lesson_id))


@api.delete("/api/lessons/{lesson_id:uuid}", tags=TAGS, summary="Remove a lesson")
async def remove_lesson(lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    """Out of the draft; learners keep it until the next publishing."""
    await outline.remove_lesson(platform, actor, lesson_id=lesson_id)


@api.post("/api/lessons/{lesson_id:uuid}/restore", tags=TAGS, summary="Bring a lesson back", status_code=200)
async def restore_lesson(lesson_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Created:
    await outline.restore_lesson(platform, actor, lesson_id=lesson_id)
    return Created(lesson_id)


ROUTES = (
    add_section,
    arrange,
    order_sections,
    order_lessons,
    rename_section,
    remove_section,
    restore_section,
    add_lesson,
    duplicate_lesson,
    remove_lesson,
    restore_lesson,
)
