"""What a pipeline was built on, written down, so that it is told when that is not so any more."""

from bartack.locking.differences import Difference, differences
from bartack.locking.document import Lock, lock_of
from bartack.locking.file import FILE, beside, hold, read, write

__all__ = ["FILE", "Difference", "Lock", "beside", "differences", "hold", "lock_of", "read", "write"]
