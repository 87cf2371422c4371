"""The stop log: a hash chain of records. The gate's loop only hands over; files are a thread's business."""
