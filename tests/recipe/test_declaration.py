from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.training.stages.align import Align
from sensorium.training.stages.pretrain import Pretrain

YAML = """\
data: houses.csv
split: {valid: 0.2, test: 0.1, group: owner}
inputs:
  facts: {type: number, columns: [price, beds], scale: standard}
  city: category
  review: {type: text, encoder: {type: bag, units: 16}}
outputs:
  stars: {type: regression, loss: huber, weight: 0.5}
  sold: {type: classification, column: sold_flag}
fusion: {type: concat, units: 32}
stages:
  - {epochs: 3, learning_rate: 2e-3}
seed: 7
"""


def in_python() -> sm.Recipe:
    return sm.Recipe(
        data="houses.csv",
        split={"valid": 0.2, "test": 0.1, "group": "owner"},
        inputs={
            "facts": sm.Number(["price", "beds"], scale="standard"),
            "city": sm.Category(),
            "review": sm.Text(encoder=sm.encoders.Bag(units=16)),
        },
        outputs={
            "stars": sm.heads.Regression(loss="huber", weight=0.5),
            "sold": sm.heads.Classification(column="sold_flag"),
        },
        fusion=sm.fusion.Concat(32),
        stages=[sm.Stage(epochs=3, learning_rate=2e-3)],
        seed=7,
    )


def test_yaml_and_python_say_the_same() -> None:
    assert sm.Recipe.from_yaml(YAML) == in_python()
    assert sm.Recipe.from_yaml(YAML).to_dict() == in_python().to_dict()


def test_a_changed_value_makes_another_recipe() -> None:
    changed = sm.Recipe.from_yaml(YAML, {"stages.0.epochs": 4})
    assert changed != in_python()
    assert changed.steps()[0].stage.epochs == 4


def test_written_yaml_reads_back_equal() -> None:
    recipe = in_python()
    assert sm.Recipe.from_yaml(recipe.to_yaml()) == recipe


def test_every_mistake_comes_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "data: x.csv\n"
        "inputs:\n"
        "  a: {type: numbr}\n"
        "  b: {type: text, lenght: 5}\n"
        "  c: {type: text, encoder: {type: bag, units: 0}}\n"
        "outputs:\n"
        "  y: {type: classification, weight: -1}\n"
        "fusion: {type: concatt}\n"
        "stages:\n"
        "  - {epochs: many}\n"
        "sed: 1\n"
    )
    with pytest.raises(RecipeError) as caught:
        sm.Recipe.from_yaml(path)
    text = str(caught.value)
    for expected in (
        "recipe.yaml:3: inputs.a.type: there is no kind of input `numbr`. "
        "Did you mean `number`?",
        "recipe.yaml:4: inputs.b.lenght: `text` has no argument `lenght`. "
        "Did you mean `length`?",
        "recipe.yaml:5: inputs.c.encoder.units: expected a number greater than 0",
        "recipe.yaml:7: outputs.y.weight: expected a number of at least 0",
        "recipe.yaml:8: fusion.type: there is no fusion `concatt`. "
        "Did you mean `concat`?",
        "recipe.yaml:10: stages.0.epochs: expected a whole number. Received: 'many'",
        "recipe.yaml:11: sed: `recipe` has no argument `sed`. Did you mean `seed`?",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": {}}, "expected at least one input"),
        ({"outputs": {}}, "expected at least one output"),
        ({"inputs": {"a/b": "number"}}, "a text without `/`"),
        ({"inputs": {"y": "number"}}, "`y` is an input too"),
        ({"stages": [3]}, "expected a mapping, e.g."),
        ({"trunk": {"unitz": 3}}, "Did you mean `units`"),
        ({"seed": -1}, "expected a number of at least 0"),
        ({"split": {"valid": 2.0}}, "split"),
        ({"precision": "float8"}, "expected one of"),
    ],
)
def test_a_mistake_gets_a_sentence(changes: dict[str, Any], message: str) -> None:
    right = {
        "data": "x.csv",
        "inputs": {"x": "number"},
        "outputs": {"y": "classification"},
    }
    with pytest.raises(RecipeError, match=message):
        sm.Recipe.from_dict({**right, **changes})


