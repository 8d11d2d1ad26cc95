"""What carries events from the outbox to their consumers: this process by default, NATS JetStream by configuration."""
