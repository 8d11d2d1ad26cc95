"""The routes that need nobody to be signed in."""

from typing import Any

from scholr.web.public import passwords, second_step, sign_in, welcome

ROUTES: tuple[Any, ...] = (*welcome.ROUTES, *sign_in.ROUTES, *second_step.ROUTES, *passwords.ROUTES)
