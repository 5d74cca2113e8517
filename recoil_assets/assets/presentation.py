"""Facts of production as Dagster metadata: pictures in Markdown, tables, paths, plain values."""

import base64
from decimal import Decimal
from pathlib import Path

import dagster as dg

from recoil_assets.domain.money import show
from recoil_assets.production.outcome import Fact, Facts, Picture, Table


def metadata_of(facts: Facts) -> dict[str, dg.MetadataValue]:
    """The facts as metadata values; empty texts and empty tables say nothing and are left out."""
    return {name: _value(fact) for name, fact in facts.items() if not _says_nothing(fact)}


def _says_nothing(fact: Fact) -> bool:
    return fact == "" or (isinstance(fact, Table) and not fact.rows)


def _value(fact: Fact) -> dg.MetadataValue:  # noqa: PLR0911  one return a type
    if isinstance(fact, Picture):
        encoded = base64.b64encode(fact.webp).decode()
        return dg.MetadataValue.md(f"![{fact.caption}](data:image/webp;base64,{encoded})\n\n{fact.caption}")
    if isinstance(fact, Table):
        return table(fact)
    if isinstance(fact, Path):
        return dg.MetadataValue.path(str(fact))
    if isinstance(fact, Decimal):
        return dg.MetadataValue.text(show(fact))
    if isinstance(fact, bool):
        return dg.MetadataValue.bool(fact)
    if isinstance(fact, int):
        return dg.MetadataValue.int(fact)
    if isinstance(fact, float):
        return dg.MetadataValue.float(fact)
    return dg.MetadataValue.text(fact)


def table(rows: Table) -> dg.MetadataValue:
    """Rows as a Dagster table; column types are read off the first row."""
    names = {int: "int", float: "float", bool: "bool"}
    columns = [
        dg.TableColumn(name=name, type=names.get(type(value), "string"))
        for name, value in rows.rows[0].items()
    ]
    records = [
        dg.TableRecord({name: "" if value is None else value for name, value in row.items()})
        for row in rows.rows
    ]
    return dg.MetadataValue.table(records=records, schema=dg.TableSchema(columns=columns))
