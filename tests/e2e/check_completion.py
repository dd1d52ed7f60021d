# SPDX-License-Identifier: MIT
"""Types at the prompt of a shell and compares what its completion inserts with what is expected.

    check_completion.py bash|zsh|fish SCRIPT < EXPECTED

SCRIPT is the completion; a line of EXPECTED is "typed text<tab>word word ...": all words that completion has
to offer there, in any order, directories without the slash behind them; . stands for none. In bash and zsh a key that inserts all of them is
pressed, at a terminal, and `gemlet` is a function that prints its arguments.
"""

import os
import pty
import select
import subprocess
import sys
import tempfile
import time

START = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; source '{script}'\n",
        "\033*",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "fpath=('{folder}' $fpath); autoload -Uz compinit; compinit -D -u; unsetopt zle_bracketed_paste beep; "
        "zstyle ':completion:*' completer _all_matches _complete; zstyle ':completion:*' insert true; "
        "zstyle ':completion:*:all-matches' insert true; unset zle_bracketed_paste\n",
        "\t",
    ),
}


class Terminal:
    """A shell that believes to be used by a person."""

    def __init__(self, command, directory):
        self.child, self.stream = pty.fork()
        if self.child == 0:
            os.chdir(directory)
            os.environ.update(TERM="dumb", PS1="", HOME=directory, COLUMNS="30000")
            os.execvp(command[0], command)
        self.text = ""

    def type(self, text):
        os.write(self.stream, text.encode())

    def wait_for(self, mark, seconds=60):
        """What it printed up to the mark."""
        end = time.monotonic() + seconds
        while mark not in self.text:
            ready, _, _ = select.select([self.stream], [], [], max(0, end - time.monotonic()))
            if not ready:
                sys.exit(f"{mark!r} did not come within {seconds} s, but {self.text[-2000:]!r}")
            self.text += os.read(self.stream, 65536).decode(errors="replace")
        before, _, self.text = self.text.partition(mark)
        return before

    def close(self):
        os.close(self.stream)
        os.waitpid(self.child, 0)


def typed_at(terminal, line, key, number):
    """The words that stand behind the command once the key was pressed behind the line."""
    terminal.type(line + key + "\n")
    printed = terminal.wait_for(f"<end {number}>").rpartition("<begin>")[2]
    return printed.split()


def ask_shell(shell, script, lines):
    command, start, key = START[shell]
    with tempfile.TemporaryDirectory(prefix="gemlet-") as directory:
        terminal = Terminal(command, directory)
        terminal.type(start.format(script=script, folder=os.path.dirname(script)))
        terminal.type('n=0; gemlet() { echo "<begin>"; echo "$@"; echo "<end $n>"; n=$((n+1)); }\n')
        terminal.type("stty -echo cols 30000; echo rea''dy\n")
        terminal.wait_for("ready")
        for number, line in enumerate(lines):
            yield typed_at(terminal, line, key, number)[len(line.split()) - (line[-1] != " ") - 1 :]
        terminal.type("exit\n")
        terminal.close()


def ask_fish(script, lines):
    for line in lines:
        run = ["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line]
        out = subprocess.run(run, check=True, capture_output=True, text=True).stdout
        yield [word.partition("\t")[0] for word in out.splitlines()]


def main():
    shell, script = sys.argv[1], os.path.abspath(sys.argv[2])
    expected = [line.rstrip("\n").split("\t") for line in sys.stdin]
    lines = [line for line, _ in expected]
    found = ask_fish(script, lines) if shell == "fish" else ask_shell(shell, script, lines)
    failures = 0
    for (line, words), offered in zip(expected, found):
        offered = [word.rstrip("/") for word in offered]
        # What was typed stays at the prompt where nothing is offered.
        wanted = words.split() if words != "." else [] if shell == "fish" else [line.split()[-1]]
        if sorted(offered) != sorted(wanted):
            failures += 1
            missing, further = set(wanted) - set(offered), set(offered) - set(wanted)
            print(f"{shell}: {line!r}: not offered: {sorted(missing)}, offered besides: {sorted(further)}")
    print(f"{shell}: {len(lines)} lines, {failures} wrong")
    sys.exit(failures > 0 or not lines)


main()
