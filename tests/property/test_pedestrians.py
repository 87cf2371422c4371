"""The occupancy watch on real people, against labels made by hand."""

import numpy as np

from tests import pedestrians


def test_nobody_in_a_cell_is_overlooked_and_most_positions_are_people() -> None:
    """Figures come from `scripts/bench cameras`; these bounds only notice that something broke."""
    said = pedestrians.watched()
    assert all(one.valid for one in said)
    by_cell, by_person = pedestrians.scores(said)
    assert by_cell.right + by_cell.missed > 50
    assert by_cell.recall() > 0.97
    assert by_person.precision() > 0.7


def test_every_frame_is_labelled_and_every_label_is_in_the_picture() -> None:
    places = [pedestrians.feet(number) for number in range(50)]
    assert len(pedestrians.frames()) == 50
    assert sum(map(len, places)) == 283
    assert all(len(one) >= 3 for one in places)
    assert (np.vstack(places) < (384, 288)).all()
