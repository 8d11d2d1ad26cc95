"""Nothing that bears on safety happens unseen: every event, every permission, every way of looking, every page."""

import re

from scholr.contexts.compliance.handlers import RULES, UNRECORDED
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.actor import Role
from scholr.platform.audit import AccessRefused, RecordRead
from scholr.platform.erasure import PartErased
from scholr.platform.flags.events import FlagChanged
from scholr.web.admin.audit_words import WORDS
from tests.isolation.known import CAPABILITIES
from tests.isolation.sending import send
from tests.isolation.templates import Template, path_of
from tests.support.endpoints import Endpoint, surface_of
from tests.support.populated import LiveWorld
from tests.support.statements import counted_statements

# What using a permission leaves in the log, or why nothing. "looks": reading through it is noted by the route.
PERMISSIONS: dict[str, str] = {
    "identity.manage_people": "identity.member_added",
    "identity.see_people": "identity.people_listed",
    "identity.see_invitations": "identity.invitations_listed",
    "identity.see_organization": "says nothing of anybody",
    "identity.manage_branding": "identity.branding_changed",
    "identity.see_domains": "says nothing of anybody",
    "identity.manage_domains": "identity.domain_claimed",
    "identity.own_privacy": "identity.choice_made",
    "identity.manage_privacy": "identity.directory_changed",
    "auth.see_sessions": "auth.sessions_listed",
    "auth.manage_sessions": "auth.session_ended",
    "auth.manage_sign_in": "auth.sign_in_rule_changed",
    "auth.see_tokens": "auth.tokens_listed",
    "auth.manage_tokens": "auth.token_revoked",
    "auth.own_tokens": "auth.token_created",
    "auth.see_own_account": "one's own",
    "auth.change_own_account": "auth.password_changed",
    "media.upload": "a file of a course; publishing the course is entered",
    "media.see_files": "says nothing of anybody",
    "catalog.see_catalogue": "says nothing of anybody",
    "catalog.see_drafts": "says nothing of anybody",
    "catalog.edit_courses": "catalog.course_published",
    "enrollment.manage_cohorts": "enrollment.cohort_changed",
    "enrollment.enrol_others": "enrollment.learner_enrolled",
    "enrollment.enrol_self": "one's own",
    "enrollment.see_cohorts": "enrollment.roster_read",
    "enrollment.see_own": "one's own",
    "enrollment.import_people": "enrollment.import_started",
    "learning.learn": "one's own",
    "learning.see_own": "one's own",
    "learning.act_for": "kept with its author in learning's log of facts, which only grows",
    "learning.see_progress": "learning.progress_read",
    "learning.set_rules": "learning.completion_rule_changed",
    "learning.see_all_certificates": "learning.certificates_listed",
    "learning.see_reports": "figures over many; taking them as a file is entered (learning.report_exported)",
    "learning.revoke_certificates": "learning.certificate_withdrawn",
    "assessment.author": "content; what it changes in grades is entered",
    "assessment.see": "says nothing of anybody",
    "assessment.see_hidden": "says nothing of anybody",
    "assessment.see_keys": "assessment.keys_read",
    "assessment.take": "one's own",
    "assessment.see_own": "one's own",
    "assessment.act_for": "an attempt that staff begin with a learner before them is kept with the attempt",
    "assessment.accommodate": "assessment.accommodation_given",
    "assessment.see_results": "assessment.gradebook_read",
    "assessment.grade": "assessment.grade_overridden",
    "sync.sync": "one's own",
    "sync.act_for": "a device's completions for a learner are kept in learning's log of facts",
    "compliance.see_log": "compliance.log_read",
    "compliance.erase": "compliance.erasure_confirmed",
    "compliance.see_erasures": "compliance.erasures_read",
    "compliance.own_rights": "compliance.request_made",
    "compliance.see_privacy": "compliance.privacy_read",
    "compliance.manage_privacy": "compliance.hold_placed",
}

