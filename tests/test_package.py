"""What is shipped: the wheel has all the program needs, runs by itself, and is the same from the sdist."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def build(kind: str, source: Path, folder: Path) -> Path:
    """Build with the hatchling that is installed: nothing is fetched."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built


def names_in(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


def test_the_wheel_brings_themes_styles_and_migrations(wheel: Path) -> None:
    themes = {f"salesboard/themes/{file.name}" for file in (ROOT / "themes").glob("*.toml")}
    package = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "salesboard").rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    assert themes and any("/migrations/0001_" in name for name in package)
    assert themes | package <= names_in(wheel)


def test_the_wheel_brings_nothing_else(wheel: Path) -> None:
    assert {name.split("/")[0].removesuffix(".dist-info") for name in names_in(wheel)} == {
        "salesboard",
        wheel.name.removesuffix("-py3-none-any.whl"),
    }


def test_the_sdist_holds_the_sources_and_builds_the_same_wheel(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    assert {file.name for file in source.iterdir()} <= {
        *("salesboard", "themes", "tests", "docs", ".ci", "pyproject.toml", "PKG-INFO"),
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".gitignore"),
    }
    assert names_in(build("wheel", source, tmp_path / "again")) == names_in(wheel)


def test_the_program_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(tmp_path / "site"), str(wheel)], check=True)

    def python(*arguments: str) -> str:
        # -P, and a folder of its own: nothing of the checkout may be found by chance.
        return subprocess.run(
            [sys.executable, "-P", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert python("-c", "import salesboard; print(salesboard.__file__)").startswith(str(tmp_path / "site"))
    assert wheel.name.split("-")[1] in python("-m", "salesboard", "--version")
    python("-m", "salesboard", "--database", "new.db", "init")
    assert (tmp_path / "new.db").stat().st_size > 0
