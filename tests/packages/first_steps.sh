#!/bin/sh
# SPDX-License-Identifier: MIT
# The first steps of the README, with the packages unpacked into a directory: every command as it
# stands there. What needs a network or a screen is replaced: apt and pip have nothing left to install,
# `python3 -m venv` gives the virtual environment of the tests, and xdg-open opens its page in Chromium
# without a screen.
#
#   first_steps.sh ROOT UNPACKED WHEELS [CHROMIUM]; skipped (77) without ONNX Runtime or Chromium
. "$(dirname -- "$0")/../e2e/lib.sh"
. "$(dirname -- "$0")/../export/lib.sh"
. "$(dirname -- "$0")/lib.sh"

usr=$2/usr
browser=$(CDPATH='' cd -- "$(dirname -- "$0")/../e2e" && pwd)/check_browser.py
chromium=${4:-}
need_packages "$2"
need_wheels "$3" numpy onnxruntime
if [ -z "$chromium" ]; then
    echo 'skipped: no Chromium'
    exit 77
fi

mkdir "$work/bin" || exit 1
cat >"$work/bin/xdg-open" <<END
#!/bin/sh
exec "$python" "$browser" "$chromium" "\$1" "Of 69 test rows" "Confusion matrix"
END
# shellcheck disable=SC2016 # variables of the stubs, here and below
printf '#!/bin/sh\n[ "$*" = "apt install python3-venv" ]\n' >"$work/bin/sudo"
cat >"$work/bin/python3" <<END
#!/bin/sh
[ "\$1 \$2" = "-m venv" ] || exit 1
mkdir -p "\$3/bin"
printf '#!/bin/sh\nexec "%s" "\$@"\n' "$python" >"\$3/bin/python"
printf '#!/bin/sh\n[ "\$*" = "install onnxruntime" ]\n' >"\$3/bin/pip"
chmod 755 "\$3/bin/python" "\$3/bin/pip"
END
# The data that the package brings, where it was unpacked.
# shellcheck disable=SC2016
printf '#!/bin/sh\nfor a; do shift; case $a in /usr/share/*) a="%s$a" ;; esac; set -- "$@" "$a"; done\nexec "%s/bin/gemlet" "$@"\n' \
    "$2" "$usr" >"$work/bin/gemlet"
chmod 755 "$work/bin"/*
PATH=$work/bin:$PATH
export PATH
make_steps "$1/README.md" "$work/steps"
take_steps "$work/steps"
finish
