"""Google did not tell the groups: the code and, for the ledger, what exactly it said."""

from accounts.group_problems import Problem


class GroupsUnknown(Exception):
    """``detail`` is in our own words or a short code of Google's, never a text of its answer."""

    def __init__(self, problem: Problem, detail: str) -> None:
        super().__init__(f"{problem}: {detail}")
        self.problem, self.detail = problem, detail
