"""The bounded contexts; which may call which is held by `.importlinter`."""
