"""Make app/ui/static/vendor/govuk again from an unpacked govuk-frontend package: python3 scripts/vendor_govuk.py FOLDER

The typeface, the crest and the source maps are taken out: they are not ours to serve. Get the package with
`npm pack govuk-frontend@VERSION` and unpack it; the version must be the one that govuk-frontend-jinja names.
"""

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "app" / "ui" / "static" / "vendor" / "govuk"


def without_what_is_not_ours(css: str) -> str:
    """The compiled style without its font faces, the name of the typeface, and rules that load pictures."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,\s*', "", css)
    css = re.sub(r"background-image:url\([^)]*\);?", "", css)
    css = re.sub(r"-?[a-z-]*:[^;{}]*url\([^)]*\)[^;{}]*;?", "", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    if "url(" in css or "Transport" in css:
        raise SystemExit("The style still loads something or names the typeface; look at what changed in this version.")
    return css


def main(package: Path) -> None:
    compiled = package / "dist" / "govuk"
    css = without_what_is_not_ours((compiled / "govuk-frontend.min.css").read_text(encoding="utf-8"))
    js = re.sub(r"//# sourceMappingURL=.*", "", (compiled / "govuk-frontend.min.js").read_text(encoding="utf-8"))
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "govuk-frontend.min.css").write_text(css.strip() + "\n", encoding="utf-8")
    (TARGET / "govuk-frontend.min.js").write_text(js.strip() + "\n", encoding="utf-8")
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    (TARGET / "VERSION").write_text(version + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
