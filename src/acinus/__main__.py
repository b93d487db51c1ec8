"""``python -m acinus`` is the command ``acinus``."""

from acinus.cli import app

if __name__ == "__main__":
    app(prog_name="acinus")
