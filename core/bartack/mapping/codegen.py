"""Turns a mapping into the source of one Python function ``draft(r, q)``: a native row in, a draft of the contract out.

The generated function reads each path once, tells absent (``A``), empty (``None``) and a value apart, and calls the
normalizers directly. It is as long as the mapping, and has no loop but those over the row's own lists. With ``trace`` it
also reports every value it moved, which is what ``explain`` shows; both come from the same lines below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel

from bartack.errors import ConfigError
from bartack.mapping import runtime
from bartack.mapping.chain import Chain
from bartack.mapping.emitter import Emitter, Scope
from bartack.mapping.loader import LoadedMapping, Location, near
from bartack.mapping.rules import Condition, Rule, Use
from bartack.mapping.targets import Target, target_of
from bartack.normalizers.base import CONTEXT_PARAMETERS, Noted, Registry, check_parameters
from bartack.paths import ABSENT, resolve
from bartack.settings import Locale

__all__ = ["Generated", "Site", "generate"]

Drafted = tuple[Any, dict[str, Any] | None, bool]
"""Identity, draft (None: skipped by rule), and whether a required value is missing."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place of a mapping where a value is made. ``field`` holds ``[]`` where a list index goes."""

    field: str
    paths: tuple[str, ...]
    rule: str
    place: str
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generated:
    """The compiled function with its table of sites, and its source for whoever wants to read it."""

    draft: Callable[..., Drafted]
    sites: tuple[Site, ...]
    source: str


def generate(
    loaded: LoadedMapping, model: type[BaseModel], key: Rule, registry: Registry, locale: Locale, *, trace: bool = False
) -> Generated:
    """Compile ``loaded`` for ``model``.

    Raises
    ------
    ConfigError
        a field the contract does not have, an unknown normalizer, or a parameter it does not take; names file and line.
    """
    return _Generator(loaded, registry, locale, trace=trace).run(model, key)


