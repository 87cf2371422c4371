"""The door of the gate's evidence to the disk. The gate's loop only hands over; files are a thread's business."""
