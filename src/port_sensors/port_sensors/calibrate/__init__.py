"""`port calibrate`: a camera's lens from a board, its place from floor tags."""
