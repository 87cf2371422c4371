"""A session's force plate samples in the formats of biomechanics and spreadsheets. Reads evidence, changes none."""
