"""Background work on PostgreSQL: enqueued with the state that asks for it, run fairly between tenants.

`from scholr.platform.jobs import enqueue`; a job's `run` receives a `scholr.platform.jobs.job.Job`.
"""

from scholr.platform.jobs.queue import enqueue

__all__ = ["enqueue"]
