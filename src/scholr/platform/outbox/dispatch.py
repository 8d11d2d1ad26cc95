"""Handing an event to its consumers: each once, in its own transaction, as the event's tenant."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import structlog

from scholr.kernel.actor import ActorKind
from scholr.kernel.events import Event
from scholr.platform.broker.cloudevent import CloudEvent
from scholr.platform.db.database import Database
from scholr.platform.db.retry import retried
from scholr.platform.db.statement import statement
from scholr.platform.module import Module, Subscription
from scholr.platform.observability.trace import Facts, Part
from scholr.platform.outbox import parked
from scholr.platform.outbox.codec import decode_event
from scholr.platform.outbox.origin import decode_origin, originating
from scholr.platform.reason import reason_of
from scholr.platform.runtime import Platform

log = structlog.get_logger("scholr.outbox")

HANDLER_SECONDS = 20.0

# No row when this consumer has had the event: its effect is committed, so nothing is done again.
_REMEMBER = statement(
    "insert into platform_inbox (tenant_id, consumer, event_id) values ($1, $2, $3) on conflict do nothing"
)


class Dispatcher:
    """Knows every module's subscriptions. `worker_db` writes down what a consumer could not take."""

    def __init__(self, platform: Platform, worker_db: Database, modules: Sequence[Module]) -> None:
        self._platform = platform
        self._db = worker_db
        self._by_type: dict[str, list[Subscription]] = defaultdict(list)
        self._by_name: dict[str, Subscription] = {}
        for module in modules:
            for subscription in module.subscriptions:
                if subscription.consumer in self._by_name:
                    raise ValueError(f"two consumers are called {subscription.consumer}")
                self._by_name[subscription.consumer] = subscription
                self._by_type[subscription.event.event_type].append(subscription)

    async def dispatch(self, event: CloudEvent) -> None:
        """Let every consumer handle the event; what fails, or waits behind an earlier failure, is parked."""
        subscriptions = self._by_type.get(event.type)
        if subscriptions:
            subscriptions = [each for each in subscriptions if _concerns(each, event)]
        if not subscriptions:
            return
        async with self._db.read(None) as rx:
            blocked = await parked.consumers_behind(rx, event)
        for subscription in subscriptions:
            if subscription.consumer in blocked:
                await self._park(subscription, event, attempts=0, reason="waits for an earlier event of the same thing")
                continue
            error = await self.try_handle(subscription, event)
            if error is not None:
                await self._park(subscription, event, attempts=1, reason=error)

    def consumer(self, name: str) -> Subscription | None:
        return self._by_name.get(name)

    async def try_handle(self, subscription: Subscription, event: CloudEvent) -> str | None:
        """Handle the event unless that was done before; returns why it could not be, or None."""
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                origin = originating(decode_origin(event.origin, event.tenant_id))
                with self._part(subscription, event), origin:
                    await self._handle(subscription, event)
        except Exception as error:  # the boundary of foreign code: kept with the delivery and logged
            log.warning("event not handled", consumer=subscription.consumer, event_id=str(event.id), exc_info=error)
            return reason_of(error)
        return None

    def _part(self, subscription: Subscription, event: CloudEvent) -> Part:
        name = f"event {subscription.consumer}"
        facts = partial(_facts, subscription, event)
        return self._platform.signals.tracer.part(name, "consumer", event.traceparent, facts)

    @retried
    async def _handle(self, subscription: Subscription, event: CloudEvent) -> None:
        fact = _fact(subscription, event)
        if subscription.when is not None and not subscription.when(fact):
            return
        async with self._platform.db.write(event.tenant_id) as tx:
            if await tx.execute(_REMEMBER, subscription.consumer, event.id):
                await subscription.handler(tx, fact)

    async def _park(self, subscription: Subscription, event: CloudEvent, *, attempts: int, reason: str) -> None:
        due_at = self._platform.clock.now() + parked.backoff(attempts)
        async with self._db.write(None) as tx:
            await parked.park(tx, subscription.consumer, event, attempts, due_at, reason)


def _facts(subscription: Subscription, event: CloudEvent) -> Facts:
    return {
        "scholr.name": subscription.consumer,
        "scholr.event_type": event.type,
        "scholr.tenant_id": str(event.tenant_id),
        "scholr.actor_kind": ActorKind.SYSTEM.value,
    }


def _concerns(subscription: Subscription, event: CloudEvent) -> bool:
    """Whether the consumer wants this one. What cannot be looked at is wanted, so that it is parked and seen."""
    if subscription.when is None:
        return True
    try:
        return subscription.when(_fact(subscription, event))
    except Exception as error:  # the boundary of foreign code: it fails once more when handled, and is kept there
        log.warning("event not looked at", consumer=subscription.consumer, event_id=str(event.id), exc_info=error)
        return True


def _fact(subscription: Subscription, event: CloudEvent) -> Event:
    return decode_event(
        subscription.event,
        event.data,
        tenant_id=event.tenant_id,
        aggregate_id=event.aggregate_id,
        occurred_at=event.time,
        event_id=event.id,
    )
