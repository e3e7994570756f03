"""What a web server and the commands load: the site, with its settings from the environment."""

import sys

from app.core.settings import SettingsError
from app.factory import create_app

try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))  # one sentence that names the variable, without a traceback
