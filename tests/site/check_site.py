# SPDX-License-Identifier: MIT
"""Checks a site of static pages: every link leads to a file of the site and to an anchor in it, and
no page loads anything from elsewhere. Prints what is wrong, a line each.

    check_site.py SITE [NAME...]: names that must be anchors of the pages in api/
"""
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {("link", "href"), ("script", "src"), ("img", "src"), ("source", "src"), ("iframe", "src")}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loads = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors.update(filter(None, (values.get("id"), values.get("name"))))
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        self.loads += [value for name, value in attributes if (tag, name) in LOADS]


def main(site, names):
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html") if path.name != "404.html"}
    wrong, n_links = [], 0
    for path, page in pages.items():
        for link in page.links + page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loads and parts.scheme != "data":
                    wrong.append(f"{path}: loads {link}")
                continue
            n_links += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                wrong.append(f"{path}: {link}: no such file")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                wrong.append(f"{path}: {link}: no such anchor")
    documented = {name for path, page in pages.items() if path.parent.name == "api" for name in page.anchors}
    wrong += [f"api: no place for {name}" for name in names if name not in documented]
    print("\n".join(wrong + [f"{len(pages)} pages, {n_links} links, {len(names)} functions"]))
    return bool(wrong) or n_links == 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
