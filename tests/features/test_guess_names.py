from __future__ import annotations

import pytest

from sensorium.features import guess_names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("user_id", ("user", "id")),
        ("UserID", ("user", "id")),
        ("nCodepoints2", ("n", "codepoints", "2")),
        ("Größe (cm)", ("größe", "cm")),
        ("", ()),
    ],
)
def test_words_of_a_name(name, words) -> None:
    assert guess_names.words(name) == words


@pytest.mark.parametrize(
    ("rule", "yes", "no"),
    [
        (guess_names.is_identifier, "id row_id Index Unnamed:_0", "width idea price"),
        (guess_names.is_reference, "image_source product_id", "price sourcecode"),
        (
            guess_names.is_group,
            "subject user_id PatientNo customer_name",
            "subject_line user_age persons users_online",
        ),
        (guess_names.means_code, "zip_code type store cover_type", "stored typed age"),
        (guess_names.means_amount, "rating n_objects num_engs wine_quality", "digit y"),
        (guess_names.means_class, "digit Cover_Type class", "rating size"),
        (guess_names.means_time, "created_at timestamp date", "atlas dated"),
        (guess_names.is_fold, "fold cv_fold", "folder manifold"),
        (guess_names.is_split, "split data_partition", "splitting parts"),
    ],
)
def test_rule_knows_names(rule, yes, no) -> None:
    assert [name for name in yes.split() if not rule(name)] == []
    assert [name for name in no.split() if rule(name)] == []


def test_flag_of_a_part() -> None:
    names = ["is_test", "test_set", "is_training", "in_valid", "test_score", "test1"]
    parts = ["test", "test", "train", "valid", None, None]
    assert [guess_names.flagged_part(name) for name in names] == parts


def test_values_that_name_a_part() -> None:
    values = ["Train", " TEST ", "val", "dev", "bus"]
    parts = ["train", "test", "valid", "valid", None]
    assert [guess_names.part_of(value) for value in values] == parts


def test_related_names_share_all_words_of_one() -> None:
    assert guess_names.related("effect", "any_effect")
    assert guess_names.related("log_price", "price")
    assert not guess_names.related("birds_seen", "birds_struck")
    assert not guess_names.related("id", "user_id")


def test_numbered_names_form_a_run_in_order_of_their_numbers() -> None:
    names = ["v10", *(f"v{i}" for i in range(10)), "w1", "w2", "year"]
    assert guess_names.numbered(names) == {"v": tuple(f"v{i}" for i in range(11))}


def test_names_with_large_gaps_are_no_run() -> None:
    assert guess_names.numbered(["v1", "v20", "v300", "v4", "v5"]) == {}
    assert guess_names.numbered([f"v{i}" for i in range(4)]) == {}


def test_runs_that_count_up_themselves_are_one() -> None:
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    assert guess_names.numbered(names) == {"pixel": tuple(names)}


def test_few_runs_stay_apart() -> None:
    names = [f"{view}{i}" for view in ("left_1_", "left_2_") for i in range(6)]
    assert list(guess_names.numbered(names)) == ["left_1", "left_2"]


def test_names_that_are_only_numbers_form_a_run() -> None:
    assert list(guess_names.numbered(map(str, range(784)))) == [""]
