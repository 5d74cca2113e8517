"""The part of the ledger's contract that holds between threads. ``LedgerContract`` includes it."""

import threading
from concurrent.futures import ThreadPoolExecutor

from recoil_assets.domain.errors import RecoilError
from recoil_assets.domain.ledger import Balance, CapReachedError, Caps, EntryKind
from recoil_assets.production.ports import Ledger

from .samples import NO_CAPS, booking, charge, dollars, kinds


class LedgerTogetherContract:
    """Threads share one ledger."""

    def test_eight_threads_under_one_cap_never_pass_it(self, ledger: Ledger) -> None:
        caps = Caps(project_usd=dollars(100))
        start = threading.Barrier(8)

        def reserve(worker: int) -> int:
            start.wait()
            passed = 0
            for turn in range(5):
                try:
                    ledger.reserve(booking(f"{worker}.{turn}"), dollars(10), caps)
                    passed += 1
                except CapReachedError:
                    pass
            return passed

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(reserve, range(8))) == 10
        assert ledger.balance() == Balance(spent=dollars(0), reserved=dollars(100))

    def test_threads_that_book_the_same_attempt_book_it_once(self, ledger: Ledger) -> None:
        start = threading.Barrier(6)

        def book(_: int) -> None:
            start.wait()
            ledger.reserve(booking("a"), dollars(1), NO_CAPS)
            charge(ledger, "a", 1)

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(book, range(6)))
        assert kinds(ledger) == [("a", EntryKind.RESERVE), ("a", EntryKind.CHARGE)]

    def test_of_a_charge_and_a_release_at_the_same_time_one_wins(self, ledger: Ledger) -> None:
        ledger.reserve(booking("a"), dollars(2), NO_CAPS)
        start = threading.Barrier(2)

        def refused(closes: bool) -> bool:
            start.wait()
            try:
                if closes:
                    charge(ledger, "a", 2)
                else:
                    ledger.release(booking("a"))
            except RecoilError:
                return True
            return False

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(refused, [True, False])) == [False, True]
        assert len(ledger.entries()) == 2
