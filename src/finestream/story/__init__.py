"""What the journal tells of each tool call. PURE: records -> stories. Its one law: nothing is said that no record says."""

from finestream.story.arrived import Arrived, Missing, arrived, parameter
from finestream.story.choice import Choice
from finestream.story.joining import Stories, candidates
from finestream.story.moment import parse_moment
from finestream.story.naming import Names
from finestream.story.rows import Row, row_of_record, row_of_story
from finestream.story.story import Story
from finestream.story.telling import tell

__all__ = [
    "Arrived",
    "Choice",
    "Missing",
    "Names",
    "Row",
    "Stories",
    "Story",
    "arrived",
    "candidates",
    "parameter",
    "parse_moment",
    "row_of_record",
    "row_of_story",
    "tell",
]
