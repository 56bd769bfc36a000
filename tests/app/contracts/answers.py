"""What the routes of the contracts answer, as their tests look at it."""

from typing import Any

from app.contracts.models import ProblemModel


async def problem_of(answer: Any, status: int) -> ProblemModel:
    """Check that an answer is a problem that helps."""
    assert answer.status_code == status, await answer.get_data()
    assert answer.headers["content-type"] == "application/problem+json"
    problem = ProblemModel.parse_obj(await answer.get_json(force=True))
    assert problem.status == status
    assert problem.detail
    assert problem.hint
    return problem
