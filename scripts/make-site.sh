#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the documentation as a site, static HTML that needs no server: README.md, docs/ and the
# headers of the C library.
#
#   sh scripts/make-site.sh [DIRECTORY]         default build/site
#
# A link that leads nowhere, within the site, is an error.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/setup.sh"
site=${1:-$root/build/site}
case $site in
/*) ;;
*) site=$PWD/$site ;;
esac

install_packages docs
install_wheels docs || fail "MkDocs is not installed"
# With --quiet MkDocs would not count warnings, and --strict would find none.
"$root/build/venv-docs/bin/mkdocs" build --strict --config-file "$root/site/mkdocs.yml" \
    --site-dir "$site"
say "$site/index.html"
