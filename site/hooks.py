# SPDX-License-Identifier: MIT
"""Hooks of MkDocs: pages that are not in docs/. README.md is the first page; those of the C library
come from the headers; every other file of the repository that a page links to is shown as a page."""
import posixpath
import re
import sys
from pathlib import Path

from mkdocs.structure.files import File
from pygments.formatters import HtmlFormatter

sys.path.insert(0, str(Path(__file__).parent))
import api

ROOT = Path(__file__).resolve().parent.parent
HEADERS = "host/include/gemlet"
MOVED = {"README.md": "index.md", "datasets/README.md": "datasets.md", HEADERS: "api/index.md"}
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
LANGUAGES = {".c": "c", ".h": "c", ".py": "python", ".sh": "sh"}

pages = {}  # place in the site -> place in the repository, of pages whose links are those of a file


def site_path(path):
    """Where a file of the repository is in the site."""
    if path in MOVED:
        return MOVED[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith(HEADERS + "/"):
        return f"api/{api.page_name(posixpath.basename(path))}.md"
    return f"source/{path}.md"


def target_of(source, link):
    """The file of the repository that a link in the file `source` means, or None."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    return path if "://" not in link and not path.startswith("..") and (ROOT / path).exists() else None


def with_links_of_site(text, source):
    here = posixpath.dirname(site_path(source))

    def moved(match):
        target = target_of(source, match.group(2))
        if target is None:
            return match.group()
        path = posixpath.relpath(site_path(target), here)
        return f"{match.group(1)}{path}{match.group(3) or ''}{match.group(4)}"
    return LINK.sub(moved, text)


def source_page(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    fence = "`" * 6
    language = LANGUAGES.get(posixpath.splitext(path)[1], "text")
    return f"# {path}\n\n{fence}{language}\n{text}\n{fence}\n"


def slug(text, _separator):
    """The anchors of headings as the pages of repositories have them, so that a link works in both."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def on_config(config):
    config.mdx_configs["toc"] = {"slugify": slug, "permalink": "#", "toc_depth": 3}
    config.markdown_extensions.append("attr_list")
    config.watch += [str(ROOT / "README.md"), str(ROOT / HEADERS)]
    return config


def on_files(files, config):
    pages.clear()
    for file in files.documentation_pages():
        pages[file.src_uri] = "docs/" + file.src_uri
    for path in ("README.md", "datasets/README.md"):
        pages[site_path(path)] = path
        files.append(File.generated(config, site_path(path), content=(ROOT / path).read_text("utf-8")))

    headers = {path.name: path.read_text("utf-8") for path in sorted((ROOT / HEADERS).iterdir())}
    library = api.Library(headers)
    listed = [name for name in headers if name != "gemlet.h"]
    files.append(File.generated(config, "api/index.md", content=library.index(listed)))
    for header in listed:
        files.append(File.generated(config, site_path(f"{HEADERS}/{header}"), content=library.page(header)))

    targets = {target_of(source, match.group(2)) for source in pages.values()
               for match in LINK.finditer((ROOT / source).read_text("utf-8"))}
    for path in sorted(filter(None, targets)):
        if site_path(path).startswith("source/") and (ROOT / path).is_file():
            files.append(File.generated(config, site_path(path), content=source_page(path)))

    style = (Path(__file__).parent / "style.css").read_text("utf-8")
    style += HtmlFormatter(style="default").get_style_defs(".codehilite") + "\n"
    style += "@media (prefers-color-scheme: dark) {\n"
    style += HtmlFormatter(style="github-dark").get_style_defs(".codehilite") + "\n}\n"
    files.append(File.generated(config, "style.css", content=style))
    config.extra_css.append("style.css")
    return files


def on_page_markdown(markdown, page, **_):
    source = pages.get(page.file.src_uri)
    return with_links_of_site(markdown, source) if source else markdown
