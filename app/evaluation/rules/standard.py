"""The standard set of questionnaires as shipped, and the earlier one whose answers come in from files of earlier years."""

from dataclasses import dataclass

from app.evaluation.rules.stages import KNOWLEDGE, STATEMENTS, Stage

ANCHORS = tuple(KNOWLEDGE.values())
SURE = ("Not at all sure", "Completely sure")
TITLES = {
    Stage.BEFORE: "Before your course",
    Stage.AFTER: "How was your course?",
    Stage.FOLLOW_UP: "Some months after your course",
    Stage.MANAGER: "What have you seen in practice?",
}
USED = ("I used a tool or checklist", "I shared information differently", "I went back to the materials",
        "I recognised something I might have missed", "I responded differently", "I worked together with another agency", "Nothing yet")
THEMES = ("using_tools", "sharing_information", "returning_to_resources", "awareness", "ability_to_respond", "working_together", None)
"""What each of `USED` stands for in a report, in their order."""
HOPES = ("How to recognise it", "What to do, and when", "How to talk about it", "How to work with others", "A tool to use", "Something else")
"""One tap and no words of their own: whoever fills in everything before a session needs less than a minute."""


@dataclass(frozen=True)
class Wanted:
    """A question of a shipped questionnaire."""

    code: str
    kind: str
    wording: str
    help: str = ""
    section: str = ""
    required: bool = False
    options: tuple[str, ...] = ()
    quotable: bool = False
    shown_if_code: str | None = None
    shown_if_values: tuple[str, ...] = ()


def _knowledge(wording: str) -> Wanted:
    return Wanted("knowledge", "scale_5", wording, section="What you know", required=True, options=ANCHORS)


def _sure() -> tuple[Wanted, ...]:
    return tuple(
        Wanted(code, "scale_10", wording, section="How sure you are", options=SURE) for code, wording in (
            ("sure_recognise", "How sure are you that you would recognise when a child needs help?"),
            ("sure_respond", "How sure are you what to do then?"),
            ("sure_together", "How sure are you in working with other agencies on it?"),
        )
    )


STATED = tuple(
    Wanted(code, "agree", wording, section="How much do you agree?", required=True) for code, wording in STATEMENTS.items()
)
COMMENT = Wanted("comment", "long_text", "Anything you want to tell us?", help="You can leave this empty.",
                 section="In your own words", quotable=True)

STANDARD: dict[Stage, tuple[Wanted, ...]] = {
    Stage.BEFORE: (
        _knowledge("How much do you know about the subject today?"),
        *_sure(),
        Wanted("hope", "one_of", "What would you most like to take away?", options=HOPES),
    ),
    Stage.AFTER: (
        _knowledge("How much do you know about the subject now?"),
        Wanted("knowledge_then", "then_test", "And looking back: how much did you know before today?",
               help="Now that you know what the course was about.", section="What you know", options=ANCHORS),
        *_sure(),
        *STATED,
        Wanted("one_thing", "one_thing", "What is one thing you will do because of today?",
               help="A sentence is enough.", section="In your own words"),
        COMMENT,
    ),
    Stage.FOLLOW_UP: (
        Wanted("one_thing_done", "one_thing_done", "Did you?", section="What became of it"),
        Wanted("used", "several", "What have you done differently since the course?", help="Choose all that apply.",
               section="What became of it", options=USED),
        Wanted("barrier", "short_text", "What got in the way?", section="What became of it", shown_if_code="used", shown_if_values=("7",)),
        _knowledge("How much do you know about the subject now?"),
        *_sure(),
        Wanted("example", "long_text", "Is there an example of what changed in practice?",
               help="A few sentences are enough. You can leave this empty.", section="In your own words", quotable=True),
    ),
    Stage.MANAGER: (
        Wanted("seen", "one_of", "Have you seen {name} use what the course taught?", required=True,
               options=("Yes, more than once", "Yes, once", "Not yet", "I can't say")),
        Wanted("example", "long_text", "What have you seen?", help="A sentence is enough. You can leave this empty.", quotable=True,
               shown_if_code="seen", shown_if_values=("1", "2")),
        Wanted("support", "one_of", "Have the two of you talked about the course?", options=("Yes, in supervision", "Yes, in passing", "Not yet")),
    ),
}

EARLIER: dict[Stage, tuple[Wanted, ...]] = {
    Stage.BEFORE: (_knowledge("How much do you know about the subject today?"),),
    Stage.AFTER: (_knowledge("How much do you know about the subject now?"), *STATED, COMMENT),
    Stage.FOLLOW_UP: (_knowledge("How much do you know about the subject now?"), *STATED, COMMENT),
}
"""What was asked in the years that come in from files: version 1 of each questionnaire."""

SHIPPED = frozenset(one.code for shipped in (STANDARD, EARLIER) for questions in shipped.values() for one in questions)
"""What the shipped questionnaires measure. Whatever else is asked, a coordinator added in the builder."""
