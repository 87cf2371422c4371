"""Why a session cannot be started on this machine, with what mends it."""


class StartError(Exception):
    """problem: one line, what is in the way. remedy: one line, what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy
