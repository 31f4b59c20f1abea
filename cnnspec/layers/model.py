"""Named arguments as people write them: declared as for pydantic, checked by pydantic's core.

Only the classes are not pydantic's own, since those take longer to import and to make than a spec takes to be checked.
Making one costs next to nothing here; its validator is made when something is first checked against it.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from inspect import get_annotations
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
)

from pydantic_core import CoreSchema, PydanticUndefined, SchemaValidator, core_schema

from cnnspec.layers.marks import Bounds, Factory, Field, Mark

Owner = TypeVar("Owner", bound="Fields")
_PLAIN: Mapping[Any, Callable[[], CoreSchema]] = {
    Any: core_schema.any_schema,
    bool: core_schema.bool_schema,
    float: core_schema.float_schema,
    int: core_schema.int_schema,
    str: core_schema.str_schema,
}


class FieldInfo:
    """One argument: its type with all marks, its default, and how it is written where that is no name in Python."""

    __slots__ = ("_default", "alias", "type")

    def __init__(self, type: Any, default: Any) -> None:
        self.type, self._default = type, default
        marks = type.__metadata__ if get_origin(type) is Annotated else ()
        self.alias: str | None = next((mark.alias for mark in marks if isinstance(mark, Bounds) and mark.alias), None)

    @property
    def annotation(self) -> Any:
        """The type without the marks on the whole of it."""
        return self.type.__origin__ if get_origin(self.type) is Annotated else self.type

    @property
    def default(self) -> Any:
        """The default; PydanticUndefined where the argument is required."""
        return self._default.make() if isinstance(self._default, Factory) else self._default

    def is_required(self) -> bool:
        """Whether there is no default."""
        return self._default is PydanticUndefined

    def core(self) -> core_schema.ModelField:
        """How pydantic's core checks it."""
        checked = core_of(self.type)
        if isinstance(self._default, Factory):
            checked = core_schema.with_default_schema(checked, default_factory=self._default.make)
        elif self._default is not PydanticUndefined:
            checked = core_schema.with_default_schema(checked, default=self._default)
        return core_schema.model_field(checked, validation_alias=self.alias)


class _ModelFields:
    """The arguments of a class by name, those of its bases first."""

    def __get__(self, instance: object, owner: type["Fields"]) -> Mapping[str, FieldInfo]:
        return owner.about.fields


class ModelValidator:
    """A method that refuses arguments which do not go together."""

    def __init__(self, check: Callable[[Any], Any]) -> None:
        self.check = check


def model_validator(mode: Literal["after"]) -> Callable[[Callable[[Owner], Owner]], ModelValidator]:
    """Marks a method that is called when all arguments are right, to refuse them together."""
    return ModelValidator


class _Read:
    """Where pydantic's core puts what it read."""

    __slots__ = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")
    __pydantic_fields_set__: set[str]


