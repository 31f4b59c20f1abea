"""What a drawing is made of, whoever writes it: boxes with their texts, wires, texts; in pixels, y goes down."""

from dataclasses import replace

from cnnspec.source.frozen import frozen

Point = tuple[float, float]


@frozen
class Text:
    """One line of text; `y` is its baseline. `anchor`: start, middle or end. `turned` runs upwards."""

    x: float
    y: float
    text: str
    role: str = "plain"
    anchor: str = "middle"
    turned: bool = False

    def moved(self, dx: float, dy: float) -> "Text":
        """The same elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


SIZES = {"heading": 16.0, "title": 12.0, "plain": 11.0, "times": 11.0, "faint": 9.5, "shape": 9.5, "caption": 9.5}
"""The size of the type, by role."""
BOLD = frozenset({"heading", "title", "times"})


@frozen
class Box:
    """A rectangle with what is written in it.

    `role`: sheet (of the pile that a stage is), stage, title, layer, frame, merge, input, dot or swatch. `outputs` are
    the positions of what it gives, `asks` those that it reads beside what the wire from above brings, each of which has
    a wire of its own, or on the right, `asks_right`.
    """

    x: float
    y: float
    width: float
    height: float
    role: str
    category: str = ""
    tooltip: str = ""
    texts: tuple[Text, ...] = ()
    outputs: tuple[int, ...] = ()
    asks: tuple[int, ...] = ()
    asks_right: tuple[int, ...] = ()

    def moved(self, dx: float, dy: float) -> "Box":
        """The same elsewhere."""
        texts = tuple(text.moved(dx, dy) for text in self.texts)
        return replace(self, x=self.x + dx, y=self.y + dy, texts=texts)


@frozen
class Wire:
    """A line of straight pieces. `role`: flow, skip, or shared. `weight` is its width."""

    points: tuple[Point, ...]
    role: str = "flow"
    arrow: bool = True
    weight: float = 1.3
    dashed: bool = False
    tooltip: str = ""

    def moved(self, dx: float, dy: float) -> "Wire":
        """The same elsewhere."""
        return replace(self, points=tuple((x + dx, y + dy) for x, y in self.points))


@frozen
class Volume:
    """A block seen from the front, from above and from the right: its front begins at `x`, `y`; `dx`, `dy` lead behind.

    `outputs` and `asks` are as those of a box.
    """

    x: float
    y: float
    width: float
    height: float
    dx: float
    dy: float
    category: str
    tooltip: str = ""
    outputs: tuple[int, ...] = ()
    asks: tuple[int, ...] = ()

    def moved(self, dx: float, dy: float) -> "Volume":
        """The same elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    @property
    def faces(self) -> dict[str, tuple[Point, ...]]:
        """The corners of the sides that are seen."""
        left, right, top, foot = self.x, self.x + self.width, self.y, self.y + self.height
        far, high, low = right + self.dx, top - self.dy, foot - self.dy
        return {
            "front": ((left, top), (right, top), (right, foot), (left, foot)),
            "top": ((left, top), (left + self.dx, high), (far, high), (right, top)),
            "side": ((right, top), (far, high), (far, low), (right, foot)),
        }

    @property
    def crown(self) -> float:
        """The middle of its upper side, from left to right."""
        return self.x + (self.width + self.dx) / 2

    @property
    def roof(self) -> float:
        """How high the middle of its upper side is."""
        return self.y - self.dy / 2


Item = Box | Wire | Text | Volume


@frozen
class Group:
    """Items in a room of their own, of `width` x `height`; the wire comes in and goes out at `axis`."""

    width: float
    height: float
    axis: float
    items: tuple[Item, ...] = ()
    inside: "tuple[tuple[float, float, Group], ...]" = ()

    def flat(self, dx: float = 0, dy: float = 0) -> list[Item]:
        """All items at their places, those of the groups inside after its own."""
        found = [item.moved(dx, dy) for item in self.items] if dx or dy else list(self.items)
        for x, y, group in self.inside:
            found += group.flat(dx + x, dy + y)
        return found


@frozen
class Drawing:
    """A whole picture, `title` said by programs that read it aloud. Items are painted in this order."""

    width: float
    height: float
    title: str
    items: tuple[Item, ...]