class _Generator:
    def __init__(self, loaded: LoadedMapping, registry: Registry, locale: Locale, *, trace: bool) -> None:
        self.loaded = loaded
        self.registry = registry
        self.locale = locale
        self.trace = trace
        self.out = Emitter()
        self.sites: list[Site] = []
        self.q = "q"
        self.item: tuple[str, ...] = ()
        self.element: tuple[str, ...] = ()
        self.over: tuple[str, ...] = ()

    def run(self, model: type[BaseModel], key: Rule) -> Generated:
        out = self.out
        out.line("bad = False")
        row = out.scope("r")
        for condition in self.loaded.mapping.when:
            with out.block(f"if not ({self.condition(condition, row, self.out.name())})"):
                out.line("return None, None, False")
        identity = self.value(key, row, Target(), "id", ("id",))
        out.line("o = {}")
        for name, node in _tree(self.loaded).items():
            self.field(node, row, model, name, name, "o")
        out.line(f"return {identity}, o, bad")
        source = out.source(f"draft(r, q{', t' if self.trace else ''})")
        namespace: dict[str, Any] = {
            "A": ABSENT,
            "NONE_SENT": {},
            "NULLS": runtime.NULLS,
            "Noted": Noted,
            "resolve": resolve,
            "sink": runtime.Sink(),
            **{name: getattr(runtime, name) for name in runtime.__all__},
            **out.namespace,
        }
        exec(compile(source, f"<mapping {self.loaded.file}>", "exec"), namespace)  # noqa: S102 - source made above, data only by repr
        return Generated(namespace["draft"], tuple(self.sites), source)

    # -- fields -------------------------------------------------------------------------------------------------------

    def field(
        self, node: Rule | dict[str, Any], scope: Scope, model: type[BaseModel], name: str, field: str, into: str
    ) -> None:
        """Compile one field of ``model`` and put it into the dict ``into`` when it was sent."""
        written = next(
            (key for key in self.loaded.mapping.fields if key == field or key.startswith(f"{field}.")), field
        )
        location: Location = ("fields", written)
        if name not in model.model_fields:
            fault = f"{model.__name__} has no field {name!r}{near(name, model.model_fields)}"
            raise self.fault(fault, location)
        target = target_of(model, name)
        if isinstance(node, dict):
            if target.model is None or target.many or target.coded:
                raise self.fault(f"{field!r} has no fields of its own: write one rule for {name!r}", location)
            inner = self.out.name("n")
            self.out.line(f"{inner} = {{}}")
            for key, child in node.items():
                self.field(child, scope, target.model, key, f"{field}.{key}", inner)
            variable = self.out.name()
            self.out.line(f"{variable} = whole({inner})")
        else:
            variable = self.value(node, scope, target, field, location)
        with self.out.block(f"if {variable} is not A"):
            self.out.line(f"{into}[{name!r}] = {variable}")

    def value(self, rule: Rule, scope: Scope, target: Target, field: str, location: Location) -> str:
        """Compile a rule; return the variable that holds A, None or the value."""
        if target.many:
            variable = self.many(rule, scope, target, field, location)
            if rule.required:
                site = self.site(rule, field, location)
                with self.out.block(f"if nothing({variable})"):
                    self.out.line(f"bad = missing(q, {site}, {variable})")
            return variable
        if rule.each is not None or rule.over is not None or rule.split is not None:
            raise self.fault(f"{field!r} holds one value: each, over and split make lists", location)
        guard = self.guard(rule, scope, field, location)
        if guard is None:
            return self.single(rule, scope, target, field, location)
        variable = self.out.name()
        self.out.line(f"{variable} = A")
        with self.out.block(f"if {guard}"):
            self.out.line(f"{variable} = {self.single(rule, scope, target, field, location)}")
        return variable

    def single(self, rule: Rule, scope: Scope, target: Target, field: str, location: Location) -> str:
        """Compile a rule that gives one value."""
        site = self.site(rule, field, location)
        raw, alternative, sent = self.raw(rule, scope, target, field, location, site)
        variable = self.finish(rule, scope, target, raw, alternative, site, location)
        if rule.required:
            with self.out.block(f"if {variable} is A or {variable} is None or {variable} == ()"):
                self.out.line(f"bad = missing({self.q}, {site}, {sent}, {alternative})")
        if rule.fields is None:
            self.traced(site, sent, alternative, variable)
        return variable

    def traced(self, site: int, raw: str, alternative: str, variable: str) -> None:
        """Emit the report of a value that was moved, where this is the function for ``explain``."""
        if self.trace:
            self.out.line(f"t.append(({site}, {raw}, {alternative}, {variable}, {self.where()}))")

    def where(self) -> str:
        """Return the two tuples of indices that tell the place in nested lists."""
        return ", ".join("(" + "".join(f"{one}, " for one in stack) + ")" for stack in (self.item, self.element))

    # -- where a value comes from ----------------------------------------------------------------------------------------

    def raw(
        self, rule: Rule, scope: Scope, target: Target, field: str, location: Location, site: int
    ) -> tuple[str, str, str]:
        """Compile the source of a rule.

        Return the variables of the raw value (A, None, value), of the alternative taken, and of what the source sent.
        """
        out = self.out
        variable = out.name()
        if rule.first is not None:
            inner = Target() if rule.use or rule.values is not None else target
            variable, alternative = self.first(rule.first, scope, inner, field, location)
            return variable, alternative, variable
        if rule.join is not None:
            parts = [self.part(one, scope, field, (*location, "join", at)) for at, one in enumerate(rule.join)]
            self.guarded(f"joined({rule.with_!r}, {', '.join(parts)})", variable, f"[{', '.join(parts)}]", "None", site)
        elif rule.fields is not None:
            self.object(rule.fields, scope, target, field, location, variable)
        elif rule.ref is not None and rule.id is not None:
            return variable, "None", self.reference(rule, scope, field, location, variable, site)
        elif rule.of is not None and rule.function is not None:
            arguments = [self.part(one, scope, field, (*location, "of", at)) for at, one in enumerate(rule.of)]
            call = self.out.constant(self.function(rule.function, (*location, "function")))
            absent = " is ".join([*arguments, "A"])
            sent = arguments[0]
            if len(arguments) > 1:
                sent = out.name()
                given = ", ".join(f"None if {one} is A else {one}" for one in arguments)
                out.line(f"{sent} = A if {absent} else [{given}]")
            out.line(f"{variable} = A")
            with out.block(f"if not ({absent})"):
                self.guarded(f"{call}({'*' if len(arguments) > 1 else ''}{sent})", variable, sent, "None", site)
            return variable, "None", sent
        elif rule.path is not None:
            out.leaf(scope, rule.path, variable)
            out.line(f"if {variable}.__class__ is str and (not {variable} or {variable}.isspace()): {variable} = None")
        elif "const" in rule.model_fields_set:
            out.line(f"{variable} = {out.constant(rule.const)}")
        else:
            out.line(f"{variable} = {scope.variable}")
            out.line(f"if {variable}.__class__ is str and (not {variable} or {variable}.isspace()): {variable} = None")
        return variable, "None", variable

    def part(self, rule: Rule, scope: Scope, field: str, location: Location) -> str:
        """Compile a rule whose value is only a part of a field's: nothing is known of its type."""
        kept, self.trace = self.trace, False
        variable = self.value(rule, scope, Target(), field, location)
        self.trace = kept
        return variable

    def first(
        self, rules: tuple[Rule, ...], scope: Scope, target: Target, field: str, location: Location
    ) -> tuple[str, str]:
        """Compile alternatives: the first that has a value wins; sent but empty beats not sent."""
        variable, which = self.out.name(), self.out.name("w")
        self.out.line(f"{variable} = A; {which} = None")
        kept, self.trace = self.trace, False
        for number, rule in enumerate(rules):
            with self.out.block(f"if {variable} is A or {variable} is None"):
                found = self.value(rule, scope, target, field, (*location, "first", number))
                with self.out.block(f"if {found} is not A"):
                    self.out.line(f"{variable} = {found}; {which} = {number}")
        self.trace = kept
        return variable, which

    def object(
        self, fields: dict[str, Rule], scope: Scope, target: Target, field: str, location: Location, variable: str
    ) -> None:
        """Compile a nested object; constants do not make an object out of nothing."""
        if target.model is None:
            raise self.fault(f"{field!r} has no fields of its own", location)
        inner = self.out.name("n")
        self.out.line(f"{inner} = {{}}")
        constants = {name: rule for name, rule in fields.items() if "const" in rule.model_fields_set}
        for name, rule in fields.items():
            if name not in constants:
                self.nested(rule, scope, target.model, name, field, location, inner)
        self.out.line(f"{variable} = whole({inner})")
        for name, rule in constants.items():
            self.known(target, name, (*location, "fields", name))
            with self.out.block(f"if {variable}.__class__ is dict"):
                self.out.line(f"{variable}[{name!r}] = {self.out.constant(rule.const)}")

    def nested(
        self, rule: Rule, scope: Scope, model: type[BaseModel], name: str, field: str, location: Location, into: str
    ) -> None:
        """Compile one field of a nested object."""
        inner = (*location, "fields", name)
        if name not in model.model_fields:
            raise self.fault(f"{model.__name__} has no field {name!r}{near(name, model.model_fields)}", inner)
        variable = self.value(rule, scope, target_of(model, name), f"{field}.{name}", inner)
        with self.out.block(f"if {variable} is not A"):
            self.out.line(f"{into}[{name!r}] = {variable}")

    def reference(self, rule: Rule, scope: Scope, field: str, location: Location, variable: str, site: int) -> str:
        """Compile a reference: id as text, and a name when there is one; return the variable of the id as sent."""
        assert rule.id is not None  # noqa: S101 - Rule checks it
        raw = self.part(rule.id, scope, field, (*location, "id"))
        name = self.part(rule.name, scope, field, (*location, "name")) if rule.name is not None else None
        self.out.line(f"{variable} = {raw}")
        with self.out.block(f"if not nothing({variable})"):
            self.guarded(f"identifier({raw})", variable, raw, "None", site)
            with self.out.block(f"if {variable} is not None"):
                self.out.line(f"{variable} = {{'contract': {rule.ref!r}, 'id': {variable}}}")
                if name is not None:
                    self.out.line(f"if not nothing({name}): {variable}['name'] = {name}")
        return raw

    # -- what happens to a value ------------------------------------------------------------------------------------------

    def finish(
        self, rule: Rule, scope: Scope, target: Target, raw: str, alternative: str, site: int, location: Location
    ) -> str:
        """Compile what happens to a raw value, if there is one."""
        if not self.changes(rule, target):
            return raw
        variable = self.out.name()
        self.out.line(f"{variable} = {raw}")
        with self.out.block(f"if {variable} is not A and {variable} is not None"):
            self.change(rule, scope, target, variable, raw, alternative, site, location)
        return variable

    def changes(self, rule: Rule, target: Target) -> bool:
        """Say whether anything happens to the raw value on its way."""
        return bool(rule.use or rule.values is not None or rule.extras or (target.coded and rule.fields is None))

    def change(
        self,
        rule: Rule,
        scope: Scope,
        target: Target,
        variable: str,
        raw: str,
        alternative: str,
        site: int,
        location: Location,
    ) -> None:
        """Compile normalizers, code table and extras over ``variable``, which has a value."""
        if rule.use:
            self.guarded(self.call(rule.use, scope, raw, location), variable, raw, alternative, site)
        if rule.values is not None:
            self.coded(rule, target, variable, raw, alternative, site, location)
        elif target.coded and rule.fields is None:
            with self.out.block(f"if {variable}.__class__ is not dict"):
                self.coded(rule, target, variable, raw, alternative, site, location)
        for name, written in rule.extras.items():
            self.beside(name, written, scope, target, variable, site, location)

    def guarded(self, call: str, variable: str, raw: str, alternative: str, site: int) -> None:
        """Emit a call whose failure is a finding, not an exception."""
        where = f"{self.q}, {site}"
        rest = f"{raw}, {alternative}, {self.where()}"
        self.out.line(f"try: {variable} = {call}")
        self.out.line(f"except Exception as e: {variable} = fail({where}, e, {rest})")
        self.out.line(f"if {variable}.__class__ is Noted: {variable} = noted({where}, {variable}, {rest})")

    def call(self, chain: tuple[Use, ...], scope: Scope, raw: str, location: Location) -> str:
        """Return the expression that runs a chain of normalizers over ``raw``."""
        steps, dynamic = [], []
        for at, use in enumerate(chain):
            place = (*location, "use", at)
            constants, from_row = self.parameters(use, scope, place)
            function = self.function(use.name, place)
            steps.append(partial(function, **constants) if constants else function)
            if len(chain) == 1:
                arguments = "".join(f", {name}={code}" for name, code in from_row.items())
                return f"{self.out.constant(steps[0])}({raw}{arguments})"
            dynamic.append("{" + ", ".join(f"{name!r}: {code}" for name, code in from_row.items()) + "}")
        return f"{self.out.constant(Chain(tuple(steps)))}({raw}, ({', '.join(dynamic)}))"

    def parameters(self, use: Use, scope: Scope, location: Location) -> tuple[dict[str, Any], dict[str, str]]:
        """Split a normalizer's parameters into constants (the source's defaults among them) and code that reads the row."""
        import inspect

        function = self.function(use.name, location)
        accepted = inspect.signature(function).parameters
        known = list(accepted)[1:]
        constants = {
            name: value
            for name in CONTEXT_PARAMETERS
            if name in known and (value := getattr(self.locale, name)) is not None
        }
        from_row: dict[str, str] = {}
        for name, parameter in use.parameters.items():
            if name not in known:
                taken = ", ".join(known) or "none"
                raise self.fault(
                    f"{use.name} takes no parameter {name!r}{near(name, known)} (it takes: {taken})", location
                )
            if parameter.rule is None:
                constants[name] = parameter.constant
                continue
            kept, self.q = self.q, "sink"
            variable = self.part(parameter.rule, scope, use.name, location)
            self.q = kept
            default = self.out.constant(constants.pop(name, accepted[name].default))
            from_row[name] = f"{default} if {variable} is A or {variable} is None else {variable}"
        try:
            inspect.signature(function).bind("", **constants, **dict.fromkeys(from_row))
        except TypeError as error:
            raise self.fault(f"{use.name}: {error}", location) from None
        try:
            check_parameters(function, constants)
        except ConfigError as error:
            raise self.fault(f"{use.name}: {error.message}", location) from None
        return constants, from_row

    def function(self, name: str, location: Location) -> Callable[..., Any]:
        """Return the registered function, or raise with the nearest name."""
        found = self.registry.get(name)
        if found is None:
            raise self.fault(f"no normalizer named {name!r}{near(name, self.registry.names())}", location)
        return found

    def coded(
        self, rule: Rule, target: Target, variable: str, raw: str, alternative: str, site: int, location: Location
    ) -> None:
        """Compile a code table; a word it does not know becomes ``unknown`` (or null), with the raw word kept."""
        words = target.words
        table = dict(rule.values) if rule.values is not None else {word: word for word in words or ()}
        wrong = [word for word in table.values() if words is not None and word is not None and word not in words]
        if wrong:
            allowed = ", ".join(sorted(words or ()))
            raise self.fault(f"{wrong[0]!r} is no word of this field (words: {allowed})", (*location, "values"))
        out = self.out
        word = out.name("c")
        known = out.constant(table)
        out.line(f"{word} = {known}.get(text({variable}), A)")
        otherwise = out.constant(table.get("*", "unknown" if words is None or "unknown" in words else None))
        with out.block(f"if {word} is A"):
            if "*" in table:
                out.line(f"{word} = {otherwise}")
            else:
                out.line(f"{word} = unknown_code({self.q}, {site}, {raw}, {otherwise}, {alternative}, {self.where()})")
        if target.coded:
            is_constant = "const" in rule.model_fields_set
            kept = "" if is_constant else f", 'raw': text({raw})"
            out.line(f"{variable} = None if {word} is None else {{'value': {word}{kept}}}")
        else:
            out.line(f"{variable} = {word}")

    def beside(
        self, name: str, written: Any, scope: Scope, target: Target, variable: str, site: int, location: Location
    ) -> None:
        """Set a field beside the value: a constant, or read by a rule of its own."""
        self.known(target, name, (*location, name))
        with self.out.block(f"if {variable}.__class__ is dict"):
            if isinstance(written, dict):
                assert target.model is not None  # noqa: S101 - known() has checked it
                rule = self.rule(written, (*location, name))
                field = f"{self.sites[site].field}.{name}"
                value = self.value(rule, scope, target_of(target.model, name), field, (*location, name))
                self.out.line(f"if {value} is not A: {variable}[{name!r}] = {value}")
            else:
                self.out.line(f"{variable}[{name!r}] = {self.out.constant(written)}")

    # -- lists ----------------------------------------------------------------------------------------------------------

    def many(self, rule: Rule, scope: Scope, target: Target, field: str, location: Location) -> str:
        """Compile a list; it was sent when any of its items was."""
        gathered, sent = self.out.name("l"), self.out.name("s")
        self.out.line(f"{gathered} = []; {sent} = False")
        one = Target(model=target.model, coded=target.coded, words=target.words)
        items = rule.each if rule.each is not None else (rule,)
        for at, item in enumerate(items):
            inner = (*location, "each", at) if rule.each is not None else location
            if rule.each is not None and rule.use and not item.use:
                item = item.model_copy(update={"use": rule.use})
            self.gather(item, scope, one, f"{field}[]", inner, gathered, sent)
        variable = self.out.name()
        self.out.line(f"{variable} = tuple({gathered}) if {sent} else A")
        if self.trace:
            site = self.site(rule, field, location)
            with self.out.block(f"if not {gathered}"):
                self.traced(site, variable, "None", variable)
        return variable

    def gather(
        self, rule: Rule, scope: Scope, target: Target, field: str, location: Location, gathered: str, sent: str
    ) -> None:
        """Compile one item of a list: it adds no, one, or (over, split, a native list) several elements."""
        out = self.out
        if rule.over is not None:
            self.each_of(rule, scope, target, field, location, gathered, sent)
            return
        kept, self.item = self.item, (*self.item, f"len({gathered})")
        gather = self.one if rule.split is None and rule.path is None else self.several
        guard = self.guard(rule, scope, field, location)
        if guard is None:
            gather(rule, scope, target, field, location, gathered, sent)
        else:
            with out.block(f"if {guard}"):
                gather(rule, scope, target, field, location, gathered, sent)
        self.item = kept

    def one(
        self, rule: Rule, scope: Scope, target: Target, field: str, location: Location, gathered: str, sent: str
    ) -> None:
        """Compile an item that adds one element, or none."""
        value = self.single(rule, scope, target, field, location)
        self.out.line(f"if {value} is not A: {sent} = True")
        self.add(value, gathered)

    def add(self, value: str, gathered: str) -> None:
        """Emit the adding of a value to a list; a normalizer may have made several out of one."""
        self.out.line(f"if {value}.__class__ is tuple: {gathered}.extend({value})")
        self.out.line(f"elif {value} is not None and {value} is not A: {gathered}.append({value})")

    def several(
        self, rule: Rule, scope: Scope, target: Target, field: str, location: Location, gathered: str, sent: str
    ) -> None:
        """Compile an item whose native value may be one or a list, or a text to be split."""
        out = self.out
        site = self.site(rule, field, location)
        source = rule.split if rule.split is not None else rule.path
        assert source is not None  # noqa: S101 - the caller has checked it
        raw, words, one = out.name(), out.name("x"), out.name("x")
        out.leaf(scope, source, raw)
        with out.block(f"if {raw} is not A"):
            out.line(f"{sent} = True")
            if rule.split is not None:
                out.line(f"{words} = {raw}.split({rule.by!r}) if {raw}.__class__ is str else {raw}")
            else:
                out.line(f"{words} = {raw}")
            out.line(f"if {words}.__class__ is not list and {words}.__class__ is not tuple: {words} = ({words},)")
            with out.block(f"for {one} in {words}"):
                if rule.split is not None:
                    out.line(f"if {one}.__class__ is str: {one} = {one}.strip()")
                out.line(f"if {one} is None or ({one}.__class__ is str and (not {one} or {one}.isspace())): continue")
                value = one
                if self.changes(rule, target):
                    value = out.name()
                    out.line(f"{value} = {one}")
                    self.change(rule, scope, target, value, one, "None", site, location)
                self.traced(site, one, "None", value)
                self.add(value, gathered)

    def each_of(
        self, rule: Rule, scope: Scope, target: Target, field: str, location: Location, gathered: str, sent: str
    ) -> None:
        """Compile an item that runs over a native list."""
        out = self.out
        assert rule.over is not None  # noqa: S101 - the caller has checked it
        site = self.site(rule, field, location)
        native, index, element = out.name(), out.name("i"), out.name("e")
        out.leaf(scope, rule.over, native)
        with out.block(f"if {native} is not A"):
            out.line(f"{sent} = True")
            if "by" in rule.model_fields_set:
                out.line(f"if {native}.__class__ is str: {native} = pieces({native}, {rule.by!r})")
            loop = f"for {index}, {element} in enumerate(elements({self.q}, {site}, {native}))"
            with out.block(f"if not nothing({native}) and {native} != ''"), out.block(loop):
                kept = self.element, self.over
                self.element, self.over = (*self.element, index), (*self.over, rule.over)
                inner = rule.model_copy(update={"over": None})
                self.gather(inner, out.scope(element), target, field, location, gathered, sent)
                self.element, self.over = kept

    # -- small things ---------------------------------------------------------------------------------------------------

    def guard(self, rule: Rule, scope: Scope, field: str, location: Location) -> str | None:
        """Return the expression of a rule's conditions, or None."""
        return " and ".join(f"({self.told(one, scope, field, location)})" for one in rule.when) or None

    def told(self, condition: Condition, scope: Scope, field: str, location: Location) -> str:
        """Return the expression of a condition that fails with a word where there is no text to compare."""
        variable = self.out.name()
        test = self.condition(condition, scope, variable)
        if condition.in_ is None:
            return test
        self.sites.append(
            Site(field, (condition.path,), str(condition), self.loaded.place((*location, "when")), self.over)
        )
        no_word = f"({variable}.__class__ is dict or {variable}.__class__ is list)"
        return f"{test} or {no_word} and no_word({self.q}, {len(self.sites) - 1}, {variable}, {self.where()})"

    def condition(self, condition: Condition, scope: Scope, variable: str) -> str:
        """Emit the read of a condition's value into ``variable``; return the expression that tests it."""
        self.out.leaf(scope, condition.path, variable)
        if condition.present is not None:
            blank = f"(nothing({variable}) or ({variable}.__class__ is str and not {variable}.strip()))"
            return f"not {blank}" if condition.present else blank
        words = self.out.constant(frozenset(condition.in_ if condition.in_ is not None else condition.not_in or ()))
        return f"text({variable}) {'in' if condition.in_ is not None else 'not in'} {words}"

    def site(self, rule: Rule, field: str, location: Location) -> int:
        """Add a row to the table of sites; return its number."""
        paths = tuple(one.source for one in rule.first) if rule.first is not None else (_native(rule),)
        self.sites.append(Site(field, paths, str(rule), self.loaded.place(location), self.over))
        return len(self.sites) - 1

    def rule(self, written: dict[str, Any], location: Location) -> Rule:
        """Read a rule that was written as an extra key."""
        try:
            return Rule.model_validate(written)
        except ValueError:
            raise self.fault(f"{location[-1]!r} is neither a constant nor a rule", location) from None

    def known(self, target: Target, name: str, location: Location) -> None:
        """Check that the value's model has the field ``name``."""
        if name in target.fields():
            return
        keys = tuple(Rule.model_fields) + target.fields()
        owner = target.model.__name__ if target.model is not None else "this value"
        raise self.fault(f"{owner} has no field {name!r}, and a rule no such key{near(name, keys)}", location)

    def fault(self, message: str, location: Location) -> ConfigError:
        """Return a ConfigError at the place in the author's file."""
        return ConfigError(message, where=self.loaded.place(location), next_step="correct the mapping")


def _native(rule: Rule) -> str:
    if rule.path is not None:
        return rule.path
    if rule.split is not None:
        return rule.split
    if rule.id is not None:
        return _native(rule.id)
    if rule.first is not None:
        return _native(rule.first[0])
    parts = rule.join or rule.of or tuple((rule.fields or {}).values())
    return ", ".join(dict.fromkeys(_native(one) for one in parts)) or "."


def _tree(loaded: LoadedMapping) -> dict[str, Any]:
    """Group dotted field names: ``{"name.full": rule}`` -> ``{"name": {"full": rule}}``."""
    tree: dict[str, Any] = {}
    for dotted, rule in loaded.mapping.fields.items():
        *parents, last = dotted.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                break
        if not isinstance(node, dict) or last in node:
            place = loaded.place(("fields", dotted))
            raise ConfigError(
                f"{dotted!r} and a field above it both have a rule", where=place, next_step="keep one of them"
            )
        node[last] = rule
    return tree
