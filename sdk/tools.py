"""What a tool says it is, in words a person knows."""

from portal.programs import program_of


def tool_of(user_agent: str) -> str:
    """Return the tool's name and version, such as ``AWS CLI 2.36.7``; its first word when it is none of AWS's."""
    return program_of(user_agent) or "A tool that does not say what it is"
