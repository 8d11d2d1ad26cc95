"""Every route has a class, and the table names none that is gone."""

from scholr.entrypoints.site import live_routes
from scholr.platform.observability.route_class import NAMED, TRANSFER, class_of


def _routes() -> set[tuple[str, str]]:
    return {(method, route.path_format) for route in live_routes().routes for method in getattr(route, "methods", ())}


def test_every_named_route_exists() -> None:
    assert NAMED.keys() <= _routes()


def test_classes_follow_from_the_shape_of_a_route() -> None:
    assert class_of("GET", "/learn/courses/{course_id}") == "page"
    assert class_of("POST", "/learn/notes/{note_id}") == "form"
    assert class_of("GET", "/api/notes") == "api"
    assert class_of("GET", "/admin/reports/courses.csv") == TRANSFER
    assert class_of("GET", "/health/live") == "probe"
    assert class_of("GET", "unmatched") == "other"
    assert class_of("OPTIONS", "/learn") == "other"


def test_the_classes_of_all_routes_are_few() -> None:
    assert len({class_of(*route) for route in _routes()}) <= 12
