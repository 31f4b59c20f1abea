"""What sources of named columns have in common."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from cnnspec.language.features import Feature, Image, Inputs, Label, Labels, TextOptions
from cnnspec.language.sources.pictures import Pictures
from cnnspec.language.sources.section import SENTENCE, Counted, Misnamed, Word, word_by
from cnnspec.language.written import SOME, Text, section
from cnnspec.layers.kind import invalid
from cnnspec.layers.marks import Field
from cnnspec.layers.model import model_validator
from cnnspec.layers.shape import Shape
from cnnspec.source.diagnostic import Diagnostic, Rejected, likely, rejected, suggestion


class Columns(Pictures):
    """Keys for named columns: what the inputs are made from, and what is to be learnt."""

    columns_named = True
    arrays = False

    text: Annotated[TextOptions, section("{max_tokens: 20000, output_sequence_length: 64}")] | None = None
    """How text becomes ids."""
    columns: Annotated[tuple[Text, ...], SOME, Field(min_length=1)] | None = None
    """The columns of numbers that the network reads."""
    inputs: Inputs | None = None
    """Where there are several inputs: input name -> image, text or columns."""
    label: Annotated[Label, section("{column: label}")] | None = None
    """What is to be learnt."""
    labels: Labels | None = None
    """Where there are several outputs: output name -> column, or label."""

    @model_validator(mode="after")
    def _one_or_several(self) -> "Columns":
        if self.inputs is not None and (self.text or self.columns or self.image):
            raise invalid("inputs, or one of image, text and columns for the only input; not both", ("inputs",))
        if self.labels is not None and self.label is not None:
            raise invalid("labels, or label for the only output; not both", ("labels",))
        return self

    def features(self, inputs: Collection[str]) -> dict[str, Feature]:
        """By input what it is made from; raises Rejected unless the section says it for each input and no other."""
        if self.inputs is not None:
            self.refuse_misnamed("inputs", inputs, inputs)
            return {name: self.inputs[name] for name in inputs}
        given = {key: getattr(self, key) for key in ("text", "columns", "image") if getattr(self, key) is not None}
        (first, *more) = inputs
        if more:
            expected = f"inputs, with columns for each of {', '.join(inputs)}"
            raise rejected("bad-source", f"a table for {len(inputs)} inputs", expected, _INPUTS, at=("data",))
        if len(given) != 1:
            received = f"a table with {' and '.join(given) or 'nothing'} for input {first}"
            expected, help = "one of text, columns and image", "write text: {column: ...}"
            raise rejected("bad-source", received, expected, help, at=("data",))
        return {first: Feature(**given)}

    def refuse_misnamed(
        self, key: Literal["inputs", "labels"], known: Collection[str], needed: Collection[str]
    ) -> None:
        """Raise Rejected for the first of the names under `inputs` or `labels` that is wrong, or is missing."""
        for at, message, help, _ in self._misnamed(key, known, needed):
            raise Rejected([Diagnostic("bad-source", message, help=help, at=at)])

    def misnamed(
        self, inputs: Collection[str], outputs: Collection[str], learnt: Collection[str]
    ) -> Iterator[Misnamed]:
        """Names under `inputs` and `labels`; an output that is not learnt may have labels, and needs none."""
        yield from self._misnamed("inputs", inputs, inputs)
        yield from self._misnamed("labels", outputs, learnt)

    def _misnamed(
        self, key: Literal["inputs", "labels"], known: Collection[str], needed: Collection[str]
    ) -> Iterator[Misnamed]:
        written: Mapping[str, object] | None = getattr(self, key)
        if written is None:
            return
        what = {"inputs": "input", "labels": "output"}[key]
        unknown = [name for name in written if name not in known]
        for name in unknown:
            message = f"data.{key} names {name}; expected an {what} of the model"
            words = likely(name, known)
            yield ("data", key, name), message, suggestion(name, known), words[0] if len(words) == 1 else ""
        for name in () if unknown else (each for each in needed if each not in written):
            message = f"data.{key} has nothing for {what} {name}; expected one for each {what}"
            yield ("data", key), message, f"write {name}: ...", ""

    def counted(self, inputs: Collection[str], outputs: Collection[str]) -> Iterator[Counted]:
        """What `columns` name, alone or for each input, and those of labels."""
        for name, feature in (self.inputs or {}).items():
            if name in inputs and feature.columns is not None:
                yield Counted(("data", "inputs", name, "columns"), name, len(feature.columns))
        if self.columns is not None and len(inputs) == 1:
            yield Counted(("data", "columns"), next(iter(inputs)), len(self.columns))
        for name, label in (self.labels or {}).items():
            if name in outputs and label.columns is not None:
                yield Counted(("data", "labels", name, "columns"), name, len(label.columns), reads=False)
        if self.label is not None and self.label.columns is not None and len(outputs) == 1:
            path = ("data", "label", "columns")
            yield Counted(path, next(iter(outputs)), len(self.label.columns), reads=False)

    def white(self, name: str) -> float | None:
        """Of bytes, where the input is made from a picture."""
        feature = (self.inputs or {}).get(name, self)
        return 255 if feature.image else None

    def word(self, shape: Shape) -> Word:
        """By what the only input is made from."""
        only = self._only()
        return "images" if isinstance(only, Image) else "sentences" if only else word_by(shape)

    def predicts(self, shapes: Sequence[Shape], pictures: bool) -> tuple[str, ...]:
        """What the only input is made from where that is a sentence or a picture, else rows with the columns."""
        only = self._only() if len(shapes) == 1 else None
        return ("ROWS.csv",) if only is None else ("PICTURE.png",) if isinstance(only, Image) else SENTENCE

    def _only(self) -> Image | TextOptions | None:
        """The picture or the text of which an only input is made."""
        feature = next(iter((self.inputs or {}).values()), self)
        return feature.image or feature.text


_INPUTS = "write inputs: {photo: {image: {column: file}}, record: {columns: [weight, height]}}"
