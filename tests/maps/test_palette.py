"""Colours keep their order for every reader and stand out from the ground."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import InputError
from views.maps.palette import COVERAGE, LIGHT, QUALITATIVE, SEQUENTIAL, THEMES, contrast, group_colours, luminance, make_classes

# Viénot, Brettel and Mollon (1999): linear RGB as a protanope and a deuteranope see it.
DICHROMAT = {
    "protan": np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
    "deutan": np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
}


def linear(colour):
    channels = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lightness(linear_rgb):
    y = linear_rgb @ np.array([0.2126, 0.7152, 0.0722])
    return 116 * np.cbrt(y) - 16


@pytest.mark.parametrize("matrix", [np.eye(3), *DICHROMAT.values()], ids=["usual", *DICHROMAT])
def test_classes_darken_in_clear_steps_for_every_colour_vision(matrix):
    steps = np.diff([lightness(matrix @ linear(colour)) for colour in SEQUENTIAL])
    assert (steps < -9).all()


def test_white_on_black_has_the_greatest_contrast():
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert luminance("#000000") == 0.0


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_words_and_selection_stand_out(theme):
    assert contrast(theme.label, theme.halo) >= 7
    assert contrast(theme.accent, theme.ground) >= 3
    assert contrast(theme.area_line, theme.ground) >= 3


@pytest.mark.parametrize("colour", QUALITATIVE)
def test_facility_dots_stand_out_from_the_ground(colour):
    assert contrast(colour, LIGHT.ground) >= 2.3


def test_value_on_a_break_belongs_to_the_class_above():
    assert COVERAGE.colour(0.95) == SEQUENTIAL[-1]
    assert COVERAGE.colour(0.9499) == SEQUENTIAL[-2]
    assert COVERAGE.colour(0.0) == SEQUENTIAL[0]


def test_two_classes_use_the_ends_of_the_scale():
    assert make_classes([10]).colours == (SEQUENTIAL[0], SEQUENTIAL[-1])


@pytest.mark.parametrize("breaks", [[], [1, 1], [2, 1], [1, 2, 3, 4, 5]])
def test_breaks_that_do_not_ascend_or_are_too_many_are_refused(breaks):
    with pytest.raises(InputError):
        make_classes(breaks)


def test_group_colours_do_not_depend_on_order():
    assert group_colours(["b", "a", "a"]) == group_colours(["a", "b"])
    assert len(set(group_colours(map(str, range(12))).values())) == 12
