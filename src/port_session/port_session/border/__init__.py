"""What crosses between a robot's own computers and the ground: the table, the wire between both sides, its checks."""
