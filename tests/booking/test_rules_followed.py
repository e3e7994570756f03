"""Which returns followed a letter, and which were filled again."""

from datetime import UTC, datetime, timedelta

from app.booking.rules.followed import Return, Row, filled_again, rows

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_return(number, hours=0, session=1, course=1, **letters):
    return Return(number, session, course, AT + hours * HOUR, number, [(kind, AT - before * HOUR) for kind, before in letters.items()])


def test_a_return_follows_what_left_in_the_48_hours_before_it():
    assert a_return(1, reminder=0, joining=48, offer=47).kinds == {"reminder", "offer"}
    assert a_return(1, reminder=-1).kinds == frozenset()


def test_each_place_that_is_taken_stands_for_one_return_the_earliest():
    returns = [a_return(1, 0), a_return(2, 1), a_return(3, 0, session=2)]
    assert filled_again(returns, [(1, AT - HOUR, 9)]) == frozenset()
    assert filled_again(returns, [(1, AT + 2 * HOUR, 9)]) == {1}
    assert filled_again(returns, [(1, AT + hours * HOUR, 9) for hours in (1, 2, 3)]) == {1, 2}
    assert filled_again(returns, [(2, AT, 9)]) == {3}


def test_who_takes_their_own_place_again_fills_neither_theirs_nor_that_of_another():
    returns = [a_return(1, 0), a_return(2, 1)]
    assert filled_again(returns, [(1, AT + 2 * HOUR, 2)]) == frozenset()
    assert filled_again(returns, [(1, AT + 2 * HOUR, 2), (1, AT + 3 * HOUR, 9), (1, AT + 4 * HOUR, 9)]) == {1}
    assert filled_again([a_return(1)], [(1, AT + HOUR, 9), (1, AT + 2 * HOUR, 1)]) == {1}


def test_a_row_for_each_course_and_kind_of_which_letters_left():
    returns = [a_return(1, reminder=1, joining=2), a_return(2, reminder=1), a_return(3, course=2, reminder=1)]
    assert rows([(1, "reminder", 9), (1, "joining", 4), (3, "offer", 1)], returns, frozenset({2, 3})) == [
        Row(1, "reminder", 9, 2, 1), Row(1, "joining", 4, 1, 0), Row(3, "offer", 1, 0, 0)]
