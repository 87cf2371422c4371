"""What a JPEG file says of itself before it is decoded: a small file may hold a picture that no memory does.

Source: ITU-T T.81, annex B. Markers are found as libjpeg finds them, garbage between them included.
"""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset((0x00, 0x01, *range(0xD0, 0xD9)))
_START_OF_SCAN, _END = 0xDA, 0xD9


def size_px(jpeg: bytes) -> tuple[int, int] | None:
    """Width and height as the file's header has them; None if it has none."""
    at = 0
    while (at := jpeg.find(b"\xff", at)) >= 0:
        while jpeg.startswith(b"\xff", at):
            at += 1
        if at + 8 > len(jpeg) or jpeg[at] in (_START_OF_SCAN, _END):
            return None
        if jpeg[at] in _FRAMES:
            return int.from_bytes(jpeg[at + 6 : at + 8], "big"), int.from_bytes(jpeg[at + 4 : at + 6], "big")
        at += 1 if jpeg[at] in _ALONE else 1 + int.from_bytes(jpeg[at + 1 : at + 3], "big")
    return None
