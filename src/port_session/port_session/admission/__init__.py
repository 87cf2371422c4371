"""The admission check: what the machine and the running nodes show, held against the description. Starts nothing."""
