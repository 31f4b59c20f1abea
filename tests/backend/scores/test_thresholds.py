"""What is withheld is as rare as promised, and what is said follows the threshold."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cnnspec.analysis import analyse
from cnnspec.backend.objective.mistaken import Said, said_of
from cnnspec.backend.objective.output_reading import Answer
from cnnspec.backend.predict import tell
from cnnspec.backend.scores.thresholds import chosen_threshold, given_threshold, two_sided, under, withheld
from cnnspec.backend.thresholds import keep_thresholds
from cnnspec.graph.heads import Form, Head
from cnnspec.layers.meaning import Meaning
from cnnspec.results.thresholds import FEWEST, Threshold
from cnnspec.runs.folder import RunFolder
from cnnspec.source.diagnostic import Rejected

MANY, TWO, TAGS = ("cat", "dog", "emu"), ("no", "yes"), ("red", "old", "big")


def answer_of(form: Form, classes: tuple[str, ...], units: int) -> Answer:
    activation = "softmax" if form == "class" and units > 1 else "sigmoid"
    meaning = Meaning(0, 1, shares=activation == "softmax")
    return Answer(Head("kind", (units,), activation, "the output", meaning), form, classes)


def of_many(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of three classes, and which each is."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.array([0.7, 0.5, 0.9]), count).astype("float32")
    return probabilities, np.array([random.choice(3, p=row / row.sum()) for row in probabilities.astype(float)])


def test_about_one_in_twenty_of_new_examples_like_those_is_withheld() -> None:
    """On average over splits no more than that, and not much less."""
    answer, shares = answer_of("class", MANY, 3), []
    for seed in range(60):
        numbers, true = of_many(99, seed)
        threshold = chosen_threshold(answer, true, said_of(answer, numbers, true, None), "validation")
        assert threshold.yes == () and threshold.unsure is not None and threshold.count == 99
        new, labels = of_many(300, 1000 + seed)
        left = withheld(answer, labels, said_of(answer, new, labels, None), threshold)
        told = tell(answer, new, 3, threshold)
        assert left.count == sum(each.none is True for each in told) == (new.max(axis=1) < threshold.unsure).sum()
        shares.append(left.count / left.of)
    assert 0.035 <= np.mean(shares) <= 0.055


def test_of_few_examples_nothing_is_promised() -> None:
    answer, (numbers, true) = answer_of("class", MANY, 3), of_many(FEWEST, 1)
    assert chosen_threshold(answer, true, said_of(answer, numbers, true, None), "validation").unsure is not None
    numbers, true = of_many(FEWEST - 1, 1)
    said = said_of(answer, numbers, true, None)
    assert chosen_threshold(answer, true, said, "validation") == Threshold("kind", (), None, "validation", 18)


def test_of_two_classes_the_second_is_said_from_the_threshold_on() -> None:
    """The one with the best F1; predict says the same, the class that is said first, though it may be less likely."""
    answer, random = answer_of("class", TWO, 1), np.random.default_rng(4)
    true = (random.random(400) < 0.2).astype(int)
    numbers = np.clip(random.normal(0.2 + 0.2 * true, 0.1), 0.001, 0.9).astype("float32")[:, None]
    said = said_of(answer, numbers, true[:, None], None)
    threshold = chosen_threshold(answer, true[:, None], said, "validation")
    (yes,) = threshold.yes
    now = under(said, threshold)
    assert yes < 0.45 and now.decided.tolist() == (numbers[:, 0] >= yes).astype(int).tolist()
    assert (
        f1_score(true, now.decided) >= max(f1_score(true, numbers[:, 0] >= each) for each in np.unique(numbers)) - 1e-9
    )
    assert now.chances is not None and np.allclose(
        now.chances[:, 0], np.where(now.decided, numbers[:, 0], 1 - numbers[:, 0])
    )
    told = tell(answer, numbers, 2, threshold)
    assert [each.guesses[0].name for each in told] == [TWO[each] for each in now.decided]
    left = withheld(answer, true[:, None], now, threshold)
    assert left.count == sum(each.none is True for each in told) and 0 < left.count <= 20
    kept = np.array([not each.none for each in told])
    assert left.accuracy == pytest.approx((true == now.decided)[kept].mean())
    assert two_sided(np.array([0.0, yes, 1.0]), yes).tolist() == [1, 0.5, 1] and two_sided(np.array([0.5]), 1.0) == 0.75


def test_of_labels_each_has_its_own_and_none_may_hold() -> None:
    answer, random = answer_of("labels", TAGS, 3), np.random.default_rng(5)
    holds = random.random((200, 3)) < 0.3
    holds[:, 2] = False
    numbers = np.clip(random.normal(0.2 + 0.3 * holds, 0.15), 0, 1).astype("float32")
    said = said_of(answer, numbers, holds.astype("float32"), None)
    threshold = chosen_threshold(answer, holds.astype("float32"), said, "validation")
    assert threshold.unsure is None and threshold.yes[2] == 0.5 and threshold.yes[0] != 0.5
    now = under(said, threshold)
    assert (now.decided == (numbers >= np.array(threshold.yes))).all()
    told = tell(answer, numbers, 1, threshold)
    assert [each.none for each in told] == (~now.decided.any(axis=1)).tolist()
    assert [sum(guess.holds or False for guess in each.guesses) for each in told] == now.decided.sum(axis=1).tolist()


def test_a_number_that_is_given_is_for_yes_where_there_is_one() -> None:
    assert given_threshold(answer_of("class", TWO, 1), 0.3) == Threshold("kind", (0.3,))
    assert given_threshold(answer_of("labels", TAGS, 3), 0.3) == Threshold("kind", (0.3, 0.3, 0.3))
    assert given_threshold(answer_of("class", MANY, 3), 0.3) == Threshold("kind", (), 0.3)


def test_what_is_no_number_is_none_of_the_classes() -> None:
    numbers = np.array([[np.nan, np.nan, np.nan], [0.9, 0.1, 0.0]], "float32")
    told = tell(answer_of("class", MANY, 3), numbers, 3, Threshold("kind", (), 0.5))
    assert [each.none for each in told] == [True, False]
    assert isinstance(said_of(answer_of("class", MANY, 3), numbers, np.array([0, 1]), None), Said)


def test_what_answers_at_each_place_is_told_why_it_takes_none_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        "cnnspec: 1\nname: map\ninputs: {picture: [8, 8, 1]}\n"
        "model: [conv: {filters: 1, kernel_size: 1, activation: sigmoid}]\n"
        "data: {source: arrays, train: train.npz}\ntraining: {loss: auto}\n"
    )
    spec, graph = analyse(str(tmp_path / "map.yaml")).require()
    with pytest.raises(Rejected, match="answers at each of many places") as refused:
        keep_thresholds(RunFolder(tmp_path), spec, graph, 0.5)
    assert "has them in Python" in refused.value.diagnostics[0].help and not RunFolder(tmp_path).thresholds.exists()
