"""The name of somebody who acts is a name, and knows whose it is."""

import copy
import pickle

from app.core.actors import Actor, number_of


def test_two_people_of_one_name_are_two():
    one, other = Actor("Sam Jones", 1), Actor("Sam Jones", 2)
    assert one == other == "Sam Jones" and number_of(one) != number_of(other)


def test_a_name_alone_is_nobody_in_particular():
    assert number_of("Sam Jones") is None and number_of("the waiting list") is None


def test_a_copy_is_the_same_person():
    actor = Actor("Sam Jones", 7)
    assert [number_of(one) for one in (copy.copy(actor), copy.deepcopy(actor), pickle.loads(pickle.dumps(actor)))] == [7, 7, 7]
