"""The register of processing: what the operator does with personal data, and what of it is where (GDPR art. 30)."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import select

from salus.formats.csv_table import csv_table
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.db import Table
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.kernel.tenants import tenant_named
from salus.shared.privacy.models import Activity
from salus.shared.privacy.rules.processing import STANDARDS, Standard

Form = Literal["csv", "json"]


@dataclass(frozen=True, kw_only=True)
class Described:
    """One activity of processing with all that art. 30(1) asks for."""

    code: str
    title: str
    purpose: str
    legal_basis: str
    subjects: str
    categories: str
    recipients: str
    transfers: str
    retention: str
    security: str
    is_own: bool
    """Whether the operator worded it; else it is as Salus describes itself."""


@query(roles={Role.PERSON, Role.SYSTEM})
def activities(ctx: Context) -> list[Described]:
    """All activities. What is done with people's data is no secret: everybody may read it."""
    own = {one.code: _worded(one) for one in ctx.db.scalars(select(Activity).order_by(Activity.created_at))}
    standard = {one.code: _standard(one) for one in STANDARDS}
    return list((standard | own).values())


@query(roles={Role.ADMINISTRATOR})
def activity(ctx: Context, code: str) -> Described:
    """One activity of the register."""
    found = next((one for one in activities(ctx) if one.code == code), None)
    if found is None:
        raise NotFound
    return found


@query(roles={Role.ADMINISTRATOR}, discloses=True)
def export_register(ctx: Context, form: Form) -> str:
    """The whole register as a file, for a supervisory authority."""
    found = [{"controller": tenant_named(ctx.tenant_id).name} | asdict(one) for one in activities(ctx)]
    ctx.tell(rows=len(found), form=form)
    if form == "json":
        return json.dumps(found, ensure_ascii=False, indent=1)
    return csv_table(list(found[0]), [[str(cell) for cell in one.values()] for one in found])


def _worded(one: Activity) -> Described:
    return Described(
        **{name: getattr(one, name) for name in Described.__dataclass_fields__ if name != "is_own"}, is_own=True
    )


def _standard(one: Standard) -> Described:
    """As Salus describes itself; which data it is, is read off the tables."""
    by_name = {mapper.class_.__tablename__: mapper.class_ for mapper in Table.registry.mappers}
    tables = [by_name[name] for name in one.tables if name in by_name]
    words = {name: getattr(one, name) for name in Standard.__dataclass_fields__ if name != "tables"}
    return Described(**words, categories="; ".join(table.called for table in tables), is_own=False)
