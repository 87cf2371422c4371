"""The facility side: receives what edges send and accounts for it."""
