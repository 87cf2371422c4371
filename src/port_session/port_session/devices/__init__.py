"""What is plugged in, and which entry of a ground's file it fits. Disturbs no device: nothing is opened or sent."""