def test_what_is_left_out_is_asked_for() -> None:
    with pytest.raises(RecipeError) as caught:
        sm.Recipe.from_dict({"inputs": {"x": "number"}})
    assert [p.path for p in caught.value.problems] == ["data", "outputs"]


def test_all_missing_columns_are_named_with_near_names() -> None:
    recipe = sm.Recipe.from_yaml(YAML)
    columns = dict.fromkeys(["prices", "beds", "city", "review", "stars", "owner"])
    with pytest.raises(RecipeError) as caught:
        recipe.check_table(columns, "houses.csv")
    text = str(caught.value)
    assert "houses.csv has no column `price`. Did you mean `prices`?" in text
    assert "outputs.sold: houses.csv has no column `sold_flag`" in text
    assert len(caught.value.problems) == 2


def test_a_path_that_does_not_exist_cannot_be_changed() -> None:
    with pytest.raises(RecipeError, match="there is no `9` to change"):
        sm.Recipe.from_yaml(YAML, {"stages.9.epochs": 1})
    with pytest.raises(RecipeError, match="is a single word"):
        sm.Recipe.from_yaml(YAML, {"inputs.city.min_count": 1})


def test_features_know_their_columns() -> None:
    features = sm.Recipe.from_yaml(YAML).features()
    assert features["facts"].names_ == ("price", "beds")
    assert features["city"].names_ == ("city",)
    assert sm.Recipe.from_yaml(YAML).targets()["sold"].names_ == ("sold_flag",)


def test_a_function_has_no_document() -> None:
    with pytest.raises(RecipeError, match="expected a component of Sensorium or Keras"):
        sm.Recipe("x.csv", {"x": sm.Text(encoder=print)}, {"y": "classification"})


def test_equal_recipes_have_equal_hashes() -> None:
    assert hash(in_python()) == hash(in_python())


SEVERAL = """\
data: pairs.csv
tables:
  photos: photos.npz
  both: {join: [a.csv, b.csv], on: id, how: outer, split: {valid: 0.25}}
inputs: {photo: vector, sound: vector}
outputs: {kind: classification}
fit: {photo: [photos, data]}
modality_dropout: {sound: 0.25}
stages:
  - type: pretrain
    inputs: [photo]
    table: photos
    heads: {label: {type: classification, column: what}}
  - {type: align, inputs: [photo, sound], table: both}
  - {table: [data, both], mixing: equal, learning_rate: {encoders: 1e-4, others: 1e-3}}
"""


def test_a_recipe_of_several_tables_reads_back_equal() -> None:
    recipe = sm.Recipe.from_yaml(SEVERAL)
    again = sm.Recipe.from_yaml(recipe.to_yaml())
    assert again == recipe
    assert again.to_dict() == recipe.to_dict()
    for name in ("tables", "fit", "modality_dropout", "stages"):
        assert getattr(again, name) == getattr(recipe, name)
    assert [step.tables for step in again.steps()] == [
        ("photos",),
        ("both",),
        (None, "both"),
    ]
    assert again.steps() == recipe.steps()


def test_stages_in_python_say_the_same_as_in_yaml() -> None:
    written = sm.Recipe.from_yaml(SEVERAL)
    head = sm.heads.Classification(column="what")
    made = sm.Recipe(
        "pairs.csv",
        {"photo": sm.Vector(), "sound": sm.Vector()},
        {"kind": sm.heads.Classification()},
        tables=written.tables,
        fit={"photo": ["photos", "data"]},
        modality_dropout={"sound": 0.25},
        stages=[
            Pretrain(["photo"], table="photos", heads={"label": head}),
            Align(["photo", "sound"], table="both"),
            sm.Stage(
                table=["data", "both"],
                mixing="equal",
                learning_rate={"encoders": 1e-4, "others": 1e-3},
            ),
        ],
    )
    assert made.steps() == written.steps()


def test_parts_have_the_names_of_the_document() -> None:
    recipe = sm.Recipe.from_yaml(YAML)
    assert recipe.parts().every == (
        "facts",
        "city",
        "review",
        "fusion",
        "stars",
        "sold",
    )
    with_trunk = sm.Recipe.from_yaml(YAML, {"trunk": {"units": 4}})
    assert "trunk" in with_trunk.parts().every
