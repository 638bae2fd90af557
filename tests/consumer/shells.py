# SPDX-License-Identifier: Apache-2.0
"""What each shell completes behind `gridlock`, with the installed scripts."""

import os
import pty
import select
import subprocess
import time

BOUND = 20  # seconds for a shell that does not answer


def ask(words, **extra):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=BOUND, check=False,
                          stdin=subprocess.DEVNULL, **extra)
    assert done.returncode == 0 and not done.stderr, f"{words[0]}: {done.returncode}: {done.stderr}"
    return done.stdout.splitlines()


def bash(prefix, words, folder):
    """As bash calls it: the words so far, the last of which is incomplete."""
    script = f"""source {prefix}/share/bash-completion/completions/gridlock
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gridlock gridlock "${{@: -1}}" ""
((${{#COMPREPLY[@]}} == 0)) || printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    return ask(["bash", "--norc", "-c", script, "bash", *words], cwd=folder)


def fish(prefix, words, folder):
    script = f"source {prefix}/share/fish/vendor_completions.d/gridlock.fish; complete -C '{' '.join(words)}'"
    home = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    return [line.split("\t")[0] for line in ask(["fish", "--no-config", "-c", script], cwd=folder, env=home)]


class Zsh:
    """A shell on a terminal: zsh completes nowhere else."""

    def __init__(self, prefix, folder):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.environ.update({"TERM": "dumb", "HOME": str(folder), "ZDOTDIR": str(folder)})
            os.execvp("zsh", ["zsh", "-f", "-i"])
        self.pid = pid
        self.say(f"PS1=; unsetopt zle_bracketed_paste; fpath=({prefix}/share/zsh/site-functions $fpath)\n")
        self.say("autoload -Uz compinit; compinit -D -u; print rea''dy\n")
        self.wait_for("ready")

    def say(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, word):
        seen, until = "", time.monotonic() + BOUND
        while word not in seen:
            ready = select.select([self.terminal], [], [], max(0, until - time.monotonic()))[0]
            assert ready, f"zsh does not say '{word}':\n{seen}"
            seen += os.read(self.terminal, 65536).decode(errors="replace")
        return seen

    def completes(self, line, completed):
        """`line` and a tab: the line is then `completed`, a blank behind it apart."""
        self.say(line + "\t\x01print -r -- '<\x05>'\n")  # the line is put in quotes, and printed
        self.wait_for(f"<{completed}>")

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)
