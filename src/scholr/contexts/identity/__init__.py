"""Organisations (tenants), people (global, thin), memberships and roles (per tenant)."""
