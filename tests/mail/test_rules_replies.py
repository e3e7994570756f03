"""Who declined an invitation is read from a calendar's answer, however it is written; nothing else is."""

import pytest

from app.mail.rules.replies import Declined, read
from tests.mail.answers import an_answer
from tests.mail.wordings import NOON

UID, WHO = "abcd-efgh-jkmn-2@training.example.org", "Amina@Example.org"


@pytest.mark.parametrize("more", [{}, {"attached": True}, {"name": "CN=Amina"}, {"name": "X=1;RSVP=FALSE"}])
def test_an_answer_that_declines_says_what_and_who(more):
    assert read(an_answer(UID, WHO, **more)) == Declined(UID, "amina@example.org")


@pytest.mark.parametrize("more", [{"says": "ACCEPTED"}, {"says": "TENTATIVE"}, {"method": "REQUEST"}, {"method": "COUNTER"}, {"name": 'CN="PARTSTAT=DECLINED"', "says": "ACCEPTED"}])
def test_any_other_answer_says_nothing(more):
    assert read(an_answer(UID, WHO, **more)) is None


def test_rubbish_says_nothing():
    for message in (b"", b"Subject: hello\r\n\r\nno", b"Content-Type: text/calendar\r\n\r\n\xff\xfeMETHOD:REPLY\r\n:\r\n;;\r\n", str(NOON).encode()):
        assert read(message) is None
    assert read(b"Content-Type: text/calendar\r\n\r\n" + b"METHOD:REPLY\r\n" * 50_000) is None
