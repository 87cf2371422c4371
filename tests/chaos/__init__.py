"""Edge, broker and facility killed at random, links cut: what was durable on the edge arrives once, in order.

And whatever its sources sent is at the facility or recorded as lost."""
