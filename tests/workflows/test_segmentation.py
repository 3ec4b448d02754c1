"""Masks from files to predictions, scores and a saved run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image as Pillow

import sensorium as sm
from sensorium.errors import RecipeError
from sensorium.pipeline.prepare import prepare
from sensorium.pipeline.storage import MemoryCollector

ROWS, SIDE = 60, 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures with a bright square on dark ground, and its mask as a file of one bit.

    Row 3 has no mask, the mask of row 4 is no picture, and row 5 has no picture.
    """
    place = tmp_path_factory.mktemp("scenes")
    generator = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for row in range(ROWS):
        mask = np.zeros((2 * SIDE, 2 * SIDE), bool)
        top, left = generator.integers(0, 2 * SIDE - 6, 2)
        mask[top : top + 6, left : left + 6] = True
        picture = np.where(mask, 200, 40) + generator.integers(0, 20, mask.shape)
        Pillow.fromarray(picture.astype(np.uint8)).save(place / f"photo{row}.png")
        Pillow.fromarray(mask).save(place / f"mask{row}.png")
        photo, name = f"photo{row}.png", f"mask{row}.png"
        rows.append({"photo": photo, "mask": name, "shade": float(mask.mean())})
    rows[3]["mask"] = None
    rows[5]["photo"] = None
    (place / "mask4.png").write_text("no picture")
    pl.DataFrame(rows).write_csv(place / "data.csv")
    return place


def recipe(folder: Path, **more: Any) -> sm.Recipe:
    encoder = {"type": "residual", "filters": [4, 6], "units": 8}
    document = {
        "data": str(folder / "data.csv"),
        "inputs": {
            "photo": {"type": "image", "size": [SIDE, SIDE], "encoder": encoder},
            "shade": "number",
        },
        "outputs": {"mask": {"type": "segmentation", "filters": [6]}},
        "fusion": {"type": "concat", "units": 8},
        "split": {"valid": 0.1, "test": 0.3},
        "max_bad": 0.1,
        "stages": [
            {
                "epochs": 30,
                "learning_rate": 0.01,
                "augment": {"photo": {"shift": 1, "flip": True}},
            }
        ],
    }
    return sm.Recipe(**{**document, **more})


@pytest.fixture(scope="module")
def run(folder: Path) -> sm.Run:
    return sm.fit(recipe(folder), folder / "run", cache=False)


def test_masks_are_found_far_better_than_by_the_usual_mask(run: sm.Run) -> None:
    scores = {score.name: score for score in run.evaluate()["mask"]}
    naive = {score.name: score.value for score in run.naive_scores()["mask"]}
    assert set(scores) == {"iou", "dice", "class_iou", "pixel_accuracy"} == set(naive)
    assert scores["iou"].value > 0.4 > naive["iou"]
    assert scores["iou"].low <= scores["iou"].value <= scores["iou"].high


def test_an_unreadable_mask_is_named_and_counts_as_absent(run: sm.Run) -> None:
    lines = (run.folder / "quarantine.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert ",5,mask,column `mask`: expected a picture" in lines[1].replace('"', "")


def test_predictions_are_masks_in_the_users_values(run: sm.Run, folder: Path) -> None:
    found = run.predict(folder / "data.csv")
    assert found.columns == ["mask", "mask_confidence", "error"]
    assert found["mask"].dtype == pl.Array(pl.UInt8, (SIDE, SIDE))
    masks = found["mask"].to_numpy()
    assert set(np.unique(masks)) == {0, 255}
    assert found["mask_confidence"].is_between(0.5, 1.0).all()
    alone = run.predict({"photo": ["photo7.png"], "shade": [0.1]})
    assert alone["error"][0] is not None  # no folder is known for a table in memory


def test_one_row_alone_is_that_row_among_all(run: sm.Run, folder: Path) -> None:
    table = sm.read(folder / "data.csv")
    whole = run.predict(table)
    alone = run.predict(table.take(np.array([11])))
    assert alone["mask"][0].to_list() == whole["mask"][11].to_list()
    assert alone["mask_confidence"][0] == whole["mask_confidence"][11]


def test_a_saved_run_answers_alike_and_scores_other_rows(
    run: sm.Run, folder: Path
) -> None:
    again = sm.load(folder / "run")
    table = sm.read(folder / "data.csv").take(np.arange(8))
    assert again.predict(table).equals(run.predict(table))
    (score, *_) = again.evaluate(table)["mask"]
    assert (score.name, score.rows) == ("iou", 6)  # two have no mask


def test_an_unreadable_picture_has_no_mask(run: sm.Run) -> None:
    found = run.predict({"photo": [b"nothing"], "shade": [0.1]})
    assert found["mask"].to_list() == [None]
    assert "photo" in found["error"][0]


@pytest.mark.slow
def test_a_frozen_encoder_is_kept_whole_for_the_mask(folder: Path) -> None:
    """What a frozen encoder says is computed once, but its maps are needed here."""
    kept: list[list[str]] = []

    def report(event: str, values: Any) -> None:
        kept.extend([values["kept"]] if event == "stage" else [])

    stages = [{"epochs": 1}, {"epochs": 1, "freeze": ["photo", "shade"]}]
    given = recipe(folder, stages=stages)
    sm.fit(given, folder / "frozen", cache=False, report=report)
    assert kept == [[], ["shade"]]


@pytest.mark.slow
def test_a_picture_learns_alone_by_a_mask_of_its_own(folder: Path) -> None:
    first = {"type": "pretrain", "inputs": ["photo"], "epochs": 2}
    given = recipe(folder, stages=[first, {"epochs": 1}])
    run = sm.fit(given, folder / "pretrained", cache=False)
    history = (run.folder / "history.csv").read_text(encoding="utf-8")
    header, *epochs = history.splitlines()
    assert {"iou", "val_iou"} <= set(header.split(","))
    assert len(epochs) == 3
    alone = {"type": "pretrain", "inputs": ["shade"], "epochs": 1}
    with pytest.raises(RecipeError, match="no table of this stage has labels"):
        sm.fit(recipe(folder, stages=[alone, {}]), folder / "none", cache=False)


def test_a_column_says_how_much_each_mask_counts(folder) -> None:
    mask = {"type": "segmentation", "filters": [6], "sample_weight": "shade"}
    rows = prepare(recipe(folder, outputs={"mask": mask}), MemoryCollector()).parts
    weights, masks = rows["train"]["weight//mask"], rows["train"]["label//mask"]
    unlabelled = (masks < 0).all(axis=(1, 2))
    assert unlabelled.any()
    np.testing.assert_array_equal(weights > 0, ~unlabelled)
    head = sm.heads.Segmentation((SIDE, SIDE, 2), sample_weight="shade")
    assert head.get_config()["sample_weight"] == "shade"
