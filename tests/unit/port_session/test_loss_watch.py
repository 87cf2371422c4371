"""A recorder that lost something warns while it is news; it stays counted, and keeps nobody from being admitted."""

from port_session.recorder.loss_watch import TOLD_S, LossWatch


def test_a_loss_is_a_warning_for_a_while_and_counted_for_good() -> None:
    watch = LossWatch()
    assert watch.look(0, 0.0) == (False, "0 lost")
    assert watch.look(2, 10.0) == (True, "2 lost, the last 0 s ago")
    assert watch.look(2, 10.0 + TOLD_S - 1.0)[0]
    assert watch.look(2, 10.0 + TOLD_S) == (False, "2 lost, the last 30 s ago")


def test_another_loss_is_news_again() -> None:
    watch = LossWatch()
    watch.look(2, 10.0)
    assert watch.look(3, 100.0) == (True, "3 lost, the last 0 s ago")
