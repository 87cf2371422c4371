"""The session description: YAML files read, checked and resolved to one list of processes. Starts nothing."""
