"""Has this process announce a message type with another hash than it has, as one with another definition would."""

import ctypes
import mmap
from typing import Any


class _Support(ctypes.Structure):
    """rosidl_message_type_support_t of Jazzy."""

    _fields_ = (
        ("identifier", ctypes.c_char_p), ("data", ctypes.c_void_p), ("func", ctypes.c_void_p),
        ("hash", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)), ("description", ctypes.c_void_p),
        ("sources", ctypes.c_void_p),
    )  # fmt: skip


#: Of rosidl_type_hash_t: the version, then the 32 bytes of the hash itself.
_VERSION_BYTES = 1


def announce_otherwise(kind: Any) -> None:
    """Change the last byte of the hash of the message class `kind`, in this process alone, before it is used."""
    kind.__class__.__import_type_support__()
    capsule = kind.__class__._TYPE_SUPPORT
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, (ctypes.py_object,)
    address = pointer(capsule, name(capsule))
    support = _Support.from_address(address)
    where = support.hash(address) + _VERSION_BYTES + 31
    _make_writable(where)
    byte = ctypes.c_uint8.from_address(where)
    byte.value ^= 0xFF


def _make_writable(address: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    page = address & ~(mmap.PAGESIZE - 1)
    if libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ | mmap.PROT_WRITE):
        raise OSError(ctypes.get_errno(), "mprotect")
