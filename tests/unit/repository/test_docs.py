"""The pages of docs/: links lead somewhere, every page is linked, and the table of folders is complete."""

import re

from tests.support.repository import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_link_leads_to_a_file() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), (page.name, link)


def test_every_page_of_docs_is_linked() -> None:
    linked = {
        (page.parent / link).resolve() for page in PAGES for link in re.findall(r"\]\(([^)#]+\.md)", page.read_text())
    }
    assert [page.name for page in PAGES[1:] if page.parent.name == "docs" and page not in linked] == []


def test_the_table_of_folders_names_each_folder_and_no_other() -> None:
    section = (ROOT / "docs" / "contributing.md").read_text().partition("## Folders")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_dir()] == []
    source = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("[a-z]*/**/*.py") if path.parent != ROOT}
    assert source - {"node_modules", "build"} - set(named) == set()
