"""Every table of the application, for the comparison of the models with the migrated schema."""

import importlib
import pkgutil

from sqlalchemy import MetaData

import scholr.contexts
import scholr.platform
from scholr.platform.db.tables import Base


def _load_tables() -> MetaData:
    for package in (scholr.platform, scholr.contexts):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(".tables"):
                importlib.import_module(module.name)
    return Base.metadata


METADATA = _load_tables()
