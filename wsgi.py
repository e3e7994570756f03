"""What a web server loads: the site, with its settings from the environment."""

from app.factory import create_app

app = create_app()
