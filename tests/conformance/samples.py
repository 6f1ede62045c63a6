"""Requests that use every field of the vendor's classes, made from the classes themselves.

So a field that a later SDK adds is asked of the emulator without anybody having thought of it.
"""

import dataclasses
import enum
import typing


def sample(kind, name, above=()):
    """A value of that type; None where a class holds itself."""
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        return sample(next(part for part in typing.get_args(kind) if part is not type(None)), name, above)
    if origin is list:
        value = sample(typing.get_args(kind)[0], name, above)
        return None if value is None else [value]
    if origin is dict:
        value = sample(typing.get_args(kind)[1], name, above)
        return {"some key": value} if isinstance(value, str) else None if value is None else {"key": value}
    if kind is bool:
        return True
    if kind is int:
        return 11
    if kind is float:
        return 2.5
    if kind is str:
        return "some " + name.replace("_", " ")
    if kind.__module__.startswith("google.protobuf"):
        return kind(seconds=1700000000)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if dataclasses.is_dataclass(kind):
        return None if kind in above else filled(kind, above)
    raise TypeError("no sample of %r for %s" % (kind, name))


def filled(cls, above=(), **given):
    """An object of a vendor's class with a value in every field; `given` says what some are (None: not there)."""
    hints = typing.get_type_hints(cls)
    values = {}
    for field in dataclasses.fields(cls):
        values[field.name] = (given[field.name] if field.name in given
                              else sample(hints[field.name], field.name, (*above, cls)))
    return cls(**values)


def enum_of(cls, field):
    """The values of the enumeration that a field holds."""
    kind = typing.get_type_hints(cls)[field]
    for part in (kind, *typing.get_args(kind)):
        if isinstance(part, type) and issubclass(part, enum.Enum):
            return list(part)
    raise TypeError("%s.%s is no enumeration" % (cls.__name__, field))


def arguments(request):
    """The fields of an object as the vendor's methods take them: one by one, as objects."""
    return {field.name: getattr(request, field.name) for field in dataclasses.fields(request)
            if getattr(request, field.name) is not None}
