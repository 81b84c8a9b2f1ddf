"""Factories of people, organizations and areas."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import factory
from django.apps import apps
from django.db import connection
from factory.django import DjangoModelFactory

from ccs import migrations
from ccs.models import Area, Organization, RuleValue, User


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    kind = Organization.Kind.CONTRACTOR
    name = factory.Sequence(lambda number: f"한결종합건설 {number}")


class OrderingBodyFactory(OrganizationFactory):
    kind = Organization.Kind.ORDERING_BODY
    name = factory.Sequence(lambda number: f"새봄구청 {number}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"person{number}")
    name = factory.Sequence(lambda number: f"김하늘{number}")
    language = "en"
    organization = factory.SubFactory(OrganizationFactory)


class AreaFactory(DjangoModelFactory):
    class Meta:
        model = Area
        skip_postgeneration_save = True

    kind = Area.Kind.DISTRICT
    code = factory.Sequence(lambda number: f"T{number:05}")
    names = factory.LazyAttribute(lambda area: {"ko": f"{area.code}구", "en": f"{area.code}-gu"})

    @factory.post_generation
    def own_path(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        above = self.parent.path if self.parent else []
        self.path, self.level = [*above, self.pk], len(above)
        if create:
            self.save()


def first_rules() -> None:
    """Put the dated rules of a new installation back, which a flush of the tables removed."""
    if not RuleValue.objects.exists():
        with connection.schema_editor() as editor:
            for name in sorted(found.name for found in pkgutil.iter_modules(migrations.__path__)):
                module = importlib.import_module(f"{migrations.__name__}.{name}")
                if add_rules := getattr(module, "add_rules", None):
                    add_rules(apps, editor)
