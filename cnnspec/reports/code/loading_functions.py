"""Functions of written programs that read files, as they stand there."""

READ_ARRAY = '''def read_array(path, name=None):
    """Read an array from an npz, an npy, an IDX or a gzipped IDX file."""
    if path.endswith(".npz"):
        with np.load(path) as arrays:
            return arrays[name or arrays.files[0]]
    if path.endswith(".npy"):
        return np.load(path)
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        content = file.read()
    types = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
    rank = content[3]
    sizes = np.frombuffer(content, ">i4", rank, offset=4)
    return np.frombuffer(content, types[content[2]], offset=4 + 4 * rank).reshape(sizes)'''

READ_LINES = '''def read_lines(files, separator, encoding):
    """Read texts and labels: lines that begin with their label, or a file of each class."""
    texts, labels = [], []
    for label, path in files.items() if isinstance(files, dict) else [(None, files)]:
        with open(path, encoding=encoding, newline="\\n") as file:
            lines = file.read().rstrip("\\n").split("\\n")
        for line in lines:
            start, _, rest = line.partition(separator)
            texts.append((rest if label is None else line).rstrip("\\r"))
            labels.append(start if label is None else label)
    return np.array(texts), labels'''

READ_TABLE = '''def read_table(path, columns, label, separator, encoding):
    """Read a column of texts, or columns of numbers, and the column of labels."""
    with open(path, encoding=encoding, newline="") as file:
        rows = list(csv.DictReader(file, delimiter=separator))
    labels = [row[label] for row in rows]
    if isinstance(columns, str):
        return np.array([row[columns] for row in rows]), labels
    numbers = [[float(row[column]) for column in columns] for row in rows]
    return np.array(numbers, "float32"), labels'''

CLASS_NUMBERS = '''def class_numbers(labels, classes):
    """Number the classes in their order."""
    return np.array([classes.index(label) for label in labels])'''

ONE_CYCLE = '''@keras.saving.register_keras_serializable()
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Up to the peak and down to almost nothing, each half a cosine wave."""

    def __init__(self, start, peak, final, rise_steps, steps):
        self.start, self.peak, self.final = start, peak, final
        self.rise_steps, self.steps = rise_steps, steps

    def __call__(self, step):
        step = ops.cast(step, "float32")
        up = step / self.rise_steps
        down = (step - self.rise_steps) / (self.steps - self.rise_steps)
        rising = self.wave(self.start, self.peak, up)
        falling = self.wave(self.peak, self.final, down)
        return ops.where(up < 1.0, rising, falling)

    def wave(self, first, last, part):
        half = (1.0 + ops.cos(math.pi * ops.clip(part, 0.0, 1.0))) / 2.0
        return last + (first - last) * half

    def get_config(self):
        names = ("start", "peak", "final", "rise_steps", "steps")
        return {name: getattr(self, name) for name in names}'''

WARM_UP = '''@keras.saving.register_keras_serializable()
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A straight line from 0 to the peak, then another schedule."""

    def __init__(self, peak, steps, schedule):
        self.peak, self.steps, self.schedule = peak, steps, schedule

    def __call__(self, step):
        step = ops.cast(step, "float32")
        after = self.schedule(ops.maximum(step - self.steps, 0.0))
        return ops.where(step < self.steps, self.peak * step / self.steps, after)

    def get_config(self):
        schedule = keras.saving.serialize_keras_object(self.schedule)
        return {"peak": self.peak, "steps": self.steps, "schedule": schedule}

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(config["peak"], config["steps"], schedule)'''

CLASS_WEIGHTS = '''def balanced(labels):
    """Weigh classes inversely to how many examples they have."""
    classes, counts = np.unique(labels, return_counts=True)
    weights = len(labels) / (len(classes) * counts)
    return {int(each): float(weight) for each, weight in zip(classes, weights)}'''
