"""Profiles: how a foreign layout becomes rows of our entities. TOML, see docs/imports.md."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils.translation import gettext as _

from .declarations import importer_for
from .parsers import Formats
from .refusals import FileRefused

SHIPPED = Path(__file__).parent / "profiles"
EVERYTHING = "*"
CONDITIONS = {"column", "is", "is_not", "starts_with", "not_starts_with", "present"}


@dataclass(frozen=True)
class Block:
    """One entity of a profile.

    `columns` map our column to the file's, `compose` to a template such as "{Trust}/{Service}",
    `constants` to a fixed text, `digests` to a key made of the content of file columns; `values`
    translate texts ("*": any other). `where` are conditions on file columns that keep a row; with
    `key` (a template) only the first row of each key is taken.
    """

    entity: str
    columns: Mapping[str, str] = field(default_factory=dict)
    compose: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: tuple[Mapping[str, Any], ...] = ()
    key: str = ""

    @property
    def targets(self) -> list[str]:
        return [*self.columns, *self.compose, *self.constants, *self.digests]


@dataclass(frozen=True)
class Profile:
    """The layout of a file.

    `blocks` is empty for a file in our own layout. `missing` are cells that mean none, in any
    column; `integers_as_floats` names file columns whose 17850.0 is the key 17850;
    `collapse_blanks` makes one ordinary blank of any run of blanks, non-breaking ones included.
    `ignore` names file columns left out on purpose ("*": all that are not used).
    """

    name: str = ""
    title: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    missing: tuple[str, ...] = ()
    integers_as_floats: tuple[str, ...] = ()
    collapse_blanks: bool = False
    ignore: tuple[str, ...] = ()
    formats: Formats = field(default_factory=Formats)
    blocks: tuple[Block, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """A profile from parsed TOML or JSON; raises FileRefused for what it does not know."""
        known = {
            "name", "title", "encoding", "delimiter", "missing", "integers_as_floats",
            "collapse_blanks", "ignore", "formats", "entity",
        }  # fmt: skip
        if unknown := set(data) - known:
            raise FileRefused(
                _("The profile has an unknown setting: %(names)s.")
                % {"names": ", ".join(sorted(unknown))}
            )
        simple = {key: _frozen(value) for key, value in data.items() if key != "entity"}
        simple["formats"] = _formats(data.get("formats", {}))
        return cls(**simple, blocks=tuple(_block(each) for each in data.get("entity", [])))

    def with_formats(self, **changes: Any) -> Self:
        """A copy with other formats: date, instant (strftime patterns), time_zone."""
        given = {name: value for name, value in changes.items() if value}
        if zone := given.pop("time_zone", None):
            given["zone"] = _zone(zone)
        shapes = {
            name: (value,) if isinstance(value, str) else value for name, value in given.items()
        }
        return replace(self, formats=replace(self.formats, **shapes))

    def with_encoding(self, encoding: str | None) -> Self:
        """A copy with another encoding, if one is given."""
        return replace(self, encoding=encoding) if encoding else self


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _formats(data: Mapping[str, Any]) -> Formats:
    known = {"date", "instant", "time_zone", "decimal_comma"}
    if unknown := set(data) - known:
        raise FileRefused(
            _("The profile has an unknown format: %(names)s.") % {"names": ", ".join(unknown)}
        )
    return Formats(
        date=tuple(data.get("date", ())),
        instant=tuple(data.get("instant", ())),
        zone=_zone(data["time_zone"]) if "time_zone" in data else None,
        decimal_comma=data.get("decimal_comma", False),
    )


def _zone(name: str) -> Any:
    """A zone of the IANA database, or that of the organisation."""
    if name == "organisation":
        return settings.BRM.time_zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise FileRefused(_("There is no time zone “%(name)s”.") % {"name": name}) from None


def _block(data: Mapping[str, Any]) -> Block:
    if unknown := set(data) - set(Block.__dataclass_fields__):
        raise FileRefused(
            _("The profile has an unknown setting: %(names)s.")
            % {"names": ", ".join(sorted(unknown))}
        )
    try:
        importer = importer_for(data.get("entity", ""))
    except LookupError as error:
        raise FileRefused(str(error)) from None
    conditions = {name for each in data.get("where", ()) for name in each}
    if unknown := conditions - CONDITIONS:
        raise FileRefused(
            _("The profile has an unknown condition: %(names)s.")
            % {"names": ", ".join(sorted(unknown))}
        )
    block = Block(**{name: _frozen(value) for name, value in data.items()})
    for target in block.targets:
        if importer.column(target) is None:
            raise FileRefused(
                _("The profile fills “%(column)s”, which %(entity)s does not have.")
                % {"column": target, "entity": block.entity}
            )
    return block


def shipped_profiles() -> dict[str, Profile]:
    """The profiles that come with the product, by name."""
    return {path.stem: load_profile(path) for path in sorted(SHIPPED.glob("*.toml"))}


def load_profile(where: str | Path) -> Profile:
    """A profile by the name of a shipped one or by the path of a TOML file."""
    path = Path(where)
    if path.suffix != ".toml":
        path = SHIPPED / f"{where}.toml"
    if not path.is_file():
        names = ", ".join(each.stem for each in sorted(SHIPPED.glob("*.toml")))
        raise FileRefused(
            _("There is no profile “%(name)s”. There are: %(names)s, or the path of a .toml file.")
            % {"name": where, "names": names}
        )
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileRefused(
            _("The profile is not valid TOML: %(error)s.") % {"error": error}
        ) from None
    return Profile.from_dict({"name": path.stem, **data})


def plain_profile(entity: str) -> Profile:
    """Our own layout: the columns of one entity under their own names."""
    return Profile(blocks=(Block(entity),))
