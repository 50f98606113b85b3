"""Environments of their own for libraries that Bartack does not depend on, kept from run to run."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

from support.peers import STATE, PeerError

__all__ = ["run_in"]

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("core", "contracts", "connectors")


def run_in(requirement: str, program: Path, *arguments: str) -> str:
    """Run a program with a library installed beside Bartack; return what it prints.

    Raises PeerError where the library cannot be installed, AssertionError where the program fails.
    """
    python = _python(requirement)
    paths = os.pathsep.join(str(_ROOT / name) for name in _PACKAGES)
    done = subprocess.run(
        [python, str(program), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _python(requirement: str) -> Path:
    """Return the interpreter of an environment that sees this one's packages behind its own."""
    folder = STATE / "environments" / "".join(char if char.isalnum() else "-" for char in requirement)
    python, ready = folder / "bin/python", folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        _install(python, requirement)
        (found,) = folder.glob("lib/python*/site-packages")
        (found / "zz_behind.pth").write_text("\n".join(site.getsitepackages()) + "\n")
        ready.touch()
    return python


def _install(python: Path, requirement: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    environ = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=600, check=False)
    if done.returncode:
        raise PeerError(f"{requirement} cannot be installed: {done.stderr.strip()[-300:]}")
