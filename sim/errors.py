"""What can go wrong, by whose fault: every error a user can cause has a type here and a message that helps."""


class SimrunError(Exception):
    """Base of all errors that simrun raises on purpose."""


class UsageError(SimrunError):
    """The command line or a call was wrong: nothing has run."""


class ScenarioError(SimrunError):
    """The scenario is wrong: nothing has run.

    `problems` holds one line for each thing that is wrong, each with file, line, column and key path.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PluginError(SimrunError):
    """A strategy plugin could not be loaded, raised, or asked for something impossible."""


class ExpressionError(SimrunError):
    """An audience expression cannot be read: unknown name, forbidden syntax, wrong type."""


class ResultError(SimrunError):
    """A result cannot be analysed as asked (too few replications, an unknown metric, a failed arm)."""
