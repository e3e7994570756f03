"""What a no is about is read from its codes, for letters that are refused and for those that come back."""

import pytest

from app.mail.rules.refusals import IN_REPLY, About, Phase, about, of_one_receiver


@pytest.mark.parametrize(("words", "what"), [
    ("550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown", About.RECEIVER),
    ("550 #5.1.10 RESOLVER.ADR.RecipientNotFound", About.RECEIVER), ("550-5.2.1 The account is disabled", About.RECEIVER),
    ("5.1.2 no such domain", About.RECEIVER), ("5.0.0 550 No such user", About.RECEIVER), ("550 no such user here", About.RECEIVER),
    ("553 mailbox name not allowed", About.RECEIVER), ("It came back: 5.1.1 550 5.1.1 no such user", About.RECEIVER),
    ("550 5.1.8 <t@example.org>: Sender address rejected: Domain not found", About.SENDER), ("5.1.7 550 5.1.7 bad sender", About.SENDER),
    ("It came back: 5.1.8 Access denied, bad outbound sender", About.SENDER),
    ("554 5.7.1 <ann@example.org>: Relay access denied", About.LEAVE), ("530 5.7.0 Must issue a STARTTLS command first", About.LEAVE),
    ("530 sign in first", About.LEAVE), ("5.7.26 550 5.7.26 not authenticated", About.LEAVE),
    ("550 #5.1.0 Address rejected", About.RECEIVER), ("550 5.1.0 <t@example.org>: Sender address rejected: User unknown", About.SENDER),
    ("550 5.4.1 Recipient address rejected: Access denied.", About.RECEIVER), ("550 5.4.1 Relay Access Denied", About.LEAVE),
    ("5.4.4 Host or domain name not found", About.RECEIVER), ("5.4.310 DNS domain does not exist", About.RECEIVER),
    ("552 5.2.2 mailbox full", About.LETTER), ("5.1.9 non-compliant mailer", About.LETTER), ("554 Transaction failed", About.LETTER),
    ("5.0.0", About.LETTER), ("552 5.3.4 message too big", About.LETTER), ("451 4.7.1 greylisted, try again", About.LETTER), ("No answer.", None), ("", None),
    ("4.4.7 550 4.4.7 QUEUE.Expired; message expired", About.LETTER), ("4.4.316 550 4.4.316 Connection refused", About.LETTER),
    ("4.2.2 550 4.2.2 mailbox full", About.LETTER), ("4.0.0 550-4.2.1 receiving mail too quickly", About.LETTER), ("4.4.1 timed out", About.LETTER),
    ("5.0.0 550 4.4.7 message expired", About.LETTER), ("4.4.7 550 5.1.1 no such user", About.LETTER), ("4.1.8 no such sender", About.SENDER),
    ("550 5.1.0 <relayton@example.org> user unknown", About.RECEIVER), ("550 5.1.0 sender@example.org: user unknown", About.RECEIVER),
])
def test_the_codes_of_a_no_say_what_it_is_about(words, what):
    assert about(words) is what


RECEIVER, SENDER, LEAVE, LETTER = About.RECEIVER, About.SENDER, About.LEAVE, About.LETTER
BY_PHASE = {
    # the same words as an answer to:          MAIL FROM  RCPT TO   DATA      end of DATA, or in a report that does not say
    "550 rejected":                            (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "550 5.0.0 rejected":                      (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "550 looks like spam":                     (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "551 not here":                            (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "553 not allowed":                         (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "556 takes no mail":                       (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "550 no such user":                        (SENDER, RECEIVER, LETTER, LETTER, RECEIVER),
    "550 mailbox unavailable":                 (SENDER, RECEIVER, LETTER, LETTER, RECEIVER),
    "550 blocked by recipient policy":         (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "550 unknown error":                       (SENDER, RECEIVER, LETTER, LETTER, LETTER),
    "550 user <a@x.org> does not exist":       (SENDER, RECEIVER, LETTER, LETTER, RECEIVER),
    "550 Sender verify failed":                (SENDER, SENDER, LETTER, LETTER, LETTER),
    "550 relay not permitted":                 (SENDER, LEAVE, LETTER, LETTER, LETTER),
    "530 sign in first":                       (LEAVE, LEAVE, LEAVE, LEAVE, LEAVE),
    "552 too big":                             (LETTER, LETTER, LETTER, LETTER, LETTER),
    "554 rejected":                            (LETTER, LETTER, LETTER, LETTER, LETTER),
    "550 5.1.1 rejected":                      (RECEIVER, RECEIVER, RECEIVER, RECEIVER, RECEIVER),
    "550 5.1.8 rejected":                      (SENDER, SENDER, SENDER, SENDER, SENDER),
    "550 5.7.1 rejected":                      (LEAVE, LEAVE, LEAVE, LEAVE, LEAVE),
    "550 5.2.2 rejected":                      (LETTER, LETTER, LETTER, LETTER, LETTER),
    "550 4.2.2 mailbox unavailable, full":     (LETTER, LETTER, LETTER, LETTER, LETTER),
    "451 rejected":                            (None, None, None, None, None),
}


@pytest.mark.parametrize("words", BY_PHASE)
def test_a_plain_code_is_about_the_address_only_where_the_address_was_given_or_where_its_words_say_so(words):
    said = [IN_REPLY.format(words, phase.value) for phase in Phase]
    assert tuple(about(one) for one in (*said, words)) == BY_PHASE[words]
    assert about(f"It came back: {words}") is about(words)


@pytest.mark.parametrize(("words", "alone"), [
    ("450 4.2.0 <ann@example.org>: Recipient address rejected: Greylisted", True), ("451 4.7.1 Greylisting in action, please come back later", True),
    ("450 4.7.1 try again in 300 seconds", True), ("452 4.2.2 over quota", True),
    ("450 not now", True), ("552 5.2.2 mailbox full", True), ("451 4.3.0 Temporary lookup failure", False), ("452 4.3.1 Insufficient system storage", False),
    ("421 4.7.0 too many connections", False), ("450 4.1.8 Sender address rejected: Domain not found", False), ("554 5.7.1 Relay access denied", False),
    ("The mail server did not answer in time.", False), ("450 4.7.1 Client host rejected: cannot find your reverse hostname", False),
    ("450 4.7.25 Client host rejected", False), ("451 4.7.500 Server busy. Please try again later", False), ("454 4.7.1 <a@b>: Relay access denied", False),
    ("451 4.4.3 Temporary server error. Please try again later", False), ("452 4.5.3 Too many recipients", False), ("550 4.4.7 expired", False),
    ("550 4.2.2 mailbox full", True),
])
def test_what_puts_one_receiver_off_is_told_from_what_stops_all(words, alone):
    assert of_one_receiver(words) is alone
