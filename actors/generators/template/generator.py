"""The generator `template`: writes the app, and says what it took the prompt for and that no model was asked."""

from pathlib import Path

import trio

from actors.generators.base import Began, Brief, FileWritten, Generated, GeneratorFailed, Tell, Told
from actors.generators.template.idea import Idea
from actors.generators.template.render import Rendered, render
from actors.generators.template.understand import understand
from actors.generators.template.words import VIEWS, understanding
from actors.runtime.availability import Availability


class TemplateGenerator:
    """Makes an app from the prompt's words alone: the same prompt gives the same app."""

    name = "template"
    title = "A template that is filled in by the words of the prompt; no model is asked"
    resumable = True

    def availability(self) -> Availability:
        """It needs nothing but a disk."""
        return Availability(available=True)

    async def generate(self, brief: Brief, tell: Tell) -> Generated:
        """Write the app, a step at a time.

        Raises:
            GeneratorFailed: A file could not be written.
        """
        idea = understand(brief.prompt)
        files = render(idea, brief.name, brief.port)
        step = ""
        for file in files:
            if file.step != step:
                step = file.step
                await tell(Began(step))
                if file is files[0]:
                    await tell(Told(introduction(idea)))
            size = await _written(brief.directory, file)
            await tell(FileWritten(file.path, size))
        await tell(Told(f'"{idea.title}" is written: {len(files)} files, nothing to install, `npm start` runs it.'))
        return Generated(brief.directory, _facts(idea, files))


def introduction(idea: Idea) -> str:
    """What the generator has to say before it begins."""
    return (
        f"No model was asked: this app comes from a template, chosen by the words of the prompt. {understanding(idea)} "
        f'It is called "{idea.title}" and shows {VIEWS[idea.topic.kind]}.'
    )


def _facts(idea: Idea, files: tuple[Rendered, ...]) -> dict[str, object]:
    """What there is to know about the app."""
    return {"title": idea.title, "kind": idea.topic.kind, "files": len(files), "model": None, "cost_usd": 0}


async def _written(directory: Path, file: Rendered) -> int:
    """Write one file, and give its size.

    Raises:
        GeneratorFailed: It could not be written.
    """
    path = trio.Path(directory / file.path)
    content = file.text.encode("utf-8")
    try:
        await path.parent.mkdir(parents=True, exist_ok=True)
        await path.write_bytes(content)
    except OSError as error:
        problem = f"the file {file.path} could not be written: {error.strerror or error}"
        raise GeneratorFailed(problem, code="write_failed", hint="Look at the disk's space and rights.") from error
    return len(content)
