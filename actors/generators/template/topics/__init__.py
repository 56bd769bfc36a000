"""The subjects that the template knows, by what people do with them."""

from actors.generators.template.idea import Topic
from actors.generators.template.topics import counting, doing, keeping, planning

TOPICS: tuple[Topic, ...] = (*doing.TOPICS, *planning.TOPICS, *keeping.TOPICS, *counting.TOPICS)
"""All of them; of equals the first wins."""

GENERAL = planning.GENERAL
"""What an app is about when no word says so."""
