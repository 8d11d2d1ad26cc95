"""The manifest of compliance."""

from datetime import timedelta

from scholr.contexts.compliance.events import EVENTS
from scholr.contexts.compliance.handlers import SUBSCRIPTIONS
from scholr.contexts.compliance.jobs import checkpoint, export_person, forget_export, tidy
from scholr.contexts.compliance.policy import LOOKS, PERMISSIONS
from scholr.contexts.compliance.service.exporting import EXPORT_JOB, FORGET_FILE_JOB, ExportToMake, FileToForget
from scholr.platform.module import JobDefinition, Module, PeriodicTask


def module() -> Module:
    return Module(
        name="compliance",
        routes=(
            "scholr.contexts.compliance.routes.log",
            "scholr.contexts.compliance.routes.erasures",
            "scholr.contexts.compliance.routes.rights",
        ),
        events=EVENTS,
        subscriptions=SUBSCRIPTIONS,
        jobs=(
            JobDefinition(EXPORT_JOB, ExportToMake, export_person, timeout=timedelta(minutes=15)),
            JobDefinition(FORGET_FILE_JOB, FileToForget, forget_export),
        ),
        periodic=(
            PeriodicTask(
                "compliance.checkpoint",
                timedelta(hours=1),
                checkpoint,
                tenants="compliance_tenants_to_sign",
                attempts=5,
            ),
            PeriodicTask("compliance.tidy", timedelta(days=1), tidy, tenants="compliance_tenants_to_tidy"),
        ),
        permissions=PERMISSIONS,
        looks=LOOKS,
    )
