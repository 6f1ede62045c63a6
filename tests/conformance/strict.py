"""Makes the vendor's data classes strict: what an answer holds and its class does not know is a finding.

The SDK drops unknown members and unknown values of enumerations without a word. Here every `from_dict` notes which
members it asked for, and what `as_dict` gives back of them.
"""

import dataclasses
import re
import sys
import typing


class Asked(dict):
    """A dict that knows which of its members somebody looked at."""

    def __init__(self, values):
        super().__init__(values)
        self.names = set()

    def __contains__(self, name):
        self.names.add(name)
        return super().__contains__(name)

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


def same(raw, parsed):
    """Whether nothing of `raw` was changed; members that are missing inside are found where they are parsed."""
    if isinstance(raw, dict) and isinstance(parsed, dict):
        return all(same(raw[name], parsed[name]) for name in raw if name in parsed)
    if isinstance(raw, list) and isinstance(parsed, list):
        return len(raw) == len(parsed) and all(map(same, raw, parsed))
    return type(raw) is type(parsed) and raw == parsed


def fits(value, kind):
    """Whether a value is of a declared type; classes take whatever they are given."""
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        return any(fits(value, part) for part in typing.get_args(kind))
    if origin is list:
        return isinstance(value, list) and all(fits(item, typing.get_args(kind)[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            fits(name, typing.get_args(kind)[0]) and fits(item, typing.get_args(kind)[1])
            for name, item in value.items())
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    return not isinstance(kind, type) or isinstance(value, kind)


class Findings:
    """What the SDK could not take as it came. `excused` maps (class, member) to the reason why that is right."""

    def __init__(self, excused, envelopes):
        self.excused, self.envelopes = excused, envelopes
        self.used = set()
        self.hints = {}
        self.found = []
        self.answers = []  # (method, path, body), each kept so that its id stays its own
        self.parsed = set()

    def report(self, name, member, value, why):
        if (name, member) in self.excused:
            self.used.add((name, member))
        else:
            self.found.append("%s.%s: %s (%r)" % (name, member, why, value))

    def check(self, name, body, asked, parsed):
        for member, value in body.items():
            if member not in asked:
                self.report(name, member, value, "no such member in the vendor's class")
            elif member not in parsed:
                # An empty list or object is read as none.
                if value not in (None, [], {}):
                    self.report(name, member, value, "lost by the vendor's class")
            elif not same(value, parsed[member]):
                self.report(name, member, value, "read as %r" % (parsed[member],))

    def check_types(self, made):
        cls = type(made)
        if cls not in self.hints:
            self.hints[cls] = typing.get_type_hints(cls)
        for field in dataclasses.fields(cls):
            value, kind = getattr(made, field.name), self.hints[cls][field.name]
            if value is not None and not fits(value, kind):
                self.report(cls.__name__, field.name, value, "not of the declared type %s" % (kind,))

    def take(self):
        """All findings since the last time, with the answers that nobody parsed."""
        for method, path, body in self.answers:
            if body and id(body) not in self.parsed:
                envelope = self.envelopes.get((method, path))
                if envelope is None:
                    self.report(method, re.sub(r"/[0-9]+$", "/{}", path), body,
                                "an answer where the vendor's method expects none")
                else:
                    envelope.from_dict(body)
        self.answers, self.parsed = [], set()
        found, self.found = self.found, []
        return found


def make_strict(module, findings):
    for cls in list(vars(module).values()):
        if not (isinstance(cls, type) and dataclasses.is_dataclass(cls) and "from_dict" in vars(cls)):
            continue

        def from_dict(cls, body, original=vars(cls)["from_dict"].__func__):
            findings.parsed.add(id(body))
            asked = Asked(body)
            made = original(cls, asked)
            findings.check(cls.__name__, body, asked.names, made.as_dict())
            findings.check_types(made)
            return made

        cls.from_dict = classmethod(from_dict)


def watch_answers(client_class, findings):
    """Every JSON answer that `do` gives must be parsed by some class; iterators read theirs without one.

    A test calls `do` itself only through a client that `may_be_untyped`: such a call would cover a route.
    """
    original = client_class.do

    def do(self, method, path=None, *rest, **named):
        caller = sys._getframe(1).f_globals["__name__"]
        if not caller.startswith("databricks.") and not getattr(self, "may_be_untyped", False):
            raise AssertionError("%s calls %s past the typed methods" % (caller, path))
        answer = original(self, method, path, *rest, **named)
        if isinstance(answer, dict) and not named.get("raw"):
            findings.answers.append((method, path, answer))
        return answer

    client_class.do = do
