"""A stage `game` from the recipe to the run's files, stopped, kept and taken anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import sensorium as sm
from sensorium.cli import main
from tests.pipeline.made import bits
from tests.pipeline.made_games import GAME, game_recipe
from tests.workflows.test_resume import Log


class Play:
    """A run with a game, and what it told."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.log = Log(*options.pop("stop", ()))
        stages = options.pop("stages", None)
        recipe = game_recipe(**({"stages": stages} if stages else {}))
        self.run = sm.fit(recipe, folder, report=self.log, **options)
        self.bits = bits(self.run.network)

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in (self.run.folder / "games").iterdir())

    @property
    def picture(self) -> bytes:
        return (self.run.folder / "games" / "game.png").read_bytes()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Play:
    return Play(tmp_path_factory.mktemp("games") / "first")


def test_a_run_has_what_the_game_made(first: Play) -> None:
    assert first.files == ["game.png", "game.sensorium"]
    game = sm.games.load(first.run.folder / "games" / "game.sensorium")
    assert game.sample(5).shape == (5, 8, 8, 1)
    with Image.open(first.run.folder / "games" / "game.png") as picture:
        assert picture.size[0] > 8 * 8
    assert "photo" in [layer.name for layer in game.discriminator.layers]


def test_the_history_of_the_run_has_the_players(first: Play) -> None:
    stage, rest = sm.load(first.run.folder).metadata["history"]
    assert (stage["stage"], stage["best_epoch"], rest["stage"]) == ("game", 2, "main")
    assert stage["warnings"] == []
    assert {row["part"] for row in stage["learners"]} == {"photo", "score", "generator"}
    header, *lines = (first.run.folder / "history.csv").read_text().splitlines()
    assert {"discriminator_loss", "generator_fooled", "diversity"} < {
        *header.split(",")
    }
    assert [line.split(",")[0] for line in lines] == ["game", "game", "main"]


def test_the_stage_after_it_begins_with_what_it_taught(
    first: Play, tmp_path: Path
) -> None:
    frozen = [{**GAME, "epochs": 2}, {"epochs": 1, "freeze": ["photo"]}]
    run = Play(first.run.folder.parent / "frozen", stages=frozen)
    assert run.log.told("kept") == ["game"]
    game = sm.games.load(run.run.folder / "games" / "game.sensorium")
    taught = game.discriminator.get_layer("photo").get_weights()
    held = run.run.network.encoders["photo"].get_weights()
    assert len(held) == len(taught) > 0
    assert all((a == b).all() for a, b in zip(held, taught, strict=True))
    assert run.bits != first.bits  # where it went on learning


def test_a_game_that_has_ended_is_not_played_again(first: Play) -> None:
    """Also in another folder, which gets what was made."""
    again = Play(first.run.folder.parent / "again")
    assert again.log.told("kept") == ["game", "main"]
    assert again.log.told("stage") == []
    assert again.files == first.files
    assert (again.bits, again.picture) == (first.bits, first.picture)


def test_a_game_whose_files_are_lost_is_played_again(first: Play) -> None:
    cache = first.run.folder.parent / ".sensorium-cache"
    kept = sorted((cache / "games").iterdir())
    assert [path.suffix for path in kept] == [".png", ".sensorium"]
    for path in kept:
        path.unlink()
    anew = Play(first.run.folder.parent / "anew")
    assert anew.log.told("stage") == ["game"]
    assert (anew.bits, anew.picture) == (first.bits, first.picture)


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"loss": "hinge"}, {"noise": 3}, {"width": 5}])
def test_a_game_with_other_settings_is_played(first: Play, change) -> None:
    stages = [{**GAME, "epochs": 1, **change}, {"epochs": 1, "input_balance": "none"}]
    other = Play(first.run.folder.parent / f"{next(iter(change))}", stages=stages)
    assert other.log.told("stage") == ["game", "main"]
    assert other.bits != first.bits


@pytest.mark.parametrize("cache", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_game_that_was_stopped_goes_on_to_the_same_bits(
    cache: bool, first: Play, tmp_path: Path
) -> None:
    stopped = Play(tmp_path / "run", stop=("game", 1, KeyboardInterrupt), cache=cache)
    [stage] = stopped.run.metadata["history"]
    assert (stage["interrupted"], len(stage["epochs"])) == (True, 1)
    assert stopped.files == ["game.png", "game.sensorium"]
    assert sm.games.load(tmp_path / "run" / "games" / "game.sensorium").sample(1).any()
    whole = Play(tmp_path / "run", resume=True, cache=cache)
    assert whole.log.told("stage", "resumed") == [1, 0]
    assert (whole.bits, whole.picture) == (first.bits, first.picture)


def test_files_of_another_recipe_do_not_stay(first: Play, tmp_path: Path) -> None:
    folder = tmp_path / "games"
    folder.mkdir()
    (folder / "older.png").write_bytes(b"")
    stages = [{"epochs": 1, "input_balance": "none"}]
    Play(tmp_path, stages=stages, cache=False)
    assert not folder.exists()


def test_the_command_line_shows_a_game(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "data: digits.npz\n"
        "inputs: {photo: {type: image, encoder: {type: residual, units: 4, "
        "filters: [4]}}}\n"
        "outputs: {kind: classification}\n"
        "stages:\n"
        "  - {type: game, input: photo, epochs: 1, noise: 4, width: 4}\n"
        "  - {type: probe, epochs: 1}\n"
    )
    _write(tmp_path / "digits.npz")
    assert main(["check", str(recipe)]) == 0
    assert main(["train", str(recipe), "-o", str(tmp_path / "run"), "--no-cache"]) == 0
    shown = capsys.readouterr().err
    for expected in (
        "Stage `game`, at most 1 epochs",
        "photo: ",
        "generator: ",
        "32 pictures of `data`, 8 x 8 x 1",
        "what it makes: games/game.png",
        "1 epochs in ",
        "the last is kept",
    ):
        assert expected in shown
    assert main(["check", str(recipe), "--set", "stages.0.input=kind"]) == 2
    assert "stages.0.input: there is no input `kind`" in capsys.readouterr().err


def _write(path: Path) -> None:
    import numpy as np

    from tests.pipeline.made_games import digits

    data = digits()
    np.savez(path, photo=data["photo"], kind=data["kind"])


def test_the_schema_knows_games(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schema"]) == 0
    kinds = json.loads(capsys.readouterr().out)["properties"]["stages"]["items"]
    [schema] = [
        kind
        for kind in kinds["anyOf"]
        if kind["properties"]["type"] == {"const": "game"}
    ]
    assert set(schema["properties"]) == {
        *("type", "input", "epochs", "name", "table", "loss", "noise", "width"),
        *("learning_rate", "batch_size"),
    }
