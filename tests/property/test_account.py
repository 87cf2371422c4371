"""What always holds of the account of samples: received + lost = sent, whatever is missing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from port_sensors.core.accounting import Accounting


@settings(max_examples=300)
@given(st.integers(0, 65535), st.lists(st.booleans(), min_size=4, max_size=300), st.lists(st.integers(1, 40)))
def test_received_and_lost_make_up_what_was_sent(first: int, arrives: list[bool], sizes: list[int]) -> None:
    arrives = [True, *arrives, True, True]
    sent = np.arange(first, first + len(arrives))
    kept = sent[np.array(arrives)]
    wrench = np.repeat(kept[:, None], 6, axis=1).astype(np.float32)
    accounting, runs, place = Accounting(2000.0), [], 0
    for size in [*sizes, len(kept)]:
        part = slice(place, place + size)
        runs += accounting.take((kept[part] & 0xFFFF), wrench[part], 0.005)
        place += size
    runs += accounting.flush()
    totals = accounting.totals
    assert (totals.received, totals.lost) == (len(kept), len(sent) - len(kept))
    assert [run.first_index + place for run in runs for place in range(len(run.wrench))] == kept.tolist()
    assert sum(run.lost_before for run in runs) == totals.lost
    assert all(float(run.wrench[0, 0]) == run.first_index for run in runs)