class About:
    """What is known of a class of arguments, each read off it when first asked for."""

    def __init__(self, model: type["Fields"]) -> None:
        self._model = model

    @cached_property
    def fields(self) -> Mapping[str, FieldInfo]:
        """The arguments by name, those of the most general base first."""
        types: dict[str, Any] = {}
        for base in reversed(self._bases):
            types |= get_annotations(base)
        return {
            name: FieldInfo(type, getattr(self._model, name, PydanticUndefined))
            for name, type in types.items()
            if get_origin(type) is not ClassVar
        }

    @cached_property
    def nearest_first(self) -> tuple[str, ...]:
        """The names of the arguments, what the class declares itself before what it has from its bases."""
        declared = (name for base in self._bases for name in get_annotations(base))
        return tuple(name for name in dict.fromkeys(declared) if name in self.fields)

    @cached_property
    def written_names(self) -> tuple[str, ...]:
        """The arguments as they are written."""
        return tuple(field.alias or name for name, field in self.fields.items())

    @cached_property
    def checks(self) -> tuple[ModelValidator, ...]:
        """What refuses arguments together, that of the most general base first."""
        found = (each for base in reversed(self._bases) for each in vars(base).values())
        return tuple(each for each in found if isinstance(each, ModelValidator))

    @cached_property
    def may_be_empty(self) -> bool:
        """Whether all arguments may be left out, so that there is nothing to check."""
        return not self.checks and not any(field.is_required() for field in self.fields.values())

    @cached_property
    def validator(self) -> SchemaValidator:
        """What checks the arguments."""
        return SchemaValidator(self.core())

    def core(self) -> CoreSchema:
        """How pydantic's core checks the arguments."""
        model = self._model
        checked_fields = {name: field.core() for name, field in self.fields.items()}
        fields = core_schema.model_fields_schema(checked_fields, model_name=model.__name__)
        config = core_schema.CoreConfig(title=model.__name__, extra_fields_behavior="forbid", strict=True)
        checked: CoreSchema = core_schema.model_schema(model, fields, config=config)
        for each in self.checks:
            checked = core_schema.no_info_after_validator_function(each.check, checked)
        return checked

    @property
    def _bases(self) -> list[type["Fields"]]:
        return [base for base in self._model.__mro__ if issubclass(base, Fields)]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class Fields(_Read):
    """Named arguments that people write: frozen, strict (`"64"` and `true` are no integers), nothing extra."""

    __slots__ = ()

    moved: ClassVar[Mapping[str, str]] = {}
    """Arguments that people expect here but that belong elsewhere -> what to write instead."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """Other words for arguments -> the argument."""
    model_fields: ClassVar[_ModelFields] = _ModelFields()
    """The arguments by name."""
    about: ClassVar[About]
    """What is known of the class."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.about = About(cls)

    def __init__(self, **arguments: Any) -> None:
        """Raises ValidationError, with every mistake."""
        if arguments or not self.about.may_be_empty:
            self.about.validator.validate_python(arguments, self_instance=self)
        else:
            defaults = {name: field.default for name, field in self.about.fields.items()}
            _fill(self, defaults, set())

    @classmethod
    def model_validate(cls, written: object) -> Self:
        """The arguments of a map; raises ValidationError, with every mistake."""
        return cast(Self, cls.about.validator.validate_python(written))

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the arguments that were written."""
        return self.__pydantic_fields_set__

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """The same with other arguments, which are not checked."""
        return _made(type(self), {**vars(self), **update}, self.model_fields_set | update.keys())

    def arguments(self) -> dict[str, Any]:
        """The arguments by name, defaults included."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} stays as it was read")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), dict(vars(self)), set(self.model_fields_set))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def _made(model: type[Owner], values: dict[str, Any], written: set[str]) -> Owner:
    return _fill(model.__new__(model), values, written)


def _fill(instance: Owner, values: dict[str, Any], written: set[str]) -> Owner:
    object.__setattr__(instance, "__dict__", values)
    object.__setattr__(instance, "__pydantic_fields_set__", written)
    return instance


def core_of(type: Any) -> CoreSchema:
    """How pydantic's core checks values of a type."""
    if get_origin(type) is Annotated:
        return _marked(type.__origin__, type.__metadata__)
    if get_origin(type) is not None:
        return _made_of(get_origin(type), get_args(type))
    return _PLAIN[type]() if type in _PLAIN else type.about.core()


def _marked(type: Any, marks: tuple[Mark, ...]) -> CoreSchema:
    """The first mark stands innermost."""
    return marks[-1].core(lambda: _marked(type, marks[:-1])) if marks else core_of(type)


def _made_of(origin: Any, parts: tuple[Any, ...]) -> CoreSchema:
    """Of types with types inside those that arguments have without a validator of their own."""
    if origin is Literal:
        return core_schema.literal_schema(list(parts))
    if origin in (Union, UnionType) and len(parts) == 2 and parts[1] is NoneType:
        return core_schema.nullable_schema(core_of(parts[0]))
    if origin is dict:
        return core_schema.dict_schema(core_of(parts[0]), core_of(parts[1]))
    if origin is tuple and parts[1:] == (...,):
        return core_schema.tuple_schema([core_of(parts[0])], variadic_item_index=0)
    raise TypeError(f"{origin} of {parts} needs a validator")