# Pages and answers that may be read without an entry, by what they show.
PROGRAM = r"/(actuator|health|openapi|docs|contexts|static|sw\.js|offline|demo/mail|metrics|operate)(\.json|/.*)?"
UNNOTED = {
    "the program itself": PROGRAM,
    "the way in": r"/(forgot|verify|verify-email|logo|sign-in|reset|invitation)?(/.*)?|/api/verify/.*",
    "one's own": r"/(account|learn|switch|palette)(/(privacy|sessions|security.*|tokens|courses.*|certificates|notes))?"
    r"|/learn/assessments/[^/]+|/api/(me(/sessions|/privacy)?|notes|progress|certificates)",
    "looks, domains, groups by name, roles": r"/admin/(branding|catalogue|domain|groups|people/invite"
    r"|security/(roles|second-step)|privacy/holds/new)"
    r"|/api/(organization(/logo)?|domains|groups(/\{group_id\})?|permissions)",
    "content that is taught": r"/(catalogue|teach/(courses|paths|lessons|banks)|api/(courses|lessons|paths))(/.*)?"
    r"|/api/media/.*"
    r"|/teach/assessments/\{assessment_id\}(/questions/.*|/settings)?|/api/assessments/\{assessment_id\}(/questions)?"
    r"|/api/question-banks(/\{bank_id\})?",
    "figures over many, without a name": r"/admin/(privacy/rules|import(/sample\.csv|/\{import_id\}/progress)?|reports)"
    r"|/teach/(results|cohorts(/new|/\{cohort_id\}/settings)?)|/api/(imports(/\{import_id\})?|reports/courses"
    r"|cohorts(/\{cohort_id\})?|assessments/\{assessment_id\}/statistics)",
}


def test_every_event_is_entered_or_has_a_reason() -> None:
    live = {event for module in live_modules() for event in module.events}
    entered = {rule.event for rule in RULES}
    assert live - entered - UNRECORDED.keys() == set(), "say in handlers.py what the log keeps of it, or why nothing"
    assert entered & UNRECORDED.keys() == set()
    assert (entered | UNRECORDED.keys()) - live == {AccessRefused, FlagChanged, PartErased, RecordRead}


def test_what_is_kept_of_an_event_is_no_text_about_people() -> None:
    for rule in RULES:
        assert not {"reason", "name", "email", "title", "note", "text"} & set(rule.details), rule.event.event_type


def test_every_permission_leaves_a_trace_or_has_a_reason() -> None:
    live = {permission.name for module in live_modules() for permission in module.permissions}
    assert live == PERMISSIONS.keys()
    actions = _actions()
    unknown = [said for said in PERMISSIONS.values() if re.fullmatch(r"[a-z]+\.[a-z_]+", said) and said not in actions]
    assert unknown == []


def test_every_entry_has_words() -> None:
    assert _actions() == WORDS.keys()


def _actions() -> set[str]:
    events = {rule.event.event_type for rule in RULES} - {RecordRead.event_type}
    return events | {look.action for module in live_modules() for look in module.looks}


async def test_every_page_that_shows_others_is_noted(world: LiveWorld) -> None:
    """Every GET route, opened by the owner in a school full of objects that others made."""
    surface = await surface_of(world.app)
    wrong, noted = [], 0
    for endpoint in (
        each for each in surface.endpoints if each.method == "GET" and not re.fullmatch(PROGRAM, each.path)
    ):
        found = await _was_noted(world, endpoint)
        noted += found is True
        if found is False and not _may_go_unnoted(endpoint.path):
            wrong.append(endpoint.name)
    assert noted > 40
    assert wrong == [], "note them with platform.audit.note, or say in UNNOTED why they need none"


def _may_go_unnoted(path: str) -> bool:
    return any(re.fullmatch(pattern, path) for pattern in UNNOTED.values())


async def _was_noted(world: LiveWorld, endpoint: Endpoint) -> bool | None:
    """Whether opening it left a note; None for what shows nothing to the owner (it leads on, or there is nothing)."""
    known = {**world.ours.ids, **dict.fromkeys(CAPABILITIES, "nothing")}
    known["code"] = world.ours.ids["code"]
    request = Template(endpoint, path_of(endpoint, known)).filled(lambda hole: known[hole.kind])
    with counted_statements() as sent:
        answer = await send(world.signed_in(Role.OWNER), request)
    if answer.status_code != 200:
        return None
    return any("platform_note" in each for each in sent)
